"""Doing things at the same moment, each in a thread and a transaction of its own."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connection

from kusei.base.kernel.errors import Invalid, NotNow, Refused


def at_once(*acts):
    """Do all at the same moment; returns what each returned, or its NotNow, Refused or Invalid."""
    barrier = Barrier(len(acts))

    def do(act):
        try:
            barrier.wait(timeout=10)
            return act()
        except (NotNow, Refused, Invalid) as stopped:
            return stopped
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(do, acts))


def stopped(results):
    """Those that were stopped."""
    return [each for each in results if isinstance(each, NotNow | Refused | Invalid)]
