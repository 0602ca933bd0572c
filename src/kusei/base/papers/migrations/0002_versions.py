"""A paper has versions, can be revoked, and belongs to a department. What was issued until now becomes version 1."""

import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models, transaction
from django.db.models import Q

import kusei.base.kernel.ids

BATCH = 1000
NO_CHANGE = """
CREATE FUNCTION public.papers_version_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
        OR (OLD.paper_id, OLD.version, OLD.kind, OLD.content, OLD.check_code, OLD.issued_at, OLD.issued_by, OLD.reason)
            IS DISTINCT FROM
           (NEW.paper_id, NEW.version, NEW.kind, NEW.content, NEW.check_code, NEW.issued_at, NEW.issued_by, NEW.reason)
        OR (OLD.pdf_id IS NOT NULL AND (OLD.pdf_id, OLD.signature_id) IS DISTINCT FROM (NEW.pdf_id, NEW.signature_id))
    THEN
        RAISE EXCEPTION 'papers_version: what was printed is never changed; issue the next version';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER papers_version_fixed BEFORE UPDATE OR DELETE ON papers_version
    FOR EACH ROW EXECUTE FUNCTION public.papers_version_fixed();
"""
BACK = "DROP TRIGGER papers_version_fixed ON papers_version; DROP FUNCTION public.papers_version_fixed();"


def copy(apps, editor):
    """The first version of every paper there is, in batches of their own transactions."""
    Paper, Version = apps.get_model("papers", "Paper"), apps.get_model("papers", "Version")
    while rows := list(Paper.objects.filter(versions=None).order_by("id")[:BATCH]):
        with transaction.atomic():
            Version.objects.bulk_create(
                [
                    Version(
                        paper=row, version=1, kind="issued", content=row.content, check_code=row.check_code,
                        issued_at=row.issued_at, issued_by=row.content.get("issuer", "")[:120], pdf_id=row.pdf_id,
                        problem=row.problem,
                    )
                    for row in rows
                ],
                ignore_conflicts=True,
            )


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("files", "0001_initial"), ("papers", "0001_initial"), ("parties", "0001_initial"), ("staff", "0001_initial")]
    operations = [
        migrations.AddField(
            "paper", "department",
            models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="staff.department"),
        ),
        migrations.AddField("paper", "revoked_at", models.DateTimeField(null=True)),
        migrations.AddField(
            "paper", "revoked_as",
            models.CharField(blank=True, choices=[("revoked", "取消"), ("lapsed", "失効")], db_default="", default="", max_length=10),
        ),
        migrations.AddField("paper", "revoked_by", models.CharField(blank=True, db_default="", default="", max_length=120)),
        migrations.AddField("paper", "revoked_reason", models.CharField(blank=True, db_default="", default="", max_length=1000)),
        migrations.CreateModel(
            "Version",
            [
                ("id", models.UUIDField(default=kusei.base.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("version", models.PositiveSmallIntegerField()),
                ("kind", models.CharField(choices=[("issued", "交付"), ("reissued", "再発行"), ("corrected", "訂正")], max_length=10)),
                ("content", models.JSONField()),
                ("check_code", models.CharField(max_length=20, unique=True)),
                ("issued_at", models.DateTimeField()),
                ("issued_by", models.CharField(max_length=120)),
                ("reason", models.CharField(blank=True, max_length=1000)),
                ("problem", models.CharField(blank=True, max_length=200)),
                ("paper", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="versions", to="papers.paper")),
                ("pdf", models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to="files.storedfile")),
                ("signature", models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="signature_of", to="files.storedfile")),
            ],
            options={"constraints": [models.UniqueConstraint(fields=("paper", "version"), name="paper_version_once")]},
        ),
        migrations.RunSQL(NO_CHANGE, BACK),
        migrations.RunPython(copy, migrations.RunPython.noop),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "CREATE UNIQUE INDEX CONCURRENTLY paper_in_force_once ON papers_paper (about, layout) WHERE revoked_at IS NULL",
                    "DROP INDEX CONCURRENTLY paper_in_force_once",
                ),
            ],
            state_operations=[
                migrations.AddConstraint(
                    "paper",
                    models.UniqueConstraint(condition=Q(revoked_at=None), fields=("about", "layout"), name="paper_in_force_once"),
                ),
            ],
        ),
        migrations.RemoveConstraint("paper", "paper_issued_once"),
        AddConstraintNotValid(
            "paper",
            models.CheckConstraint(
                condition=Q(revoked_as="", revoked_at=None) | Q(revoked_as__in=["revoked", "lapsed"], revoked_at__isnull=False),
                name="paper_revoked_how",
            ),
        ),
        ValidateConstraint("paper", "paper_revoked_how"),
        *(migrations.RemoveField("paper", name) for name in ("content", "check_code", "pdf", "problem")),
    ]
