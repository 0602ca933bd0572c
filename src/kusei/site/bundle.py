"""What a backup is: a folder with a manifest, the database's dump, the files it names, and the audit log's anchors.

    manifest.json   what is in it, as of when, with a digest of everything (written last: a folder without it is no backup)
    database.dump   pg_dump's custom format
    files/ab/cd/…   the kept files, each under the SHA-256 of its content
    manifest.sha256 the manifest's own digest
    files.sha256    their list, as `sha256sum --check` reads it
    anchors.jsonl   the audit log's anchors up to the backup's last row

The manifest describes the database row by row: for each table how many rows, and the digest of all of them in the order of their key.
"""

import hashlib
import hmac
import os
import subprocess
import tomllib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import psycopg
from psycopg import sql
from pydantic import BaseModel, ConfigDict, field_validator

from kusei.base.audit.anchors import Head
from kusei.site import cluster
from kusei.site.config import ROOT
from kusei.site.errors import SiteError

MANIFEST, SEAL, DUMP = "manifest.json", "manifest.sha256", "database.dump"
FILES, FILE_LIST, ANCHORS = "files", "files.sha256", "anchors.jsonl"
BLOCK = 1 << 20

TABLES = """
SELECT c.relname, coalesce((
           SELECT array_agg(a.attname ORDER BY array_position(i.indkey::int2[], a.attnum))
             FROM pg_index i JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey::int2[])
            WHERE i.indrelid = c.oid AND i.indisprimary), '{}')
  FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') ORDER BY 1
"""
PRIVILEGES = """
SELECT what, coalesce(r.rolname, 'PUBLIC'), acl.privilege_type
  FROM (SELECT CASE relkind WHEN 'S' THEN 'SEQUENCE ' ELSE 'TABLE ' END || oid::regclass AS what, relowner AS owner,
               coalesce(relacl, acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner)) AS list
          FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S')
        UNION ALL
        SELECT 'FUNCTION ' || oid::regprocedure, proowner, coalesce(proacl, acldefault('f', proowner))
          FROM pg_proc WHERE pronamespace = 'public'::regnamespace) AS things
  CROSS JOIN aclexplode(list) AS acl LEFT JOIN pg_roles r ON r.oid = acl.grantee
 WHERE acl.grantee <> things.owner ORDER BY 1, 2, 3
"""
SESSION = """
SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'postgres'; SET bytea_output = 'hex';
SET extra_float_digits = 1; SET client_encoding = 'UTF8'; SET search_path = public;
SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0; SET idle_session_timeout = 0
"""
"""Under which rows always read the same, and a long backup is not cut off."""


def marker(home: Path) -> Path:
    """The file that says that a restore into this home has begun and not ended."""
    return home / "restoring"


def check_restored(home: Path) -> None:
    """Raise `BackupError` where a restore was not finished: half a ward must not be served."""
    if marker(home).exists():
        raise BackupError(
            f"A restore into {home} was begun and not finished. Empty it (keep secrets/), and the database where it is elsewhere, and restore again."
        )


class BackupError(SiteError):
    """A backup can't be taken, or can't be restored as asked."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Digest(_Part):
    """A file of the backup: its size in bytes and SHA-256."""

    bytes: int
    sha256: str


class Table(_Part):
    """A table: how many rows, and the SHA-256 of all of them, as COPY's text, in the order of the key."""

    rows: int
    sha256: str


class Manifest(_Part):
    """What a backup holds. `instant`: what was committed by then is in it, and no transaction by halves.

    privileges: (thing, role, right) beyond the owner's. missing: files that rows name and the store did not have whole.
    secrets: fingerprints of the keys that belong to this data and are not in the backup. audit: the last row of each lane of the audit log.
    """

    format: Literal[1] = 1
    kusei: str
    postgresql: str
    ward: str
    instant: datetime
    snapshot: str
    finished: datetime
    migrations: list[str]
    tables: dict[str, Table]
    privileges: list[tuple[str, str, str]]
    audit: tuple[Head, ...]
    parts: dict[str, Digest]
    files: int
    files_bytes: int
    missing: list[str]
    secrets: dict[str, str]

    @field_validator("audit", mode="before")
    @classmethod
    def _from_before_lanes(cls, given: Any) -> Any:
        """A backup from before the audit log had lanes names one row, the last of lane 0, or none."""
        if isinstance(given, dict):
            return [{"lane": 0, "place": given.get("seq"), "hash": given.get("hash")}]
        return given or []

    @property
    def rows(self) -> int:
        """Rows in all tables."""
        return sum(table.rows for table in self.tables.values())


def digest_of(path: Path) -> Digest:
    """Size and SHA-256 of a file."""
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    return Digest(bytes=path.stat().st_size, sha256=found)


def connect(database: Mapping[str, Any]) -> psycopg.Connection:
    """A connection of our own to a Django `DATABASES` entry, each statement a transaction, with the settings of `SESSION`."""
    names = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD", "dbname": "NAME"}
    known = {key: database[name] for key, name in names.items() if database[name]}
    connection = psycopg.connect(**known, **database["OPTIONS"], autocommit=True, application_name="kusei backup")
    connection.execute(SESSION)
    return connection


def tables(connection: psycopg.Connection) -> dict[str, Table]:
    """Every table's rows, counted and digested in the transaction (and so the snapshot) of the connection."""
    return {name: _table(connection, name, key) for name, key in connection.execute(TABLES).fetchall()}


def _table(connection: psycopg.Connection, name: str, key: list[str]) -> Table:
    table = sql.Identifier("public", name)
    order = (
        sql.SQL(", ").join(map(sql.Identifier, key))
        if key
        else sql.SQL("t::text COLLATE {}").format(sql.Identifier("C"))
    )
    query = sql.SQL("COPY (SELECT * FROM {} AS t ORDER BY {}) TO STDOUT").format(table, order)
    digest, rows = hashlib.sha256(), 0
    with connection.cursor() as cursor, cursor.copy(query) as copy:
        for block in copy:
            digest.update(block)
            rows += bytes(block).count(b"\n")  # COPY's text writes a newline within a value as \n
    return Table(rows=rows, sha256=digest.hexdigest())


def privileges(connection: psycopg.Connection) -> list[tuple[str, str, str]]:
    """What roles other than the owner may do with each table, sequence and function."""
    return [tuple(row) for row in connection.execute(PRIVILEGES).fetchall()]


def version() -> str:
    """This Kusei's version."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]


def fingerprint(secret: bytes) -> str:
    """What tells two secrets apart and gives neither away; for long random secrets alone."""
    return hmac.new(secret, b"kusei.backup.fingerprint", "sha256").hexdigest()[:16]


def tool(name: str, database: Mapping[str, Any], *arguments: str) -> str:
    """Run a PostgreSQL program on a Django `DATABASES` entry and return what it prints. Raises `BackupError` with what it complained of."""
    address = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGDATABASE": "NAME"}
    environment = {variable: str(database[key]) for variable, key in address.items() if database[key]}
    environment |= {f"PG{key.upper()}": str(value) for key, value in database["OPTIONS"].items()}
    program = str(cluster.shipped_binaries() / "bin" / name)
    done = subprocess.run(
        [program, *arguments], env={"PATH": os.defpath, "LC_ALL": "C", **environment}, capture_output=True, text=True
    )
    if done.returncode:
        raise BackupError(f"{name} failed:\n{done.stderr[-3000:]}")
    return done.stdout
