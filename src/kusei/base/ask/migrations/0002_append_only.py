"""Published procedures, submitted answers and the course of an application are never changed."""

from django.db import migrations

from kusei.base.kernel.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("ask", "0001_initial")]
    operations = [append_only("ask_snapshot", "ask_answerset", "ask_step")]
