"""What every benchmark needs: ours and a peer measured in turns, growth, peak memory, goals, one result.

A figure that could not be measured is `NOT_MEASURED`, never a guess.
"""

import http.client
import os
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

NOT_MEASURED = "not measured"
ROOT = Path(__file__).resolve().parents[1]
MEGABYTE = 1024 * 1024
Measure = Callable[[], float]
"""Runs one round and returns its figure, in the benchmark's unit."""


@dataclass(frozen=True)
class Goal:
    """What a figure must reach: `what` in words with its unit, the `goal`, what was `got`, and whether it `holds`."""

    what: str
    goal: str
    got: float | str
    holds: bool


def at_least(what: str, goal: float, got: float) -> Goal:
    """A goal that more is better for."""
    return Goal(what, f"≥ {goal:g}", round(got, 3), got >= goal)


def at_most(what: str, goal: float, got: float) -> Goal:
    """A goal that less is better for."""
    return Goal(what, f"≤ {goal:g}", round(got, 3), got <= goal)


def seconds(work: Callable[[], object]) -> float:
    """How long `work` takes, by the wall clock."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def alternate(ours: Measure, peer: Measure, rounds: int = 5) -> tuple[float, float]:
    """Medians of ours and the peer, measured in turns so that the machine's moods meet both alike; the first of each pair changes."""
    figures: dict[Measure, list[float]] = {ours: [], peer: []}
    for number in range(rounds):
        for measure in (ours, peer) if number % 2 == 0 else (peer, ours):
            figures[measure].append(measure())
    return statistics.median(figures[ours]), statistics.median(figures[peer])


def growth(measure: Callable[[int], float], unit: int, times: Sequence[int] = (1, 4, 16)) -> dict[str, float]:
    """The figure at 1, 4 and 16 times the input size `unit`."""
    return {f"×{factor}": measure(unit * factor) for factor in times}


def percentile(figures: Sequence[float], share: float) -> float:
    """The figure that `share` (0 to 1) of all figures do not exceed. Raises ValueError without figures."""
    if not figures:
        raise ValueError("no figures")
    ordered = sorted(figures)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def result(
    name: str,
    input: str,
    *,
    ours: float,
    goals: Sequence[Goal],
    peer: float | str = NOT_MEASURED,
    growth: dict[str, float] | str = NOT_MEASURED,
    peak_mb: float | str = NOT_MEASURED,
    **more: Any,
) -> dict[str, Any]:
    """The one object a benchmark gives back. `ratio` is ours by the peer; `more` says what the benchmark wants to add."""
    ratio = ours / peer if isinstance(peer, int | float) and peer else NOT_MEASURED
    return {
        "name": name,
        "input": input,
        "ours": ours,
        "peer": peer,
        "ratio": ratio,
        "growth": growth,
        "peak_mb": peak_mb,
        **more,
        "goals": [asdict(goal) for goal in goals],
    }


class Memory:
    """Peak resident memory of a process and all its descendants together, in megabytes, while the `with` block runs."""

    def __init__(self, pid: int | None = None, every: float = 0.1) -> None:
        self.root = psutil.Process(pid)
        self.every = every
        self.peak_mb = 0.0
        self.peak_each_mb: dict[int, float] = {}
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> "Memory":
        self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._watch.join()

    def _sample(self) -> None:
        while True:
            total = 0.0
            with suppress(psutil.NoSuchProcess):
                for process in [self.root, *self.root.children(recursive=True)]:
                    total += self._resident(process)
            self.peak_mb = max(self.peak_mb, round(total, 1))
            if self._over.wait(self.every):
                return

    def _resident(self, process: psutil.Process) -> float:
        try:
            size = process.memory_info().rss / MEGABYTE
        except psutil.NoSuchProcess:
            return 0.0
        self.peak_each_mb[process.pid] = max(self.peak_each_mb.get(process.pid, 0.0), round(size, 1))
        return size


def free_port() -> int:
    """A port on this machine that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def database() -> Iterator[None]:
    """Django ready to use on the benchmark's own PostgreSQL (or DATABASE_URL), migrated, as the owner."""
    import django
    from django.core.management import call_command

    from kusei.site import postgres
    from kusei.site.config import CONFIG

    with postgres.using(CONFIG.home, tied=True) if CONFIG.embedded else nullcontext():
        django.setup()
        call_command("migrate", interactive=False, verbosity=0)
        yield


@dataclass(frozen=True)
class Site:
    """A running demonstration: where it is, and its supervisor's process id."""

    port: int
    pid: int
    home: Path


@contextmanager
def site(home: Path, *arguments: str, patience: float = 600.0) -> Iterator[Site]:
    """A whole demonstration (`./kusei demo ARGUMENTS`) in `home` on a free port, stopped at the end. Raises RuntimeError with what it said."""
    port = free_port()
    log = home / "demo.log"
    home.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-P", "-m", "kusei.site", "demo", "--port", str(port), *arguments]
    environment = {**os.environ, "KUSEI_HOME": str(home), "PYTHONPATH": str(ROOT / "src")}
    environment.pop("KUSEI_DATABASE_ROLE", None)
    with log.open("w") as output:
        running = subprocess.Popen(command, env=environment, stdout=output, stderr=output, start_new_session=True)
    try:
        until = time.monotonic() + patience
        while not healthy(port):
            if running.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"the demonstration did not start:\n{log.read_text()[-4000:]}")
            time.sleep(0.2)
        yield Site(port, running.pid, home)
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait()


def healthy(port: int) -> bool:
    """Whether a site on `port` says it is well."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz", headers={"Host": "localhost"})
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
