"""`manage.py worker`: works until SIGTERM or SIGINT, then finishes what it has in hand."""

import signal
import threading

from django.core.management.base import BaseCommand

from kusei.base.jobs import worker
from kusei.base.jobs.handlers import handlers
from kusei.base.kernel.offers import registry


class Command(BaseCommand):
    """Runs one worker; start it several times for several."""

    help = "Deliver messages, rebuild files, run daily jobs. Any number may run side by side."

    def handle(self, **options) -> None:
        """Run until told to stop."""
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        self.stdout.write("worker: ready")
        self.stdout.flush()
        worker.run(handlers, registry, stop)
        self.stdout.write("worker: stopped")
