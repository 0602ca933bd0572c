"""The supervisor and the processes it tends."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kusei.site import processes
from kusei.site.config import ROOT
from kusei.site.errors import Busy
from kusei.site.supervisor import FIRST_PAUSE, LONGEST_PAUSE, Child, Supervisor, alone, clear

SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]
PARENT = [
    sys.executable,
    "-c",
    f"import subprocess, time; subprocess.Popen({SLEEPER!r}, start_new_session=True); time.sleep(60)",
]
STUBBORN = [sys.executable, "-c", "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"]
KILLED = """
import json, os, signal, sys, time
from pathlib import Path
from kusei.site.supervisor import Child, Supervisor, alone
home, command = Path(sys.argv[1]), json.loads(sys.argv[2])
with alone(home, "here"):
    supervisor = Supervisor(home, [Child("one", command)], dict(os.environ), print)
    supervisor.tend()
    time.sleep(0.5)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def supervise(home: Path, *children: Child) -> tuple[Supervisor, list[str]]:
    said: list[str] = []
    supervisor = Supervisor(home, children, dict(os.environ), said.append)
    supervisor.tend()
    return supervisor, said


def started_again(supervisor: Supervisor, child: Child, old: int) -> bool:
    supervisor.tend()
    return child.running is not None and child.running.pid != old


def test_a_killed_child_is_started_again_and_told(home):
    child = Child("web", SLEEPER)
    supervisor, said = supervise(home, child)
    old = child.running.pid
    os.kill(old, signal.SIGKILL)
    assert processes.wait_until(lambda: started_again(supervisor, child, old), seconds=5)
    assert "web has ended (signal SIGKILL)" in said[0]
    supervisor.stop()


def test_what_a_dead_child_left_is_ended_before_it_starts_again(home):
    child = Child("web", PARENT)
    supervisor, _ = supervise(home, child)
    assert processes.wait_until(lambda: len(processes.belonging_to(home, "web")) == 2, seconds=5)
    old = child.running.pid
    [orphan] = [process for process in processes.belonging_to(home, "web") if process.pid != old]
    os.kill(old, signal.SIGKILL)
    assert processes.wait_until(lambda: started_again(supervisor, child, old), seconds=5)
    assert not orphan.is_running()
    supervisor.stop()


def test_a_child_that_keeps_failing_is_tried_less_and_less_often():
    pauses = [Child("web", [], failures=failures).pause() for failures in range(9)]
    assert pauses[:4] == [0, FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE]
    assert pauses[-1] == LONGEST_PAUSE


def test_a_log_that_grew_too_long_is_put_aside_while_its_process_runs(home, monkeypatch):
    monkeypatch.setattr("kusei.site.supervisor.LOG_LIMIT", 1000)
    talker = [
        sys.executable,
        "-c",
        "import time\nfor n in range(10**6): print(f'line {n:06}', flush=True); time.sleep(0.002)",
    ]
    child = Child("web", talker)
    supervisor, _said = supervise(home, child)
    log = supervisor.log_of(child)

    def rotated():
        supervisor.tend()
        return log.with_suffix(".log.1").exists() and b"line" in log.read_bytes()

    assert processes.wait_until(rotated, seconds=20)
    now, before = log.read_text(), log.with_suffix(".log.1").read_text()
    assert now.startswith("line ")  # written from the beginning: no hole where the old lines were
    assert before.startswith("line 000000")
    supervisor.stop()


def test_stopping_ends_all_children_and_theirs(home):
    supervisor, _ = supervise(home, Child("web", PARENT), Child("worker", SLEEPER))
    assert processes.wait_until(lambda: len(processes.belonging_to(home)) == 3, seconds=5)
    supervisor.stop()
    assert processes.belonging_to(home) == []


def start_and_die(home: Path, command: list[str]) -> None:
    """Let another process supervise `command` and be killed."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    arguments = [sys.executable, "-c", KILLED, str(home), json.dumps(command)]
    killed = subprocess.run(arguments, env=environment, capture_output=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="other kernels don't tell children that their parent died")
def test_children_end_with_a_killed_supervisor(home):
    start_and_die(home, SLEEPER)
    assert processes.wait_until(lambda: processes.belonging_to(home) == [], seconds=5)


def test_the_next_start_ends_what_survived_a_killed_supervisor(home):
    start_and_die(home, STUBBORN)
    [survivor] = processes.belonging_to(home)
    with alone(home, "here"):
        assert not survivor.is_running()
        assert processes.belonging_to(home) == []


def test_clearing_one_home_leaves_the_processes_of_another_alone(home):
    other = home / "other"
    other.mkdir()
    supervisor, _ = supervise(other, Child("web", SLEEPER))
    clear(home)
    assert [process.pid for process in processes.belonging_to(other)] == [supervisor.children[0].running.pid]
    supervisor.stop()


def test_a_second_supervisor_of_a_home_is_refused_and_told_where_the_first_is(home):
    told = pytest.raises(Busy, match=rf"localhost:8000, process {os.getpid()}")
    with alone(home, "http://localhost:8000"), told, alone(home, "http://localhost:8001"):
        pytest.fail("two supervisors at once")
