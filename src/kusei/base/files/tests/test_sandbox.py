"""The sandbox: what it may do, and that it never outlives who started it."""

import os
import signal
import subprocess
import sys
import tempfile

import psutil
import pytest

from kusei.base.files.sandbox.client import SOURCE, Sandbox, SandboxDown
from kusei.base.files.tests.make import picture
from kusei.base.jobs.tests.process import eventually

OWNER = """
import sys, tempfile, time
sys.path.insert(0, sys.argv[1])
from kusei.base.files.sandbox.client import sandbox
with tempfile.TemporaryFile() as file:
    sandbox.check(file, "image")
print(sandbox.process.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture
def sandbox():
    made = Sandbox()
    yield made
    made.close()


def check(sandbox):
    with tempfile.TemporaryFile() as file:
        file.write(picture())
        file.flush()
        return sandbox.check(file, "image")


def test_it_ends_when_who_started_it_is_killed():
    with subprocess.Popen([sys.executable, "-c", OWNER, str(SOURCE)], stdout=subprocess.PIPE, text=True) as owner:
        server = psutil.Process(int(owner.stdout.readline()))
        owner.send_signal(signal.SIGKILL)
    eventually(lambda: not server.is_running() or server.status() == psutil.STATUS_ZOMBIE)


def test_it_knows_nothing_of_the_environment(sandbox, monkeypatch):
    monkeypatch.setenv("KUSEI_SECRET_KEY", "do not tell")
    check(sandbox)
    assert "KUSEI_SECRET_KEY" not in psutil.Process(sandbox.process.pid).environ()


def test_a_killed_sandbox_is_made_anew(sandbox):
    check(sandbox)
    sandbox.process.kill()
    sandbox.process.wait()
    assert check(sandbox) == {"media_type": "image/jpeg"}


def test_an_answer_that_never_comes_is_not_the_file_s_fault(sandbox):
    check(sandbox)
    os.kill(sandbox.process.pid, signal.SIGSTOP)
    sandbox.connection.settimeout(0.2)
    with pytest.raises(SandboxDown):
        check(sandbox)
    assert check(sandbox) == {"media_type": "image/jpeg"}
