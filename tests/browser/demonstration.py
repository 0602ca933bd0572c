"""A real demonstration ward for a test run: `./kusei demo` in a home of its own, as a new user would start it."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from kusei.site.cluster import Layout
from kusei.site.config import CONFIG, ROOT
from kusei.site.processes import die_with_parent

RESIDENTS = 300
CLERK, SUBSECTION_CHIEF, SECTION_CHIEF, DEPARTMENT_CHIEF, ICT = "100101", "100102", "100103", "100104", "100105"
AUTHOR = "100131"
HANAKO, YUKI = "hanako@example.jp", "yuki@example.jp"
"""A resident who has proved who she is, and one who has not."""


@dataclass(frozen=True)
class Demonstration:
    """Where it is, and what one needs to know to use it."""

    address: str
    home: Path
    passwords: dict[str, str]

    def sql(self, statement: str, *values: Any) -> list[tuple]:
        """Rows that a statement answers with (none for a change), as the owner of the tables."""
        database = Layout.of(self.home).database("owner")
        names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
        where = {name: database[key] for name, key in names.items() if database.get(key)}
        with psycopg.connect(**where) as connection:
            cursor = connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else []


@contextmanager
def running(name: str) -> Iterator[Demonstration]:
    """A fresh demonstration, called `name` among those of this home; gone with its processes afterwards, its logs stay until the next."""
    home = CONFIG.home / f"demonstration-{name}"
    shutil.rmtree(home / "log", ignore_errors=True)
    port = free_port()
    command = [sys.executable, str(ROOT / "kusei"), "demo", "--fresh", "--yes"]
    command += ["--port", str(port), "--residents", str(RESIDENTS)]
    process = subprocess.Popen(
        command,
        env=environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=die_with_parent(signal.SIGTERM),
    )
    try:
        wait_until_ready(process)
        passwords = json.loads((home / "secrets" / "demo-logins.json").read_text("utf-8"))
        yield Demonstration(f"http://localhost:{port}", home, passwords)
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)


def environment(home: Path) -> dict[str, str]:
    """What the demonstration runs in: nothing of the configuration of the tests but the published data."""
    ours = ("KUSEI_", "DATABASE_", "DJANGO_")
    others = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    kept = {name: os.environ[name] for name in ("KUSEI_DATA",) if name in os.environ}
    return {**others, **kept, "KUSEI_HOME": str(home), "KUSEI_WARD": "sumida", "KUSEI_WEB_PROCESSES": "1"}


def wait_until_ready(process: subprocess.Popen) -> None:
    """Read what the demonstration says until it is ready. Raises AssertionError with all of it where it ends before."""
    said = []
    for line in process.stdout:
        said.append(line)
        if line.startswith("Ctrl-C"):
            return
    raise AssertionError("The demonstration did not start:\n" + "".join(said))


def free_port() -> int:
    """A port that nobody uses at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
