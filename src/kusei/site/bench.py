"""`./kusei bench`: find the benchmarks in `benchmarks/`, run one in a process and a home of its own.

A benchmark is a module with `NAME`, `HELP` and `run(options) -> dict`, the dict made by `benchmarks.harness.result`.
"""

import argparse
import ast
import importlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kusei.site import processes
from kusei.site.config import CONFIG, ROOT
from kusei.site.errors import SiteError

FOLDER = ROOT / "benchmarks"


@dataclass(frozen=True, order=True)
class Benchmark:
    """What a benchmark module says of itself."""

    name: str
    help: str
    module: str


def found(folder: Path = FOLDER) -> list[Benchmark]:
    """The benchmarks in `folder` by name, read without running them; modules without NAME are their helpers."""
    benchmarks = []
    for path in folder.glob("*.py"):
        constants = {}
        for node in ast.parse(path.read_text("utf-8")).body:
            match node:
                case ast.Assign(targets=[ast.Name(id="NAME" | "HELP" as name)], value=ast.Constant(value=str(value))):
                    constants[name] = value
        if "NAME" in constants:
            benchmarks.append(Benchmark(constants["NAME"], constants.get("HELP", ""), path.stem))
    return sorted(benchmarks)


def run(name: str, *, as_json: bool) -> int:
    """List the benchmarks or run one; returns the exit code: 0 if its goals hold, else 1. Raises `SiteError` for an unknown name."""
    known = {benchmark.name: benchmark for benchmark in found()}
    if name == "list":
        for benchmark in known.values():
            print(f"{benchmark.name:<16} {benchmark.help}")
        return 0
    if name not in known:
        raise SiteError(f"There is no benchmark {name!r}; there are: {', '.join(known) or 'none'}")
    home = CONFIG.home / "bench"
    processes.make_home(CONFIG.home)
    processes.make_home(home)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KUSEI_")}
    environment |= {"KUSEI_HOME": str(home), "KUSEI_DATABASE_ROLE": "owner"}
    environment |= {"DJANGO_SETTINGS_MODULE": "kusei.site.settings"}
    environment |= {"PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
    command = [sys.executable, "-P", "-m", "kusei.site.bench", known[name].module]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise SiteError(f"The benchmark {name} failed (see above).")
    result = json.loads(done.stdout.splitlines()[-1])
    print(json.dumps(result, ensure_ascii=False) if as_json else readable(result))
    return 0 if all(goal["holds"] for goal in result["goals"]) else 1


def readable(result: dict[str, Any]) -> str:
    """A result for people: its figures, then each goal with what was got."""
    lines = [f"{key}: {value}" for key, value in result.items() if key != "goals"]
    for goal in result["goals"]:
        lines.append(f"[{'ok' if goal['holds'] else 'NOT MET'}] {goal['what']}: {goal['got']} (goal: {goal['goal']})")
    return "\n".join(lines)


if __name__ == "__main__":
    module = importlib.import_module(f"benchmarks.{sys.argv[1]}")
    print(json.dumps(module.run(argparse.Namespace(name=module.NAME)), ensure_ascii=False))
