"""Sweeping: files that nothing refers to, and bytes that no row names, go a day after they came."""

from datetime import datetime, timedelta

from django.core.files.storage import default_storage
from django.db import connection
from django.db.models import Q

from kusei.base.files.models import StoredFile
from kusei.base.jobs.handlers import Later

GRACE = timedelta(days=1)


SWEEPING = "hashtextextended('kusei.files.sweep', 0)"
"""The advisory lock that a sweep holds, and a backup shares: what a snapshot names stays until it is copied."""


def sweep(now: datetime) -> None:
    """Daily: first rows, then bytes. Raises `Later` while a backup is being taken."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_try_advisory_lock({SWEEPING})")
        if not cursor.fetchone()[0]:
            raise Later("a backup is being taken")
        try:
            sweep_rows(now)
            sweep_bytes(now)
        finally:
            cursor.execute(f"SELECT pg_advisory_unlock({SWEEPING})")


def unreferenced() -> Q:
    """Holds for files that no row of any model refers to."""
    nothing = Q()
    for relation in StoredFile._meta.related_objects:
        nothing &= Q(**{f"{relation.field.related_query_name()}__isnull": True})
    return nothing


def sweep_rows(now: datetime) -> int:
    """Delete files uploaded for drafts that were thrown away; returns how many."""
    deleted, _rows = StoredFile.objects.filter(unreferenced(), created_at__lt=now - GRACE).delete()
    return deleted


def sweep_bytes(now: datetime) -> int:
    """Delete kept bytes that no row names; returns how many."""
    count = 0
    for name in stored_names():
        sha256 = name.rsplit("/", 1)[-1]
        if default_storage.get_modified_time(name) > now - GRACE:
            continue
        if not StoredFile.objects.filter(Q(sha256=sha256) | Q(rebuilt_sha256=sha256)).exists():
            default_storage.delete(name)
            count += 1
    return count


def stored_names():
    """The names of all kept bytes, and of drafts that a crash left beside them; none where nothing was ever kept."""
    if not default_storage.exists(""):
        return
    for first in default_storage.listdir("")[0]:
        for second in default_storage.listdir(first)[0]:
            for name in default_storage.listdir(f"{first}/{second}")[1]:
                yield f"{first}/{second}/{name}"
