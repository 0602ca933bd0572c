"""Processes of ours: recognise them, tie them to us, end them. Nothing here knows what they do."""

import ctypes
import fcntl
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import psutil

from kusei.site.errors import Busy

MARK = "KUSEI_SUPERVISED"
"""Environment variable of every process a supervisor starts, inherited by its children: the home it belongs to, and its name."""
PR_SET_PDEATHSIG = 1


def make_home(home: Path) -> None:
    """Make the folder of state if need be. Root's may be entered (not listed) by others: the unprivileged user of the database must get through."""
    if not home.exists():
        home.parent.mkdir(parents=True, exist_ok=True)
        home.mkdir(exist_ok=True)
        home.chmod(0o711 if os.geteuid() == 0 else 0o700)


@contextmanager
def locked(path: Path, *, wait: bool = True) -> Iterator[IO[str]]:
    """Hold the file `path` exclusively; the kernel lets go when the holder dies, however it dies. Raises `Busy` if not `wait`."""
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            raise Busy(path) from None
        yield file


def die_with_parent(signum: int) -> Callable[[], None]:
    """A `preexec_fn`: the kernel sends `signum` to the new process when its parent ends (Linux; elsewhere the next start cleans up).

    `subprocess` calls it after changing user, which matters: changing user clears the setting.
    """
    if sys.platform != "linux":
        return lambda: None
    parent, prctl = os.getpid(), ctypes.CDLL(None).prctl

    def tie() -> None:
        prctl(PR_SET_PDEATHSIG, signum, 0, 0, 0)
        if os.getppid() != parent:
            os.kill(os.getpid(), signum)

    return tie


def mark(home: Path, name: str) -> str:
    """Value of the mark that the process `name` of `home` carries."""
    return f"{home}:{name}"


def belonging_to(home: Path, name: str = "") -> list[psutil.Process]:
    """Every living process that a supervisor of `home` started (as `name`), and their children, by the mark in their environment."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            owner, _, called = process.environ().get(MARK, "").rpartition(":")
            if owner == str(home) and name in {"", called} and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def working_in(folder: Path, name: str) -> list[psutil.Process]:
    """Every living process called `name` whose working directory is `folder`: in a PostgreSQL data directory, the server and its backends."""
    found, folder = [], folder.resolve()
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.name() == name and process.cwd() == str(folder) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def end(processes: list[psutil.Process], *, first: int = signal.SIGTERM, patience: float = 10.0) -> None:
    """Ask the processes to end with the signal `first`; kill those still there after `patience` seconds."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(first)
    _, alive = psutil.wait_procs(processes, timeout=patience)
    for process in alive:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(alive, timeout=patience)


def wait_until(true: Callable[[], bool], *, seconds: float, every: float = 0.05) -> bool:
    """Poll `true` until it holds or `seconds` have passed; returns whether it held."""
    until = time.monotonic() + seconds
    while not true():
        if time.monotonic() > until:
            return False
        time.sleep(every)
    return True
