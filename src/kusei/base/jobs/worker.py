"""The worker: leases rows that are due, deals with each outside any transaction, marks it done.

One thread a queue claims and works, so that a slow mail server holds up no other queue; the main thread listens for wake-ups, extends the
leases of what is being worked on, plans the daily jobs and does what is regular. Any number of workers may run side by side.

What happens when … a worker is killed: its leases run out, others take the rows over; only the row it had in hand can have been done
twice. The database is killed: what was done is marked done when it is back, as long as the lease holds. A handler hangs: after
`LONGEST_RUN` its lease is no longer extended.
"""

import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

import psycopg
from django.db import DatabaseError, InterfaceError, OperationalError, connection

from kusei.base import audit
from kusei.base.jobs.daily import plan
from kusei.base.jobs.handlers import Handlers, Hopeless, Later, Queue, Regular
from kusei.base.kernel import clock, leases
from kusei.base.kernel.leases import LEASE, Leased
from kusei.base.kernel.offers import Registry

log = logging.getLogger("kusei.worker")
POLL = 3.0
"""Seconds after which a worker looks for what is due though nobody woke it."""
LISTEN = 1.0
EXTEND_EVERY = LEASE.total_seconds() / 4
PLAN_EVERY = 60.0
LONGEST_RUN = 15 * 60.0
GONE = (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError)
"""What a lost database raises, through Django or, while listening, past it."""


def run(handlers: Handlers, registry: Registry, stop: threading.Event) -> bool:
    """Work until `stop` is set, then finish what is in hand, put the rest back, and return True; False where a queue's thread broke down,
    which stops the others too: whoever supervises starts it anew."""
    name = f"{socket.gethostname()[:30]}:{os.getpid()}:{secrets.token_hex(4)}"
    benches = [Bench(queue, name, stop) for queue in handlers.queues()]
    others = [Apart(each, stop) for each in handlers.regular() if each.apart]
    threads = [threading.Thread(target=bench.work, name=bench.queue.name) for bench in benches]
    threads += [threading.Thread(target=each.work, name=each.regular.name) for each in others]
    for thread in threads:
        thread.start()
    regular = [
        Repeat(EXTEND_EVERY, lambda now: [bench.extend(now) for bench in benches]),
        Repeat(PLAN_EVERY, lambda now: plan(registry, now)),
        *(Repeat(each.seconds, each.run) for each in handlers.regular() if not each.apart),
    ]
    while any(thread.is_alive() for thread in threads):
        _attend([*benches, *others], regular, stop)
    with suppress(*GONE):
        for each in regular:
            each.run_at_last()
    connection.close()
    return not any(bench.broken for bench in benches)


def work_off(handlers: Handlers) -> int:
    """Deal with everything that is due, in this thread, and return how many rows that were: for tests, and for installations that start
    a worker by the clock."""
    name, stop, total = f"{socket.gethostname()[:30]}:{os.getpid()}:{secrets.token_hex(4)}", threading.Event(), 0
    benches = [Bench(queue, name, stop) for queue in handlers.queues()]
    while done := sum(bench.turn() for bench in benches):
        total += done
    for bench in benches:
        bench.queue.idle()
    return total


def _attend(benches: list["Bench | Apart"], regular: list["Repeat"], stop: threading.Event) -> None:
    """One turn of the main thread: do what is due, then listen for up to a second."""
    try:
        for each in regular:
            each.run_if_due()
        if stop.is_set():
            time.sleep(0.05)  # waits for the threads to finish what they have in hand
        elif heard(LISTEN):
            for bench in benches:
                bench.wake.set()
    except GONE as error:
        lost(error)


def heard(seconds: float) -> bool:
    """Whether a wake-up came within so many seconds."""
    connection.ensure_connection()
    server = connection.connection
    if not getattr(server, "listens", False):
        server.execute("SELECT set_config('application_name', 'kusei worker', false)")
        server.execute(f"LISTEN {leases.CHANNEL}")
        server.listens = True
        return True  # what came while nobody listened
    return any(True for _ in server.notifies(timeout=seconds, stop_after=1))


def lost(error: Exception) -> None:
    """The database went away: let go of the connection, wait a little."""
    log.warning("the database is away: %s", type(error).__name__)
    with suppress(DatabaseError):
        connection.close()
    time.sleep(1.0)


class Repeat:
    """Something that runs every so many seconds; what fails is logged and comes round again."""

    def __init__(self, seconds: float, run: Callable[[datetime], object]) -> None:
        self.seconds, self.run, self.due = seconds, run, 0.0

    def run_at_last(self) -> None:
        """Run once more before the worker ends."""
        self.due = 0.0
        self.run_if_due()

    def run_if_due(self) -> None:
        """Run if it is time. Lets a lost database through; other failures are logged, for they must not end the worker."""
        if time.monotonic() < self.due:
            return
        self.due = time.monotonic() + self.seconds
        try:
            self.run(clock.now())
        except GONE:
            raise
        except Exception:
            log.exception("a regular job failed")


