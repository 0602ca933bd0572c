"""A worker in a process of its own, on the test's database. Test modules import the fixtures they need."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from urllib.parse import quote

import pytest
from django.db import connection

from kusei.base.kernel.calendar import WARDS


def database_url() -> str:
    """The test database as an address for another process."""
    known = connection.settings_dict
    user = quote(known["USER"]) + (f":{quote(known['PASSWORD'])}" if known["PASSWORD"] else "")
    if known["HOST"].startswith("/"):
        return f"postgresql://{user}@/{known['NAME']}?host={quote(known['HOST'])}"
    return f"postgresql://{user}@{known['HOST']}:{known['PORT'] or 5432}/{known['NAME']}"


def eventually(true: Callable[[], object], seconds: float = 30.0) -> object:
    """Poll until it holds; fails the test when it doesn't in time."""
    until = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < until, "did not happen in time"
        time.sleep(0.02)
    return found


@pytest.fixture
def start_worker(transactional_db, settings, tmp_path):
    """Start a worker process; those still there at the end are killed."""
    started = []

    def start(**environment: str) -> subprocess.Popen:
        process = subprocess.Popen(
            [sys.executable, "-m", "django", "worker"],
            cwd=WARDS.parent,
            stdout=subprocess.PIPE,
            text=True,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": "src",
                "DJANGO_SETTINGS_MODULE": "kusei.site.settings",
                "DATABASE_URL": database_url(),
                "KUSEI_HOME": str(tmp_path / "home"),
                **environment,
            },
        )
        started.append(process)
        assert process.stdout.readline() == "worker: ready\n"
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()


@pytest.fixture
def files_of_worker(settings, tmp_path):
    """The test keeps files where the worker process looks for them."""
    folder = tmp_path / "home" / "files"
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": "kusei.base.files.storage.Durable", "OPTIONS": {"location": folder}}
    }
    return folder
