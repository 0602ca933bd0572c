"""What `./kusei` makes of its arguments, and the demonstration's refusals."""

import argparse
import io
import os
import socket
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader

import pytest

from kusei.site import commands, demo, testing
from kusei.site.config import ROOT
from kusei.site.errors import SiteError


@pytest.fixture
def bootstrap(tmp_path, monkeypatch):
    """The `kusei` script as a module, working on a folder with requirements and an environment that looks made."""
    loader = SourceFileLoader("kusei_bootstrap", str(ROOT / "kusei"))
    module = module_from_spec(spec_from_loader("kusei_bootstrap", loader))
    loader.exec_module(module)
    (tmp_path / "requirements").mkdir()
    for name in ("base", "fonts", "test"):
        (tmp_path / "requirements" / f"{name}.txt").write_text(f"{name}==1\n")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    monkeypatch.setattr(module, "ROOT", str(tmp_path))
    monkeypatch.setattr(module, "VENV", str(tmp_path / ".venv"))
    monkeypatch.setattr(module, "PYTHON", str(tmp_path / ".venv" / "bin" / "python"))
    return module


def pip(bootstrap, tmp_path, script: str) -> None:
    """Let `script` stand where the environment's Python is."""
    python = tmp_path / ".venv" / "bin" / "python"
    python.write_text(f"#!/bin/sh\n{script}\n")
    python.chmod(0o755)


def test_packages_are_installed_once_and_again_when_the_requirements_change(bootstrap, tmp_path, capfd):
    pip(bootstrap, tmp_path, f'echo "$@" >> {tmp_path}/called; echo "Collecting base==1"')
    bootstrap.prepare(["base", "fonts"])
    bootstrap.prepare(["base", "fonts"])
    calls = (tmp_path / "called").read_text().splitlines()
    assert len(calls) == 2
    assert all("--require-hashes" in call for call in calls)
    assert ["--no-deps" in call for call in calls] == [False, True]
    assert "[1/1] base==1" in capfd.readouterr().out
    (tmp_path / "requirements" / "base.txt").write_text("base==2\n")
    bootstrap.prepare(["base", "fonts"])
    assert len((tmp_path / "called").read_text().splitlines()) == 3


@pytest.mark.parametrize(
    ("arguments", "needed"),
    [(["test"], True), (["bench", "queue"], True), (["bench", "list"], False), (["demo"], False), ([], False)],
)
def test_the_packages_of_the_tests_are_there_for_what_needs_them_alone(bootstrap, arguments, needed):
    assert bootstrap.needs_tests(arguments) == needed


def test_a_database_out_of_reach_is_a_sentence(tmp_path):
    home = {"KUSEI_HOME": str(tmp_path), "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"}
    here = {
        "DJANGO_SETTINGS_MODULE": "kusei.site.settings",
        "PYTHONPATH": str(ROOT / "src"),
        "PATH": os.environ["PATH"],
    }
    command = [sys.executable, "-P", "-m", "kusei.site.prepare", "10"]
    done = subprocess.run(command, env=home | here, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert "Can't reach the server that DATABASE_URL names" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_failed_installation_is_tried_again_next_time(bootstrap, tmp_path):
    pip(bootstrap, tmp_path, "exit 1")
    with pytest.raises(subprocess.CalledProcessError):
        bootstrap.prepare(["base"])
    assert bootstrap.stamp("base") == ""


def test_two_set_ups_at_once_install_once(bootstrap, tmp_path):
    pip(bootstrap, tmp_path, f"echo x >> {tmp_path}/called; sleep 0.3")
    both = [os.fork(), None]
    if both[0] == 0:
        bootstrap.prepare(["base"])
        os._exit(0)
    bootstrap.prepare(["base"])
    assert os.waitpid(both[0], 0)[1] == 0
    assert (tmp_path / "called").read_text() == "x\n"


def test_without_python_3_11_it_says_what_is_needed(bootstrap, monkeypatch):
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: None)
    with pytest.raises(SystemExit, match="needs Python 3"):
        bootstrap.use_needed_python([])


