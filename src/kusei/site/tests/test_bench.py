"""Finding benchmarks, and the harness they measure with."""

import json
import os
import subprocess
import sys

import pytest

from benchmarks import harness
from kusei.site import bench, processes
from kusei.site.errors import SiteError


def test_benchmarks_are_listed_without_being_run(tmp_path):
    (tmp_path / "b.py").write_text('NAME = "b"\nHELP = "Second"\nraise SystemExit("was run")\n')
    (tmp_path / "a.py").write_text('NAME = "a"\nHELP = "First"\n')
    (tmp_path / "helper.py").write_text("X = 1\n")
    assert [(one.name, one.help) for one in bench.found(tmp_path)] == [("a", "First"), ("b", "Second")]


def test_every_benchmark_says_what_it_measures_and_bears_its_own_name():
    benchmarks = bench.found()
    assert all(one.help for one in benchmarks)
    assert len({one.name for one in benchmarks}) == len(benchmarks)


def test_an_unknown_benchmark_is_answered_with_the_known_ones():
    with pytest.raises(SiteError, match="no benchmark 'nothing'"):
        bench.run("nothing", as_json=True)


@pytest.mark.parametrize(("got", "code"), [(26.0, 0), (24.0, 1)])
def test_a_run_prints_one_json_object_and_fails_when_a_goal_is_missed(tmp_path, monkeypatch, capsys, got, code):
    goal = harness.at_least("applications a second", 25, got)
    line = json.dumps(harness.result("a", "one", ours=got, peer=50.0, goals=[goal]))
    (tmp_path / "a.py").write_text('NAME = "a"\nHELP = "First"\n')
    monkeypatch.setattr(bench, "found", lambda: [bench.Benchmark("a", "First", "a")])
    monkeypatch.setattr(bench.processes, "make_home", lambda home: None)
    answer = subprocess.CompletedProcess([], 0, stdout=f"chatter\n{line}\n")
    monkeypatch.setattr(bench.subprocess, "run", lambda *args, **kwargs: answer)
    assert bench.run("a", as_json=True) == code
    printed = json.loads(capsys.readouterr().out)
    assert list(printed) == ["name", "input", "ours", "peer", "ratio", "growth", "peak_mb", "goals"]
    assert printed["ratio"] == got / 50
    assert printed["growth"] == "not measured"
    assert printed["goals"] == [{"what": "applications a second", "goal": "≥ 25", "got": got, "holds": code == 0}]


def test_ours_and_the_peer_are_measured_in_turns():
    order: list[str] = []
    figures = iter(range(100))

    def measure(name: str) -> float:
        order.append(name)
        return float(next(figures))

    medians = harness.alternate(lambda: measure("ours"), lambda: measure("peer"), rounds=3)
    assert order == ["ours", "peer", "peer", "ours", "ours", "peer"]
    assert medians == (3.0, 2.0)


def test_percentile_is_a_figure_that_was_measured():
    assert harness.percentile([3, 1, 2, 4], 0.5) == 3
    assert harness.percentile(range(1, 101), 0.95) == 96
    with pytest.raises(ValueError, match="no figures"):
        harness.percentile([], 0.95)


def test_memory_counts_children_too():
    hungry = "x = bytearray(64 * 2**20); print('full', flush=True); input()"
    with (
        harness.Memory(every=0.01) as memory,
        subprocess.Popen([sys.executable, "-c", hungry], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child,
    ):
        child.stdout.readline()
        assert processes.wait_until(lambda: memory.peak_each_mb.get(child.pid, 0) > 64, seconds=5)
        child.communicate(b"\n")
    own = memory.peak_each_mb[os.getpid()]
    assert memory.peak_mb > max(64, own)
