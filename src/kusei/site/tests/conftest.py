"""Homes for servers and supervisors. pytest's own folders are closed to other users, and root's PostgreSQL runs as another user."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kusei.site import cluster, postgres, supervisor


@contextmanager
def made_home() -> Iterator[Path]:
    """An empty home; what still runs of it at the end is stopped."""
    folder = Path(tempfile.mkdtemp(prefix="kusei-test-", dir="/tmp"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        supervisor.clear(folder)
        postgres.stop(folder)
        layout = cluster.Layout.of(folder)
        for place in (layout.run, layout.base, folder):
            shutil.rmtree(place, ignore_errors=True)


@pytest.fixture
def home() -> Iterator[Path]:
    """A home for one test."""
    with made_home() as folder:
        yield folder


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.Server]:
    """One server for the tests that don't start or stop it, made under a locale the system doesn't have."""
    with pytest.MonkeyPatch.context() as patch, made_home() as folder:
        patch.setenv("LC_ALL", "xx_YY.UTF-8")
        with postgres.using(folder) as running:
            yield running