def test_the_bootstrap_script_is_readable_for_old_pythons():
    compile((ROOT / "kusei").read_text(), "kusei", "exec", dont_inherit=True, flags=0)
    import ast

    ast.parse((ROOT / "kusei").read_text(), feature_version=(3, 6))


@pytest.mark.parametrize("command", ["manage", "test"])
def test_options_of_other_programs_are_passed_on_whole(command):
    assert commands.parse([command, "--help", "-x", "--port", "3"]).rest == ["--help", "-x", "--port", "3"]


def test_no_command_at_all_is_answered_with_what_there_is(capsys):
    with pytest.raises(SystemExit) as ended:
        commands.parse([])
    assert ended.value.code == 0
    assert "run a demonstration ward on this machine" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        ["nosuch"],
        ["demo", "--residents", "0"],
        ["demo", "--ward", "minato"],
        ["audit"],
        ["data", "import"],
        ["db", "drop"],
    ],
)
def test_senseless_arguments_are_answered_with_the_usage(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        commands.parse(arguments)
    assert ended.value.code == 2
    assert "usage: kusei" in capsys.readouterr().err


def test_a_faulty_environment_is_one_sentence_for_each_variable():
    environment = {**os.environ, "KUSEI_PORT": "no", "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(
        [sys.executable, "-m", "kusei.site", "db", "stop"], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "KUSEI_PORT: " in done.stderr
    assert "Traceback" not in done.stderr


def test_a_ward_is_not_shown_on_another_wards_data(tmp_path):
    demo.check_ward(tmp_path, "kita", fresh=False)
    (tmp_path / "ward").write_text("kita")
    demo.check_ward(tmp_path, "kita", fresh=False)
    demo.check_ward(tmp_path, "ota", fresh=True)
    with pytest.raises(SiteError, match=r"holds the ward kita.*--fresh"):
        demo.check_ward(tmp_path, "ota", fresh=False)


def test_a_taken_port_is_named_with_its_user():
    with socket.socket() as taken:
        taken.bind((demo.HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SiteError, match=rf"Port {port} is taken by .*process {os.getpid()}.*--port {port + 1}"):
            demo.check_port(port)
    demo.check_port(port)


def test_nothing_is_thrown_away_without_a_yes(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("yes\n"))  # not a terminal, so nobody was asked
    (tmp_path / "ward").write_text("kita")
    (tmp_path / "secrets").mkdir()
    assert not demo.throw_away(tmp_path, sure=False)
    assert (tmp_path / "ward").exists()
    assert demo.throw_away(tmp_path, sure=True)
    assert not (tmp_path / "ward").exists()
    assert (tmp_path / "secrets").exists()


def test_all_tests_run_on_two_processes_and_chosen_ones_on_one():
    assert "-n" in testing.pytest([])
    assert "-n" in testing.pytest(["-k", "draft"])
    assert "-n" not in testing.pytest([f"{__file__}::test_x"])
    assert testing.pytest(["--pdb"]).count("-n") == 0


def test_a_test_run_heeds_nothing_of_the_callers_configuration(monkeypatch, tmp_path):
    monkeypatch.setenv("KUSEI_WARD", "ota")
    monkeypatch.setenv("KUSEI_DATA", str(tmp_path))
    environment = testing.environment(tmp_path)
    assert "KUSEI_WARD" not in environment
    assert environment["KUSEI_HOME"] == environment["KUSEI_DATA"] == str(tmp_path)


def test_fresh_leaves_a_servers_database_alone(tmp_path, monkeypatch):
    outside = argparse.Namespace(embedded=False)
    monkeypatch.setattr(demo, "CONFIG", outside)
    with pytest.raises(SiteError, match="DATABASE_URL"):
        demo.throw_away(tmp_path, sure=True)
