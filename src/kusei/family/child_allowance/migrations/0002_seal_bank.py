"""Bank accounts are sealed at rest: a new column beside the old one, filled in batches, then the old one goes.

No step holds a lock for longer than a moment: the column comes empty, and that it is filled is checked without stopping anybody.
"""

import json

from django.db import migrations, transaction

from kusei.base.secrets.fields import SealedJSON
from kusei.base.secrets.sealing import seal

BATCH = 500
NOT_NULL = "ALTER TABLE child_allowance_award ADD CONSTRAINT award_bank_sealed NOT NULL bank_sealed NOT VALID;"
VALIDATED = "ALTER TABLE child_allowance_award VALIDATE CONSTRAINT award_bank_sealed;"


def fill(apps, schema_editor):
    database = schema_editor.connection
    while True:
        with transaction.atomic(using=database.alias), database.cursor() as cursor:
            cursor.execute(
                "SELECT id, bank::text FROM child_allowance_award WHERE bank_sealed IS NULL LIMIT %s FOR UPDATE", [BATCH]
            )
            rows = cursor.fetchall()
            for key, bank in rows:
                text = json.dumps(json.loads(bank), ensure_ascii=False, separators=(",", ":"))
                sealed = seal(text, f"child_allowance_award.bank_sealed:{key}")
                cursor.execute("UPDATE child_allowance_award SET bank_sealed = %s WHERE id = %s", [sealed, key])
        if not rows:
            return


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("child_allowance", "0001_initial")]
    operations = [
        migrations.RunSQL("ALTER TABLE child_allowance_award ADD COLUMN IF NOT EXISTS bank_sealed text;"),
        migrations.RunPython(fill),
        migrations.RunSQL(NOT_NULL),
        migrations.RunSQL(VALIDATED),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL("ALTER TABLE child_allowance_award DROP COLUMN bank;")],
            state_operations=[
                migrations.AlterField("award", "bank", SealedJSON(db_column="bank_sealed")),
            ],
        ),
    ]
