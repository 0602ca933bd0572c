"""A whole demonstration in a home of its own: real processes to be killed, and its database to be looked into."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil
import psycopg

from benchmarks import harness
from kusei.site import postgres, processes
from kusei.site.cluster import DATABASE, OWNER, PORT, Layout

READY = 120.0
"""Seconds a start may take on a busy machine, filling included."""


class Demonstration:
    """`./kusei demo` in `home`, started, interrupted, killed and started again."""

    def __init__(self, home: Path, residents: int) -> None:
        self.home, self.residents, self.port = home, residents, harness.free_port()
        self.running: subprocess.Popen | None = None
        self.starts = 0

    # ---- its life ------------------------------------------------------------------------------------------------------

    def environment(self, **more: str) -> dict[str, str]:
        """The environment of its processes: nothing of the test run's own configuration, so its own embedded database."""
        others = {k: v for k, v in os.environ.items() if not k.startswith("KUSEI_") and not k.startswith("DATABASE_")}
        path = f"{harness.ROOT / 'src'}:{harness.ROOT}"
        return {**others, "KUSEI_HOME": str(self.home), "PYTHONPATH": path} | more

    def start(self) -> None:
        """Start it and wait until it says that it is well. Raises RuntimeError with what it said instead."""
        command = [sys.executable, "-P", "-m", "kusei.site", "demo", "--port", str(self.port)]
        command += ["--residents", str(self.residents), "--ward", "sumida"]
        self.starts += 1
        with self.log.open("w") as said:
            self.running = subprocess.Popen(
                command, env=self.environment(), stdout=said, stderr=said, start_new_session=True
            )
        until = time.monotonic() + READY
        while self.running.poll() is None and time.monotonic() < until and not harness.healthy(self.port):
            time.sleep(0.1)
        if self.running.poll() is not None or not harness.healthy(self.port):
            raise RuntimeError(f"the demonstration did not start:\n{self.said()}")

    @property
    def log(self) -> Path:
        """What it says on the terminal since its last start."""
        return self.home / f"demo-{self.starts}.log"

    def said(self) -> str:
        """The end of that."""
        return self.log.read_text()[-4000:]

    def interrupt(self) -> int:
        """Ctrl-C; waits for the end and returns the exit code."""
        self.running.send_signal(signal.SIGINT)
        return self.running.wait(60)

    def kill(self) -> None:
        """kill -9 of the supervisor."""
        self.running.kill()
        self.running.wait()

    # ---- its processes -------------------------------------------------------------------------------------------------

    def family(self) -> list[psutil.Process]:
        """Every process it has started, however deep, and the database's."""
        family = psutil.Process(self.running.pid).children(recursive=True)
        return [*family, *(p for p in processes.working_in(Layout.of(self.home).data, "postgres") if p not in family)]

    def named(self, name: str) -> list[psutil.Process]:
        """The processes of its child `name` (web or worker), the child itself first."""
        top = [p for p in processes.belonging_to(self.home, name) if p.ppid() == self.running.pid]
        return [process for each in top for process in [each, *each.children()]]

    def web_processes(self) -> list[psutil.Process]:
        """The processes that answer requests."""
        return [p for p in self.named("web")[1:] if any("granian" in part for part in p.cmdline())]

    def victims(self, kind: str) -> list[psutil.Process]:
        """What may be killed: `web` processes, the `worker`, the `database`'s postmaster. May be empty while one starts."""
        if kind == "web":
            return self.web_processes()
        if kind == "worker":
            return self.named("worker")[:1]
        server = postgres.find(Layout.of(self.home))
        return [server.process] if server else []

    # ---- its data ------------------------------------------------------------------------------------------------------

    def rows(self, query: str, *values: Any) -> list[tuple]:
        """Rows of its database, as the owner; waits for a database that starts again."""
        until = time.monotonic() + 30
        while True:
            try:
                where = Layout.of(self.home).run
                with psycopg.connect(dbname=DATABASE, user=OWNER, host=str(where), port=PORT) as connection:
                    return connection.execute(query, values or None).fetchall()
            except psycopg.OperationalError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)

    def one(self, query: str, *values: Any) -> Any:
        """The one value a query gives."""
        return self.rows(query, *values)[0][0]

    def sessions(self, wanted: int) -> list[dict[str, str]]:
        """Signed-in residents with children: {session, holder} each."""
        return self.inside("benchmarks.intake_accounts", str(wanted))

    def answers(self, numbers: Sequence[str]) -> dict[str, list[dict]]:
        """Receipt number → the answers as the portal holds them and as the office does, opened."""
        return self.inside("tests.faults.opened", given="\n".join(numbers))

    def inside(self, module: str, *arguments: str, given: str = "") -> Any:
        """What a module prints as JSON, run beside the demonstration as the database's owner."""
        role = {"DJANGO_SETTINGS_MODULE": "kusei.site.settings", "KUSEI_DATABASE_ROLE": "owner"}
        command = [sys.executable, "-P", "-m", module, *arguments]
        done = subprocess.run(
            command, env=self.environment(**role), input=given, stdout=subprocess.PIPE, text=True, check=True
        )
        return json.loads(done.stdout)

    def manage(self, *arguments: str) -> subprocess.CompletedProcess:
        """A management command, as `./kusei` runs it."""
        command = [sys.executable, "-P", "-m", "kusei.site", *arguments]
        return subprocess.run(command, env=self.environment(), capture_output=True, text=True, timeout=120)

    def open(self) -> http.client.HTTPConnection:
        """A connection to its web server."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
