"""`manage.py worker`: works until SIGTERM or SIGINT, then finishes what it has in hand."""

import os
import signal
import threading
from contextlib import suppress
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from kusei.base.jobs import worker
from kusei.base.jobs.handlers import handlers
from kusei.base.kernel.offers import registry

COURTESY = 15
"""On a machine shared with the web server, people who wait for a page go first; what was saved can wait a moment."""


def give_way() -> None:
    """Let everybody else on the machine go first. Where Linux shares processors among sessions (sched_autogroup), being nice counts only
    within one, so a worker that has a session of its own is made to give way as a whole."""
    os.nice(COURTESY)
    if os.getsid(0) == os.getpid():
        with suppress(OSError):
            Path("/proc/self/autogroup").write_text(str(COURTESY))


class Command(BaseCommand):
    """Runs one worker; start it several times for several."""

    help = "Deliver messages, rebuild files, run daily jobs. Any number may run side by side."

    def add_arguments(self, parser) -> None:
        """`--once`: what is due now, and no more."""
        parser.add_argument("--once", action="store_true", help="deal with what is due now, then end")

    def handle(self, *, once: bool = False, **options) -> None:
        """Run until told to stop."""
        if once:
            self.stdout.write(f"worker: dealt with {worker.work_off(handlers)}")
            return
        give_way()
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        self.stdout.write("worker: ready")
        self.stdout.flush()
        if not worker.run(handlers, registry, stop):
            raise CommandError("a queue broke down; the log says why")
        self.stdout.write("worker: stopped")
