"""A storm: residents apply while processes are killed, by a plan that a seed makes; what was seen is written down to be compared afterwards."""

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import psutil
from tests.faults.demonstration import Demonstration
from tests.faults.people import Person, Shown

from kusei.site import processes

PEOPLE = 12
PATIENCE = 60.0
"""Seconds within which everybody must have got a receipt after the last kill."""
COMES_BACK = 30.0
"""Seconds within which what was killed must run again; the supervisor pauses for up to ten."""
LEASES_RUN_OUT = 180.0
"""Seconds within which everything left by killed workers must be done: their leases run for 60."""


@dataclass
class Storm:
    """What happened: who applied, how often what was killed, what each start found of the one before."""

    people: list[Person]
    killed: Counter[str] = field(default_factory=Counter)
    left_over: dict[str, list[str]] = field(default_factory=dict)
    exit_code: int | None = None
    errors: list[BaseException] = field(default_factory=list)

    def shown(self) -> list[Shown]:
        """Every receipt that anybody saw."""
        return [shown for person in self.people for shown in person.shown]

    @contextmanager
    def applying(self) -> Iterator[None]:
        """Everybody applies while the `with` block runs, and finishes afterwards."""
        over = threading.Event()
        threads = [threading.Thread(target=self._apply, args=[person, over]) for person in self.people]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            over.set()
            for thread in threads:
                thread.join()

    def _apply(self, person: Person, over: threading.Event) -> None:
        try:
            person.apply_until(over, PATIENCE)
        except BaseException as error:  # noqa: BLE001 - told by the test, in its own thread
            self.errors.append(error)


def rage(storm: Storm, town: Demonstration, chance: random.Random, kinds: list[str]) -> None:
    """Kill -9 one of each kind in turn, at moments that chance chooses."""
    chance.shuffle(kinds)
    for kind in kinds:
        time.sleep(chance.uniform(0.4, 2.0))
        if not processes.wait_until(lambda kind=kind: bool(town.victims(kind)), seconds=COMES_BACK):
            raise AssertionError(f"no {kind} came back within {COMES_BACK:.0f} s: {town.said()}")
        victim = chance.choice(town.victims(kind))
        with suppress(psutil.NoSuchProcess):
            victim.kill()
            storm.killed[kind] += 1


def fell(storm: Storm, town: Demonstration, chance: random.Random) -> None:
    """Kill -9 the supervisor in the middle of it all, and start again."""
    time.sleep(chance.uniform(1.0, 2.0))
    old = town.family()
    town.kill()
    storm.killed["supervisor"] += 1
    town.start()
    storm.left_over["kill -9"] = alive(old)


def interrupt(storm: Storm, town: Demonstration, chance: random.Random) -> None:
    """Ctrl-C in the middle of submissions, and start again."""
    time.sleep(chance.uniform(1.0, 2.0))
    old = town.family()
    storm.exit_code = town.interrupt()
    storm.left_over["Ctrl-C"] = alive(old)
    town.start()


def alive(old: list[psutil.Process]) -> list[str]:
    """Which of the processes still run, in words."""
    return [
        f"{p.pid} {' '.join(p.cmdline())[:120]}" for p in old if p.is_running() and p.status() != psutil.STATUS_ZOMBIE
    ]


def calm(town: Demonstration) -> bool:
    """Wait until nothing is left to be delivered or done; returns whether that came about."""
    waiting = "SELECT (SELECT count(*) FROM tell_delivery WHERE state = 'waiting')"
    waiting += " + (SELECT count(*) FROM jobs_task WHERE state = 'waiting' AND next_try_at < now() + interval '1 hour')"
    return processes.wait_until(lambda: town.one(waiting) == 0, seconds=LEASES_RUN_OUT, every=0.5)
