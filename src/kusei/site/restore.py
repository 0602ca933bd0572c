"""Restoring a backup into an empty home and an empty database, and proving that all of it came back.

In this order: the backup is checked against its manifest; the database is loaded in one transaction; files, anchors and ward are put in
place; every table, right and file is compared with the manifest; tables of an older Kusei are brought up to date; the audit log is checked
with its chain and anchors. Then what a restore must change is changed, and recorded: sessions end, numbers that may be out are skipped.
"""

import hashlib
import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import Error
from django.db.migrations.loader import MigrationLoader
from psycopg import sql
from pydantic import ValidationError

from kusei.base import audit
from kusei.base.accounts.models import Session
from kusei.base.audit.anchors import anchors_file
from kusei.base.audit.verify import verify
from kusei.base.files import storage
from kusei.base.kernel.actors import SYSTEM
from kusei.base.kernel.calendar import fiscal_year
from kusei.base.kernel.clock import local_date
from kusei.base.line import actions as line
from kusei.base.papers.numbers import skip
from kusei.base.secrets.keyring import NoKey
from kusei.base.secrets.sealing import Broken
from kusei.site import bundle, cluster
from kusei.site.backup import NAMED, SHOW_EVERY, write
from kusei.site.bundle import ANCHORS, DUMP, FILE_LIST, FILES, MANIFEST, SEAL, BackupError, Manifest, marker

Say = Callable[[str], None]
PURPOSE = "復元"
NUMBERS_A_MINUTE = 10_000
"""More papers than any series gives out in a minute: they are numbered one after another, each with its row locked until it is safe on disk."""
MOST_SKIPPED = 1_000_000_000
MINUTE = timedelta(minutes=1)


def restore(
    folder: Path, database: dict[str, Any], secrets: dict[str, str], *, without_keys: bool, now: datetime, say: Say
) -> Manifest:
    """Restore the backup in `folder`; returns its manifest.

    database: the owner's Django `DATABASES` entry. secrets: fingerprints of this home's keys; where they are not the backup's it is refused,
    unless `without_keys`. Raises `BackupError`, before anything is changed where the backup or the home is at fault.
    """
    manifest = read_manifest(folder)
    check_parts(folder, manifest, say)
    check_keys(manifest, secrets, without_keys=without_keys)
    check_migrations(manifest)
    with bundle.connect(database) as connected:
        check_empty(connected)
        marker(Path(settings.KUSEI_HOME)).touch()
        say(f"Restoring the database as of {manifest.instant.isoformat()} …")
        bundle.tool(
            "pg_restore", database, "--single-transaction", "--exit-on-error", "--no-owner", "--no-acl", "--no-password",
            f"--dbname={database['NAME']}", str(folder / DUMP),
        )  # fmt: skip
        grant(connected, manifest.privileges)
        restore_files(folder, manifest, say)
        restore_anchors(folder)
        write(Path(settings.KUSEI_HOME) / "ward", manifest.ward)
        say("Comparing every row …")
        compare(connected, manifest)
    bring_up_to_date(manifest, say)
    check_audit(manifest)
    begin_anew(manifest, now)
    marker(Path(settings.KUSEI_HOME)).unlink()
    return manifest


def read_manifest(folder: Path) -> Manifest:
    """The backup's manifest. Raises `BackupError` where there is none, or one of another form."""
    try:
        if bundle.digest_of(folder / MANIFEST).sha256 != (folder / SEAL).read_text("ascii").split()[0]:
            raise BackupError(f"{folder / MANIFEST} is damaged: {SEAL} says so.")
        return Manifest.model_validate_json((folder / MANIFEST).read_bytes())
    except FileNotFoundError:
        raise BackupError(f"{folder} holds no {MANIFEST}: it is no backup, or one that was not finished.") from None
    except ValidationError as error:
        raise BackupError(f"{folder / MANIFEST} can't be read: {error.error_count()} fields at fault.") from None


# ---- before anything is changed -------------------------------------------------------------------------------------------


