"""Bank accounts among the answers are sealed at rest."""

from django.db import migrations

from kusei.base.secrets.fields import SealedAnswers
from kusei.base.secrets.migrating import seal_answers


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("ask", "0002_append_only")]
    operations = [
        migrations.AlterField("draft", "answers", SealedAnswers(default=dict)),
        migrations.AlterField("answerset", "answers", SealedAnswers()),
        migrations.AlterField("correction", "answers", SealedAnswers(default=dict)),
        seal_answers("ask_draft", "ask_answerset", "ask_correction"),
    ]
