"""The embedded PostgreSQL server of a home: start, share, adopt, recover, stop.

Several processes may use one server: each holds a shared lock while it does, and the last to leave stops the server. A server whose
users were all killed is found by the next start and used on; what is left of one that was itself killed is cleaned up first.
"""

import fcntl
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from kusei.site import cluster, processes
from kusei.site.cluster import Layout
from kusei.site.errors import ClusterError

Say = Callable[[str], None]
LOG_LIMIT = 10 * 1024 * 1024
STOP_SIGNALS = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}
"""Shutdown modes of PostgreSQL: wait for clients; end their transactions; crash (recovery at the next start)."""


@dataclass(frozen=True)
class Server:
    """A running server."""

    layout: Layout
    process: psutil.Process

    @property
    def socket_dir(self) -> Path:
        return self.layout.run

    @property
    def port(self) -> int:
        return cluster.PORT

    @property
    def pid(self) -> int:
        return self.process.pid

    def lives(self) -> bool:
        """Whether the postmaster still runs."""
        with suppress(psutil.NoSuchProcess):
            return self.process.is_running() and self.process.status() != psutil.STATUS_ZOMBIE
        return False


def find(layout: Layout) -> Server | None:
    """The server running on this cluster, ready or not; None if there is none, whatever a stale pid file says."""
    lines = pid_lines(layout)
    if not lines or not lines[0].strip().isdigit():
        return None
    with suppress(psutil.Error, OSError):
        process = psutil.Process(int(lines[0]))
        # Its number alone proves nothing: after a reboot it may be anybody's.
        command = process.cmdline()
        if Path(command[0] if command else "").name == "postgres" and str(layout.data) in command:
            server = Server(layout, process)
            return server if server.lives() else None
    return None


def is_running(home: Path) -> bool:
    """Whether the embedded server of `home` is up and takes connections."""
    layout = Layout.of(home)
    return bool(find(layout)) and is_ready(layout)


def is_ready(layout: Layout) -> bool:
    """Whether the server says it takes connections (8th line of its pid file)."""
    lines = pid_lines(layout)
    return len(lines) > 7 and lines[7].strip() == "ready"


def pid_lines(layout: Layout) -> list[str]:
    """Lines of the server's pid file: pid, data directory, start, port, socket folder, address, shared memory, state."""
    try:
        return layout.pid_file.read_text("utf-8", "replace").splitlines()
    except FileNotFoundError:
        return []


@contextmanager
def using(home: Path, *, tied: bool = False, say: Say = lambda line: None) -> Iterator[Server]:
    """Use the embedded server of `home`, starting it if need be; on leaving, the last user stops it (unless `keep` was asked for).

    `tied`: a server started here gets a fast shutdown when this process dies.
    """
    layout = Layout.of(home)
    processes.make_home(home)
    with (home / "postgres.users").open("a+") as users:
        with starting(layout):
            fcntl.flock(users, fcntl.LOCK_SH)
            server = up(layout, tied=tied, say=say)
        try:
            yield server
        finally:
            with starting(layout), suppress(BlockingIOError):
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if not kept(layout).exists():
                    down(layout)


def start(home: Path, *, tied: bool = False, say: Say = lambda line: None) -> Server:
    """Start the embedded server of `home`, or adopt the one that runs, and wait until it takes connections. Raises `ClusterError`."""
    layout = Layout.of(home)
    with starting(layout):
        return up(layout, tied=tied, say=say)


def stop(home: Path, mode: str = "fast") -> bool:
    """Stop the embedded server of `home`, whoever uses it; `mode` is smart, fast or immediate. Returns whether there was one."""
    layout = Layout.of(home)
    with starting(layout):
        return down(layout, mode)


def keep(home: Path, on: bool) -> None:
    """Say whether the server outlives its users (`./kusei db start`)."""
    mark = kept(Layout.of(home))
    mark.touch() if on else mark.unlink(missing_ok=True)


def kept(layout: Layout) -> Path:
    return layout.home / "postgres.keep"


def starting(layout: Layout) -> AbstractContextManager[object]:
    """The lock under which a server of this cluster is started or stopped."""
    processes.make_home(layout.home)
    return processes.locked(layout.home / "postgres.lock")


def up(layout: Layout, *, tied: bool, say: Say) -> Server:
    """Bring the server up and wait for it. The caller holds the start lock."""
    if server := find(layout):
        if pid_lines(layout)[7:8] != ["stopping"]:
            return ready(server, say)
        say("Waiting for the last PostgreSQL to end …")
        while server.lives():
            time.sleep(0.1)
    clear_remains(layout)
    cluster.prepare(layout, say)
    return ready(launch(layout, tied), say)


def clear_remains(layout: Layout) -> None:
    """Remove what a killed server left: backends still at work on the data, and lock files that name somebody else's process."""
    if not layout.data.exists():
        return
    processes.end(processes.working_in(layout.data, "postgres"), first=signal.SIGQUIT, patience=2.0)
    layout.pid_file.unlink(missing_ok=True)
    (layout.run / f".s.PGSQL.{cluster.PORT}.lock").unlink(missing_ok=True)


def launch(layout: Layout, tied: bool) -> Server:
    """Start the server's process in a session of its own, so that Ctrl-C reaches only us and we stop things in order."""
    if layout.log.exists() and layout.log.stat().st_size > LOG_LIMIT:
        layout.log.replace(layout.log.with_suffix(".log.1"))
    with layout.log.open("ab") as log:
        started = subprocess.Popen(
            [str(layout.binaries / "bin" / "postgres"), "-D", str(layout.data)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=processes.die_with_parent(signal.SIGINT) if tied else None,
            **layout.as_user(),
        )
    return Server(layout, psutil.Process(started.pid))


def ready(server: Server, say: Say) -> Server:
    """Wait until the server takes connections, however long recovery takes, as long as it lives. Raises `ClusterError` when it died."""
    layout, since, told = server.layout, time.monotonic(), 0.0
    while not is_ready(layout):
        if not server.lives():
            raise ClusterError(f"PostgreSQL did not start. The end of {layout.log}:\n{last_lines(layout.log, 15)}")
        waited = time.monotonic() - since
        if waited - told >= 2:
            told = waited
            say(f"  PostgreSQL is recovering, {waited:.0f} s so far: {last_lines(layout.log, 1)}")
        time.sleep(0.02)
    return server


def down(layout: Layout, mode: str = "fast") -> bool:
    """Stop the server and wait for its end. The caller holds the start lock."""
    server = find(layout)
    if not server:
        return False
    with suppress(psutil.NoSuchProcess):
        server.process.send_signal(STOP_SIGNALS[mode])
    while server.lives():
        time.sleep(0.02)
    with suppress(psutil.Error):
        server.process.wait(timeout=1)  # our own child is reaped here
    return True


def last_lines(path: Path, count: int) -> str:
    """The last `count` lines of a log, "" if there is none."""
    try:
        return "\n".join(path.read_text("utf-8", "replace").splitlines()[-count:])
    except FileNotFoundError:
        return ""
