"""Taking a backup of a running ward: one snapshot of the database, and every file its rows name.

The snapshot is PostgreSQL's (REPEATABLE READ, exported): the dump, the digests and the list of files all see the same instant, however
long they take, and nobody waits for them. Files never change under their name, so they are copied afterwards; the daily sweep, which alone
removes any, stands back meanwhile.
"""

import hashlib
import os
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.core.files.storage import default_storage

from kusei.base.audit.anchors import HEADS, Anchor, Head, line_of, read_anchors
from kusei.base.files.storage import get, place
from kusei.base.files.sweep import SWEEPING
from kusei.base.kernel import clock
from kusei.site import bundle
from kusei.site.bundle import ANCHORS, BLOCK, DUMP, FILE_LIST, FILES, MANIFEST, SEAL, BackupError, Manifest

Say = Callable[[str], None]
SHOW_EVERY = 1000
NAMED = "SELECT sha256 FROM files_storedfile UNION SELECT rebuilt_sha256 FROM files_storedfile WHERE rebuilt_sha256 <> '' ORDER BY 1"


def take(folder: Path, database: dict[str, Any], secrets: dict[str, str], *, link: bool, say: Say) -> Manifest:
    """Take a backup into `folder`, which must be empty or not there yet; returns its manifest.

    database: the owner's Django `DATABASES` entry. link: hard links in place of copies where the file system allows.
    Raises `BackupError`.
    """
    prepare(folder)
    with snapshot_of(database) as (connection, instant, number):
        say(f"As of {instant.isoformat()}: dumping the database …")
        dump = folder / DUMP
        options = ["--format=custom", "--no-owner", "--no-acl", "--no-password", f"--snapshot={number}"]
        bundle.tool("pg_dump", database, *options, f"--file={dump}")
        say("Counting and digesting its rows …")
        found = bundle.tables(connection)
        named = [name for (name,) in connection.execute(NAMED)]
        say(f"Copying {len(named):,} files …")
        copied = copy_files(named, folder, link=link, say=say)
        heads = tuple(Head(*row) for row in connection.execute(HEADS))
        write_anchors(folder / ANCHORS, Anchor(instant.isoformat(), heads))
        manifest = Manifest(
            kusei=bundle.version(),
            postgresql=connection.execute("SHOW server_version").fetchone()[0],
            ward=settings.WARD,
            instant=instant,
            snapshot=connection.execute("SELECT pg_current_snapshot()::text").fetchone()[0],
            finished=clock.now(),
            migrations=[name for (name,) in connection.execute("SELECT app || '.' || name FROM django_migrations ORDER BY 1")],
            tables=found,
            privileges=bundle.privileges(connection),
            audit=heads,
            parts={name: bundle.digest_of(folder / name) for name in (DUMP, FILE_LIST, ANCHORS)},
            files=copied.count,
            files_bytes=copied.bytes,
            missing=copied.missing,
            secrets=secrets,
        )  # fmt: skip
    text = manifest.model_dump_json(indent=1) + "\n"
    write(folder / SEAL, f"{hashlib.sha256(text.encode()).hexdigest()}  {MANIFEST}\n")
    write(folder / MANIFEST, text)
    return manifest


def prepare(folder: Path) -> None:
    """Make the folder, for us alone. Raises `BackupError` where something is in it already."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise BackupError(f"{folder} is not empty: a backup is taken into an empty folder.")
    folder.chmod(0o700)


@contextmanager
def snapshot_of(database: dict[str, Any]):
    """A connection that sees one instant, with the instant and the snapshot's number, while sweeps of files stand back.

    The instant is taken before the snapshot: whatever was committed by then is seen.
    """
    with bundle.connect(database) as connection:
        connection.execute(f"SELECT pg_advisory_lock_shared({SWEEPING})")
        instant = connection.execute("SELECT clock_timestamp()").fetchone()[0]
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        try:
            number = connection.execute("SELECT pg_export_snapshot()").fetchone()[0]
        except psycopg.errors.ObjectNotInPrerequisiteState as error:
            raise BackupError(f"the database can't export a snapshot: {error}") from None
        yield connection, instant, number
        connection.execute("COMMIT")
        connection.execute(f"SELECT pg_advisory_unlock_shared({SWEEPING})")


@dataclass
class Copied:
    """How the copying went: files, their bytes, and the names of those that are not in the store, or not whole."""

    count: int
    bytes: int
    missing: list[str]


def copy_files(named: Iterable[str], folder: Path, *, link: bool, say: Say) -> Copied:
    """Copy the files of these digests into `folder`, each checked by its digest, and write their list."""
    (folder / FILES).mkdir()
    done = Copied(0, 0, [])
    with (folder / FILE_LIST).open("w", encoding="ascii") as listed:
        for sha256 in named:
            target = folder / FILES / place(sha256)
            target.parent.mkdir(parents=True, exist_ok=True)
            if (size := copy_file(sha256, target, link=link)) is None:
                done.missing.append(sha256)
                continue
            done.count, done.bytes = done.count + 1, done.bytes + size
            listed.write(f"{sha256}  {FILES}/{place(sha256)}\n")
            if done.count % SHOW_EVERY == 0:
                say(f"  {done.count:,} files")
    return done


def copy_file(sha256: str, target: Path, *, link: bool) -> int | None:
    """Copy (or link) one kept file; returns its size, None where the store lacks it or has something else under its name."""
    digest, size = hashlib.sha256(), 0
    try:
        with get(sha256) as source, target.open("wb") as copy:
            while block := source.read(BLOCK):
                digest.update(block)
                size += copy.write(block)
            copy.flush()
            os.fsync(copy.fileno())
    except FileNotFoundError:
        target.unlink(missing_ok=True)
        return None
    if digest.hexdigest() != sha256:
        target.unlink()
        return None
    if link:
        relink(Path(default_storage.path(place(sha256))), target)
    return size


def relink(source: Path, target: Path) -> None:
    """Put a hard link in the place of a copy, which stays where the file system knows no links between the two."""
    draft = target.with_name(target.name + ".link")
    try:
        os.link(source, draft)
    except OSError:
        return
    draft.replace(target)


def write_anchors(path: Path, last: Anchor) -> None:
    """The anchors up to the snapshot's last rows, and those themselves: later ones would make the restored log read as cut off."""
    ends = {head.lane: head.place for head in last.heads}
    known = [each for each in read_anchors()[0] if all(head.place <= ends.get(head.lane, 0) for head in each.heads)]
    if last.heads and (not known or known[-1].heads != last.heads):
        known.append(last)
    write(path, "".join(map(line_of, known)))


def write(path: Path, text: str) -> None:
    """Write a file, on the disk and whole when it has its name."""
    draft = path.with_name(path.name + ".new")
    with draft.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
