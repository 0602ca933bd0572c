"""Applications for an organisation: who submitted it, and for which purpose the mandate must hold."""

import django.db.models.deletion
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("ask", "0004_withdrawing"), ("parties", "0003_known_facts")]

    operations = [
        migrations.AddField(
            "application", "agent",
            models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="parties.party"),
        ),
        migrations.AddField(
            "application", "purpose", models.CharField(blank=True, db_default="", default="", max_length=100)
        ),
        AddIndexConcurrently(
            "application",
            models.Index(condition=models.Q(("agent__isnull", False)), fields=["party", "-submitted_at"], name="application_of_organisation"),
        ),
    ]
