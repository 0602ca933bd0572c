"""Keep a set of processes running: start them, start again what dies (with backoff), stop all in order.

On Linux the kernel ends the children when the supervisor dies, even by kill -9; whatever survives that carries a mark in its environment
and is ended by the next start (`clear`).
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from kusei.site import postgres, processes
from kusei.site.errors import Busy, ClusterError

Say = Callable[[str], None]
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 10.0
SERVER_PAUSE = 3.0
STEADY = 30.0
"""Seconds of life after which a process counts as healthy again."""
GRACE = 10.0
"""Seconds a process gets to finish what it is doing."""
LOG_LIMIT = 10 * 1024 * 1024


@dataclass
class Child:
    """One process to keep running: its command, and what is known of its current run."""

    name: str
    command: Sequence[str]
    running: subprocess.Popen | None = None
    started: float = 0.0
    failures: int = 0
    due: float = 0.0
    """When to start it (again), on the monotonic clock."""

    def pause(self) -> float:
        """Seconds to wait before the next start: doubled by each failure in a row."""
        return min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (self.failures - 1)) if self.failures else 0.0


@dataclass
class Supervisor:
    """Runs `children` in the given order on behalf of `home`; `server` is the embedded PostgreSQL, or None."""

    home: Path
    children: Sequence[Child]
    environment: Mapping[str, str]
    say: Say
    server: postgres.Server | None = None
    server_due: float = 0.0
    """When to start a server that would not start again, on the monotonic clock."""
    logs: Path = field(init=False)

    def __post_init__(self) -> None:
        self.logs = self.home / "log"
        self.logs.mkdir(mode=0o700, exist_ok=True)

    def tend(self) -> None:
        """One round: start again whatever has ended. Call it a few times a second."""
        if self.server and not self.server.lives() and time.monotonic() >= self.server_due:
            self._start_server()
        for child in self.children:
            self._tend(child)

    def _start_server(self) -> None:
        """Start the database again. One that ends while it recovers is tried again later: to stop would take the rest along."""
        self.say("PostgreSQL has ended unexpectedly; starting it again …")
        try:
            self.server = postgres.start(self.home, tied=True, say=self.say)
        except ClusterError as error:
            self.server_due = time.monotonic() + SERVER_PAUSE
            self.say(f"{error}\nTrying again in {SERVER_PAUSE:.0f} s …")

    def _tend(self, child: Child) -> None:
        now = time.monotonic()
        if child.running is None:
            if now >= child.due:
                self._start(child)
        elif child.running.poll() is None:
            self._rotate(child)
            if child.failures and now - child.started > STEADY:
                child.failures = 0
        else:
            child.failures += 1
            child.due = now + child.pause()
            code = child.running.returncode
            self.say(f"{child.name} has ended ({ending(code)}); starting it again. Its log: {self.log_of(child)}")
            child.running = None
            # Its own children must not go on beside the new ones.
            processes.end(processes.belonging_to(self.home, child.name))

    def _start(self, child: Child) -> None:
        self._rotate(child)
        with self.log_of(child).open("ab") as output:
            child.running = subprocess.Popen(
                child.command,
                env={**self.environment, processes.MARK: processes.mark(self.home, child.name)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl-C reaches the supervisor alone
                preexec_fn=processes.die_with_parent(signal.SIGTERM),
            )
        child.started = time.monotonic()

    def _rotate(self, child: Child) -> None:
        """Put a log aside that has grown too long. Its writer goes on in the same file, which is emptied under it: a line written between
        the copy and that is lost."""
        log = self.log_of(child)
        if log.exists() and log.stat().st_size > LOG_LIMIT:
            shutil.copyfile(log, log.with_suffix(".log.1"))
            os.truncate(log, 0)

    def log_of(self, child: Child) -> Path:
        return self.logs / f"{child.name}.log"

    def stop(self) -> None:
        """End the children in reverse order, each with everything it started."""
        for child in reversed(self.children):
            if child.running:
                child.running.terminate()
                with suppress(subprocess.TimeoutExpired):
                    child.running.wait(GRACE)
            processes.end(processes.belonging_to(self.home, child.name), patience=2.0)
            if child.running:
                child.running.wait()
            child.running = None


@contextmanager
def alone(home: Path, address: str) -> Iterator[None]:
    """Be the one supervisor of `home`, after ending what a killed one left. Raises `Busy`, naming the one that runs."""
    processes.make_home(home)
    path = home / "supervisor.lock"
    try:
        with processes.locked(path, wait=False) as file:
            file.truncate(0)
            file.write(f"{address}, process {os.getpid()}\n")
            file.flush()
            clear(home)
            yield
    except Busy as busy:
        if busy.args != (path,):
            raise
        raise Busy(f"Kusei already runs on {home}: {path.read_text().strip()}. Stop it with Ctrl-C there.") from None


def clear(home: Path) -> None:
    """End every process that an earlier supervisor of `home` left running; they have had their signal to stop when it died."""
    processes.end(processes.belonging_to(home), patience=2.0)


def ending(code: int) -> str:
    """A process's return code in words."""
    return f"exit code {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"
