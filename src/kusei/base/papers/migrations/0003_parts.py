"""Several papers of one layout about one case, told apart by `part`."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("papers", "0002_versions")]
    operations = [
        migrations.AddField("paper", "part", models.CharField(blank=True, db_default="", default="", max_length=60)),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "CREATE UNIQUE INDEX CONCURRENTLY paper_in_force_once_a_part ON papers_paper (about, layout, part) WHERE revoked_at IS NULL",
                    "DROP INDEX CONCURRENTLY paper_in_force_once_a_part",
                ),
                migrations.RunSQL(
                    "DROP INDEX CONCURRENTLY paper_in_force_once",
                    "CREATE UNIQUE INDEX CONCURRENTLY paper_in_force_once ON papers_paper (about, layout) WHERE revoked_at IS NULL",
                ),
            ],
            state_operations=[
                migrations.AddConstraint(
                    "paper",
                    models.UniqueConstraint(
                        condition=Q(revoked_at=None), fields=("about", "layout", "part"), name="paper_in_force_once_a_part"
                    ),
                ),
                migrations.RemoveConstraint("paper", "paper_in_force_once"),
            ],
        ),
    ]
