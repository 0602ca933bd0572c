"""The commands behind `./kusei`: parse and hand over."""

import argparse
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path

from kusei.site import cluster, postgres
from kusei.site.config import CONFIG, Ward
from kusei.site.errors import SiteError

OWNER_COMMANDS = frozenset(
    {
        "migrate",
        "makemigrations",
        "sqlmigrate",
        "showmigrations",
        "flush",
        "dbshell",
        "backup",
        "restore",
        "rotate_keys",
    }
)
"""Management commands that need the role that owns the tables; all others run as the application, which owns nothing."""
PASSED_ON = frozenset({"test", "manage"})
"""Commands whose arguments are another program's, options included."""


def main(arguments: Sequence[str]) -> int:
    """Run one command; returns its exit code. What the user can mend is said in a sentence, without a traceback."""
    options = parse(arguments)
    try:
        return options.run(options)
    except SiteError as error:
        note(f"kusei: {error}")
        return 1
    except KeyboardInterrupt:
        return 130


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Options of one command, with its function in `run`; exits with a usage message where they make no sense."""
    parser = argparse.ArgumentParser(prog="kusei", description="Kusei (区政), a digital ward office.")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    _demo_options(commands.add_parser("demo", help="run a demonstration ward on this machine"))
    test = commands.add_parser("test", help="run the tests (arguments go to pytest)", add_help=False)
    test.set_defaults(run=run_tests)
    manage = commands.add_parser("manage", help="run a Django management command", add_help=False)
    manage.set_defaults(run=run_manage)

    bench = commands.add_parser("bench", help="run a benchmark; `bench list` names them")
    bench.add_argument("name", metavar="list|NAME")
    bench.add_argument("--json", action="store_true", help="print one JSON object")
    bench.set_defaults(run=run_bench)

    audit = commands.add_parser("audit", help="`audit verify` checks the chain of the audit log")
    audit.add_argument("what", choices=["verify"])
    audit.set_defaults(run=lambda options: django("audit_verify"))

    backup = commands.add_parser("backup", help="back up the running ward into an empty folder")
    backup.add_argument("folder", type=Path, metavar="DIR")
    backup.add_argument("--link", action="store_true", help="link files in place of copying, on the same file system")
    backup.set_defaults(
        run=lambda options: django("backup", str(options.folder.absolute()), *["--link"] * options.link)
    )
    restore = commands.add_parser("restore", help="restore a backup into an empty home, and compare")
    restore.add_argument("folder", type=Path, metavar="DIR")
    restore.add_argument("--without-keys", action="store_true", help="restore though the keys of the data are not here")
    restore.set_defaults(run=run_restore)

    data = commands.add_parser("data", help="`data import DIR` reads published data")
    data.add_argument("what", choices=["import"])
    data.add_argument("folder", type=Path)
    data.set_defaults(run=lambda options: django("data_import", str(options.folder.absolute())))

    db = commands.add_parser("db", help="the embedded PostgreSQL, for developers")
    db.add_argument("what", choices=["start", "stop", "shell"])
    db.set_defaults(run=run_db)

    if not arguments:
        parser.print_help()
        parser.exit()
    if arguments[0] in PASSED_ON:
        options = parser.parse_args(arguments[:1])
        options.rest = list(arguments[1:])
        return options
    return parser.parse_args(arguments)


def _demo_options(demo: argparse.ArgumentParser) -> None:
    demo.add_argument(
        "--ward", choices=[ward.value for ward in Ward], help="which ward (default: the home's, else sumida)"
    )
    demo.add_argument("--residents", type=positive, default=10_000, metavar="N", help="made residents (default 10,000)")
    demo.add_argument("--port", type=positive, metavar="P", help="port on this machine (default 8000)")
    demo.add_argument(
        "--split",
        action="store_true",
        help="portal and office as two installations, with two databases and a line between them",
    )
    demo.add_argument("--fresh", action="store_true", help="throw the demonstration's data away and fill it anew")
    demo.add_argument("--yes", action="store_true", help="with --fresh: don't ask")
    demo.set_defaults(run=run_demo)


def positive(text: str) -> int:
    """A whole number above zero. Raises ValueError, which argparse turns into a usage message."""
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def django(*arguments: str) -> int:
    """Run a management command in a process of its own, with the embedded PostgreSQL up where it is the one in use. Returns its exit code."""
    role = "owner" if arguments and arguments[0] in OWNER_COMMANDS else "app"
    environment = {"KUSEI_DATABASE_ROLE": role} | os.environ | {"DJANGO_SETTINGS_MODULE": "kusei.site.settings"}
    return with_database([sys.executable, "-P", "-m", "django", *arguments], environment)


def with_database(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run `command` to its end while the database is up; returns its exit code."""
    database = postgres.using(CONFIG.home, say=note) if CONFIG.embedded else nullcontext()
    with database, subprocess.Popen(command, env=environment) as running:
        while True:
            try:
                return running.wait()
            except KeyboardInterrupt:
                continue  # the child got Ctrl-C too; its answer is ours


def note(line: str) -> None:
    """Progress goes to stderr, so that a command's output can be piped."""
    print(line, file=sys.stderr, flush=True)


def run_manage(options: argparse.Namespace) -> int:
    return django(*options.rest)


def run_restore(options: argparse.Namespace) -> int:
    """Restore while nobody else may start this home."""
    from kusei.site import supervisor

    with supervisor.alone(CONFIG.home, "a restore"):
        return django("restore", str(options.folder.absolute()), *["--without-keys"] * options.without_keys)


def run_demo(options: argparse.Namespace) -> int:
    from kusei.site import demo, split

    return split.run(options) if options.split else demo.run(options)


def run_tests(options: argparse.Namespace) -> int:
    from kusei.site import testing

    return testing.run(options.rest)


def run_bench(options: argparse.Namespace) -> int:
    from kusei.site import bench

    return bench.run(options.name, as_json=options.json)


def psql() -> list[str]:
    """The command line of psql on this installation's database, as the owner."""
    if not CONFIG.embedded:
        return ["psql", CONFIG.database_url.get_secret_value()]
    layout = cluster.Layout.of(CONFIG.home)
    address = ["--host", str(layout.run), "--port", str(cluster.PORT)]
    return [str(cluster.shipped_binaries() / "bin" / "psql"), *address, "--username", cluster.OWNER, cluster.DATABASE]


def run_db(options: argparse.Namespace) -> int:
    """Start the embedded server and leave it up, stop it, or open psql as the owner."""
    if options.what == "shell":
        return with_database(psql(), os.environ)
    if not CONFIG.embedded:
        note("DATABASE_URL names a server, so there is no embedded one to start or stop.")
        return 1
    if options.what == "start":
        server = postgres.start(CONFIG.home, say=note)
        postgres.keep(CONFIG.home, True)
        note(f"PostgreSQL runs (process {server.pid}); its socket is in {server.socket_dir}")
    else:
        postgres.keep(CONFIG.home, False)
        note("PostgreSQL is stopped." if postgres.stop(CONFIG.home) else "PostgreSQL was not running.")
    return 0
