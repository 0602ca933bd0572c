"""`./kusei test`: see to what the tests need, start a PostgreSQL for them, run pytest, pass its answer on."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from kusei.site import postgres, processes
from kusei.site.config import CONFIG, ROOT
from kusei.site.errors import Busy

PROGRAMS = {
    "chromium": ("chromium", "chromium-browser", "google-chrome"),
    "nodejs": ("node",),
    "npm": ("npm",),
    "fontconfig": ("fc-list",),
    "poppler-utils": ("pdftotext",),
}
"""Debian's package, and the programs any one of which will do."""
KEPT = frozenset({"KUSEI_DATA", "KUSEI_DATABASE_ROLE"})
"""Variables of ours that a test run heeds; all others are left out, so that every run is alike."""


def say(line: str) -> None:
    """Progress goes to stderr: stdout ends with pytest's own summary."""
    print(line, file=sys.stderr, flush=True)


def run(arguments: Sequence[str]) -> int:
    """Run pytest with `arguments` and return its exit code."""
    home = CONFIG.home / "test"
    see_to_system()
    processes.make_home(CONFIG.home)
    processes.make_home(home)
    with only_run(home):
        install_node_modules()
        database = postgres.using(home, tied=True, say=say) if CONFIG.embedded else nullcontext()
        with database, subprocess.Popen(pytest(arguments), env=environment(home), cwd=Path.cwd()) as running:
            while True:
                try:
                    return running.wait()
                except KeyboardInterrupt:
                    continue  # pytest got Ctrl-C too and says what it did so far


def only_run(home: Path) -> AbstractContextManager[object]:
    """The lock that keeps two runs from dropping each other's databases; waits for the other to end."""
    try:
        with processes.locked(home / "run.lock", wait=False):
            pass
    except Busy:
        say("Another test run is at work in this home; waiting for it to end …")
    return processes.locked(home / "run.lock")


def environment(home: Path) -> dict[str, str]:
    """What pytest runs in: a home of its own, and nothing of the caller's configuration."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("KUSEI_") or name in KEPT}
    return {**others, "KUSEI_HOME": str(home), "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}


def pytest(arguments: Sequence[str]) -> list[str]:
    """pytest's command line: everything on two processes, or just what was asked for."""
    command = [sys.executable, "-P", "-m", "pytest", f"--rootdir={ROOT}", f"--config-file={ROOT / 'pyproject.toml'}"]
    if any(Path(argument.partition("::")[0]).exists() for argument in arguments):
        return [*command, *arguments]
    chosen = any(argument in {"-n", "--pdb"} or argument.startswith(("-n", "--numprocesses")) for argument in arguments)
    return [*command, *([] if chosen else ["-n", "2", "--dist", "loadfile"]), *arguments, *suites()]


def suites() -> list[str]:
    """Folders with tests."""
    return [str(ROOT / name) for name in ("src", "tests")]


def see_to_system() -> None:
    """Install Chromium, Node and a Japanese font with the system's package manager where they are missing and we may; else name them."""
    missing = missing_packages()
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        say(f"Installing {', '.join(missing)} with apt-get …")
        quiet = {"stdout": subprocess.DEVNULL, "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}}
        subprocess.run(["apt-get", "update", "-qq"], **quiet)
        subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing], **quiet)
        missing = missing_packages()
    if missing:
        say(
            f"Not on this system: {', '.join(missing)}. The tests that need them are skipped.\n"
            f"To run them too: apt-get install {' '.join(missing)} (or the like)"
        )


def missing_packages() -> list[str]:
    """System packages (by their Debian names) that browser tests need and this system lacks."""
    missing = [package for package, names in PROGRAMS.items() if not any(map(shutil.which, names))]
    return missing if has_japanese_font() else [*missing, "fonts-noto-cjk"]


def has_japanese_font() -> bool:
    """Whether the system's font list has a Japanese face, without which screenshots show boxes."""
    if not shutil.which("fc-list"):
        return False
    listed = subprocess.run(["fc-list", ":lang=ja", "family"], capture_output=True, text=True)
    return bool(listed.stdout.strip())


def install_node_modules() -> None:
    """Install what package-lock.json names into node_modules, when it isn't there yet or was for another lock file."""
    wanted = hashlib.sha256((ROOT / "package-lock.json").read_bytes()).hexdigest()
    stamp = ROOT / "node_modules" / ".kusei-stamp"
    if not shutil.which("npm") or (stamp.exists() and stamp.read_text() == wanted):
        return
    say("Installing the browser tests' packages with npm …")
    done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--silent"], cwd=ROOT)
    if done.returncode:
        say("npm could not install them. The tests that need them are skipped.")
    else:
        stamp.write_text(wanted)