class Apart:
    """A thread for one regular duty that may have to wait for another machine."""

    def __init__(self, regular: Regular, stop: threading.Event) -> None:
        self.regular, self.stop, self.wake = regular, stop, threading.Event()

    def work(self) -> None:
        """Do it every so many seconds, and when woken, until told to stop. What fails is logged and comes round again."""
        try:
            while not self.stop.is_set():
                self.wake.clear()
                try:
                    self.regular.run(clock.now())
                except GONE as error:
                    lost(error)
                except Exception:
                    log.exception("%s failed", self.regular.name)
                until = time.monotonic() + self.regular.seconds
                while not self.stop.is_set() and time.monotonic() < until and not self.wake.wait(0.2):
                    pass
        finally:
            connection.close()


class Bench:
    """One thread's place: a queue, and the rows it has claimed and not finished."""

    def __init__(self, queue: Queue, worker: str, stop: threading.Event) -> None:
        self.queue, self.worker, self.stop = queue, f"{worker}:{queue.name}"[-64:], stop
        self.wake = threading.Event()
        self.in_hand: dict[object, Leased] = {}
        self.began = 0.0
        self.lock = threading.Lock()
        self.broken = False

    def work(self) -> None:
        """Claim and deal with rows until told to stop."""
        try:
            self.work_on()
        except Exception:
            log.exception("the queue %s broke down", self.queue.name)
            self.broken = True
            self.stop.set()
        finally:
            connection.close()

    def work_on(self) -> None:
        """The loop of a worker: a turn, and rest where there was nothing to do."""
        while not self.stop.is_set():
            self.wake.clear()
            try:
                found = self.turn()
            except GONE as error:
                lost(error)
                continue
            if not found:
                self.queue.idle()
                self.rest()
        self.queue.idle()

    def rest(self) -> None:
        """Wait for a wake-up, the poll or the end."""
        until = time.monotonic() + POLL
        while not self.stop.is_set() and time.monotonic() < until and not self.wake.wait(0.2):
            pass

    def turn(self) -> int:
        """Claim one batch and deal with each row of it; returns how many there were."""
        now = clock.now()
        if self.queue.most is not None:
            leases.bury(self.queue.model, now, self.queue.most)
        rows = leases.claim(self.queue.model, self.worker, now, self.queue.batch, ready=self.queue.ready())
        with self.lock:
            self.in_hand = {row.id: row for row in rows}
        for row in rows:
            self.began = time.monotonic()
            try:
                if self.stop.is_set():
                    leases.release(row)
                elif self.still_ours(row):
                    self.settle(row, *self.attempt(row))
            finally:
                with self.lock:
                    self.in_hand.pop(row.id, None)
        return len(rows)

    def still_ours(self, row: Leased) -> bool:
        """Whether there is time enough left on the lease, extended if need be."""
        now = clock.now()
        return row.lease_until > now + LEASE / 2 or leases.extend(row, now)

    def attempt(self, row: Leased) -> tuple[Callable, tuple, dict]:
        """Deal with the row; returns how it is to be marked."""
        try:
            with audit.page_scope():
                self.queue.handle(row, clock.now())
        except Hopeless as error:
            return leases.give_up, (str(error),), {}
        except Later as error:
            log.info("%s %s waits: %s", self.queue.name, row.id, error)
            return leases.fail, (str(error),), {"most": None}
        except Exception as error:
            log.warning("%s %s failed, attempt %d", self.queue.name, row.id, row.attempts, exc_info=row.attempts == 1)
            return leases.fail, (described(error),), {"most": self.queue.most}
        return leases.finish, (), {}

    def settle(self, row: Leased, mark: Callable, args: tuple, options: dict) -> None:
        """Mark the row, waiting for a lost database for as long as the lease holds."""
        while True:
            try:
                return self.marked(mark(row, clock.now(), *args, **options), row)
            except GONE as error:
                lost(error)
                if clock.now() > row.lease_until:
                    raise

    def marked(self, held: bool, row: Leased) -> None:
        """Say so where the row was somebody else's by then."""
        if not held:
            log.warning("%s %s was taken over by another worker", self.queue.name, row.id)

    def extend(self, now: datetime) -> None:
        """Hold on to what is in hand, unless it hangs."""
        if time.monotonic() - self.began > LONGEST_RUN:
            return
        with self.lock:
            rows = list(self.in_hand.values())
        for row in rows:
            leases.extend(row, now)


def described(error: Exception) -> str:
    """An error for operators: its kind and its first line."""
    return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"[:300]
