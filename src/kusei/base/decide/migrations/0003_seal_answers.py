"""Bank accounts among a case's answers are sealed at rest."""

from django.db import migrations

from kusei.base.secrets.fields import SealedAnswers
from kusei.base.secrets.migrating import seal_answers


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("decide", "0002_page_indexes")]
    operations = [
        migrations.AlterField("case", "answers", SealedAnswers()),
        seal_answers("decide_case"),
    ]
