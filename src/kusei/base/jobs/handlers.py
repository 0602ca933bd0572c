"""Who deals with what: queues of leased rows, and for the queue of tasks a handler for each kind.

Everything is registered by name in `kusei.site.handlers`. A handler is called as `handler(task, now)`, outside any transaction, possibly
more than once for the same task, so what it does must be the same done twice. It returns when the task is done, and raises
`Hopeless` where no further attempt can help, `Later` where something outside is down, anything else to be tried again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, Q

from kusei.base.jobs.models import Task
from kusei.base.kernel.leases import MOST_ATTEMPTS, Leased

Handler = Callable[[Leased, datetime], None]


class Hopeless(Exception):
    """It cannot be done, now or later; the message, free of personal data, is shown to operators."""


class Later(Exception):
    """Something it needs is down (a mail server, a scanner): tried again for as long as it takes."""


@dataclass(frozen=True)
class Queue:
    """Rows of one model and how a worker deals with each.

    batch: rows claimed at once. most: attempts before giving up; None = for ever. idle: called when nothing is left to do, to let go of
    connections. ready: what must hold of a row besides being due, such as that its turn has come.
    """

    name: str
    model: type[Leased]
    handle: Handler
    batch: int = 10
    most: int | None = MOST_ATTEMPTS
    idle: Callable[[], None] = lambda: None
    ready: Callable[[], Q | Exists | None] = lambda: None


@dataclass(frozen=True)
class Regular:
    """Something cheap that every worker does now and then, in memory or idempotent: `run(now)`, outside any transaction. What may have to
    wait for another machine is done `apart`, in a thread of its own, and also when the worker is woken."""

    name: str
    seconds: float
    run: Callable[[datetime], object]
    apart: bool = False


class Handlers:
    """All handlers of an installation; duplicates are refused. Tests make their own."""

    def __init__(self) -> None:
        self._kinds: dict[str, Handler] = {}
        self._queues: dict[str, Queue] = {}
        self._regular: dict[str, Regular] = {}
        self.queue(Queue("tasks", Task, self.perform, batch=4))

    def register(self, kind: str, handler: Handler) -> None:
        """Tasks of this kind are dealt with by `handler(task, now)`. Raises ValueError for a kind that is taken."""
        _add(self._kinds, kind, handler)

    def queue(self, queue: Queue) -> None:
        """A table of leased rows besides the tasks. Raises ValueError for a name that is taken."""
        _add(self._queues, queue.name, queue)

    def regularly(self, regular: Regular) -> None:
        """Something done every so many seconds. Raises ValueError for a name that is taken."""
        _add(self._regular, regular.name, regular)

    def queues(self) -> list[Queue]:
        """Every queue, in the order of registration."""
        return list(self._queues.values())

    def regular(self) -> list[Regular]:
        """Everything that is done regularly."""
        return list(self._regular.values())

    def perform(self, task: Task, now: datetime) -> None:
        """Deal with a task by its kind's handler. Raises `Hopeless` where no handler has that kind, and what the handler raises."""
        handler = self._kinds.get(task.kind)
        if handler is None:
            raise Hopeless(f"no handler for the kind {task.kind!r}")
        handler(task, now)


def _add(table: dict, name: str, thing: object) -> None:
    if name in table:
        raise ValueError(f"{name!r} is registered already")
    table[name] = thing


handlers = Handlers()