def check_parts(folder: Path, manifest: Manifest, say: Say) -> None:
    """Raise `BackupError` unless every file of the backup is there and whole."""
    say(f"Checking the backup: {manifest.rows:,} rows, {manifest.files:,} files …")
    for name, expected in manifest.parts.items():
        if not (folder / name).exists() or bundle.digest_of(folder / name) != expected:
            raise BackupError(f"{folder / name} is missing or is not what the manifest says: this backup is damaged.")
    for sha256 in listed(folder):
        path = folder / FILES / storage.place(sha256)
        if not path.exists() or bundle.digest_of(path).sha256 != sha256:
            raise BackupError(f"{path} is missing or damaged.")


def listed(folder: Path) -> list[str]:
    """The digests of the backup's files."""
    return [line.split()[0] for line in (folder / FILE_LIST).read_text("ascii").splitlines()]


def check_keys(manifest: Manifest, secrets: dict[str, str], *, without_keys: bool) -> None:
    """Raise `BackupError` where the home's keys are not those of the data, unless that is meant."""
    wrong = sorted(name for name, fingerprint in manifest.secrets.items() if secrets.get(name) != fingerprint)
    if wrong and not without_keys:
        raise BackupError(
            f"These keys are not the ones this data was made with: {', '.join(wrong)}. Put the kept copies of KUSEI_HOME/secrets "
            "(or the variables) in place and restore again.\nWith --without-keys it is restored all the same: sealed fields stay shut, and "
            "codes in letters that are under way won't be accepted."
        )


def check_migrations(manifest: Manifest) -> None:
    """Raise `BackupError` for a backup from a newer Kusei, whose tables this one doesn't know."""
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    if unknown := sorted(set(manifest.migrations) - known):
        raise BackupError(
            f"The backup is of Kusei {manifest.kusei}, newer than this one, which lacks: {', '.join(unknown)}"
        )


def check_empty(connected: psycopg.Connection) -> None:
    """Raise `BackupError` unless database and home hold nothing a restore could mix with. Keys (`secrets/`) may be there already."""
    home = Path(settings.KUSEI_HOME)
    files = Path(settings.FILES_FOLDER)
    full = [str(place) for place in (home / "ward", anchors_file()) if place.exists()]
    full += [str(files)] if files.exists() and any(files.iterdir()) else []
    full += ["the database"] if connected.execute(bundle.TABLES).fetchone() else []
    if full:
        raise BackupError(
            f"Not empty: {', '.join(full)}. A backup is restored into an empty home (KUSEI_HOME) and an empty database."
        )


# ---- putting in place -----------------------------------------------------------------------------------------------------


def grant(connected: psycopg.Connection, privileges: list[tuple[str, str, str]]) -> None:
    """Give each role what the manifest says and nothing else. Where the application's role is not there, one role does everything."""
    roles = {name for (name,) in connected.execute("SELECT rolname FROM pg_roles")} | {"PUBLIC"}
    with connected.transaction():
        for thing, role, right in bundle.privileges(connected):
            connected.execute(_right("REVOKE", right, thing, "FROM", role))
        for thing, role, right in privileges:
            if role in roles:
                connected.execute(_right("GRANT", right, thing, "TO", role))
        if cluster.APP in roles:
            connected.execute(cluster.PRIVILEGES_SQL)


def _right(verb: str, right: str, thing: str, to: str, role: str) -> sql.Composed:
    """One statement. `thing` is as PostgreSQL names it (regclass, regprocedure), so it is quoted already."""
    name = sql.SQL("PUBLIC") if role == "PUBLIC" else sql.Identifier(role)
    return sql.SQL(f"{verb} {right} ON {thing} {to} ") + name


def restore_files(folder: Path, manifest: Manifest, say: Say) -> None:
    """Put every file into the store, which keeps it whole or not at all."""
    say(f"Restoring {manifest.files:,} files …")
    for count, sha256 in enumerate(listed(folder), start=1):
        with (folder / FILES / storage.place(sha256)).open("rb") as source:
            storage.put(sha256, source)
        if count % SHOW_EVERY == 0:
            say(f"  {count:,} files")


def restore_anchors(folder: Path) -> None:
    """Put the audit log's anchors back, so that what they witnessed is witnessed still."""
    target = anchors_file()
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.copyfile(folder / ANCHORS, target)
    target.chmod(0o600)


