"""One demonstration for all of a file's tests, in a home of its own under /tmp, gone afterwards."""

import subprocess
from collections.abc import Iterator

import pytest
from tests.faults.demonstration import Demonstration

from kusei.site.tests.conftest import made_home

RESIDENTS = 1000


@pytest.fixture(scope="module")
def demonstration() -> Iterator[Demonstration]:
    """Running, filled with residents, some of them parents."""
    with made_home() as home:
        started = Demonstration(home, RESIDENTS)
        try:
            started.start()
            yield started
        finally:
            if started.running and started.running.poll() is None:
                started.running.terminate()
                try:
                    started.running.wait(30)
                except subprocess.TimeoutExpired:
                    started.kill()