# ---- proving it -----------------------------------------------------------------------------------------------------------


def compare(connected: psycopg.Connection, manifest: Manifest) -> None:
    """Raise `BackupError` where a table, a right or a file is not what it was."""
    found = bundle.tables(connected)
    different = sorted(
        f"{name} ({wanted.rows:,} rows, now {found[name].rows if name in found else 0:,})"
        for name, wanted in manifest.tables.items()
        if found.get(name) != wanted
    )
    different += sorted(found.keys() - manifest.tables.keys())
    roles = {name for (name,) in connected.execute("SELECT rolname FROM pg_roles")} | {"PUBLIC"}
    rights = [right for right in manifest.privileges if right[1] in roles]
    if bundle.privileges(connected) != rights:
        different.append("who may do what (privileges)")
    for sha256 in _kept(connected, manifest):
        with storage.get(sha256) as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
                different.append(f"file {sha256}")
    if different:
        raise BackupError(f"What was restored is not what was backed up: {'; '.join(different)}")


def _kept(connected: psycopg.Connection, manifest: Manifest) -> list[str]:
    """The files that the restored rows name, without those that were missing from the start."""
    return [name for (name,) in connected.execute(NAMED) if name not in manifest.missing]


def bring_up_to_date(manifest: Manifest, say: Say) -> None:
    """Bring a backup of an older Kusei to this one's tables, once it is proved to be what was backed up; what reads the log next knows no others.
    Raises `BackupError` where that can't be done."""
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    if not (lacking := known - set(manifest.migrations)):
        return
    say(f"Applying {len(lacking)} migrations: the backup is of an older Kusei ({manifest.kusei}) …")
    try:
        call_command("migrate", interactive=False, verbosity=0)
    except (Error, NoKey, Broken, CommandError) as error:
        raise BackupError(
            f"The backup is whole, but can't be brought from Kusei {manifest.kusei} to this one: {error}\nEmpty the home (keep secrets/) and the "
            "database, restore with the Kusei that made the backup, and then start this one, which says what stands in its way."
        ) from error


def check_audit(manifest: Manifest) -> None:
    """Raise `BackupError` unless the audit log is whole and ends where the backup says."""
    report = verify()
    if report.damage:
        raise BackupError(f"The audit log is damaged: {report.damage.message}")
    if report.heads != manifest.audit:
        raise BackupError("The audit log does not end at the rows that the manifest names.")


# ---- what a restore changes -----------------------------------------------------------------------------------------------


def begin_anew(manifest: Manifest, now: datetime) -> None:
    """End every session (somebody may have signed out since), skip paper numbers that may be out, and record all of it in the audit log,
    with an anchor. What goes to the other installation begins another stream. Receipt numbers need nothing skipped: see `kernel.ids.receipt_number`."""
    count = skipped(manifest.instant, now)
    first, last = fiscal_year(local_date(manifest.instant)), fiscal_year(local_date(now))
    with audit.page_scope(), audit.audit_scope():
        ended, _models = Session.objects.all().delete()
        skip(range(first, last + 1), count)
        line.begin_anew(now)
        audit.log(
            SYSTEM,
            "change",
            "site.restore",
            purpose=PURPOSE,
            now=now,
            detail={
                "instant": manifest.instant.isoformat(),
                "rows": manifest.rows,
                "files": manifest.files,
                "sessions_ended": ended,
                "paper_numbers_skipped": count,
            },
        )
    audit.anchor(now)


def skipped(instant: datetime, now: datetime) -> int:
    """How many paper numbers to leave out: more than can have been given out since the backup's instant. It grows with every minute, so
    that the same backup restored twice skips what the first restored ward gave out."""
    minutes = max(0, (now - instant) // MINUTE) + 1
    return min(MOST_SKIPPED, minutes * NUMBERS_A_MINUTE)


def same_minute(begun: datetime, now: datetime) -> float:
    """Seconds until receipt numbers can't be those of the minute in which the restore began; 0.0 when that is over."""
    end = begun.replace(second=0, microsecond=0) + MINUTE
    return max(0.0, (end - now).total_seconds())
