"""`./kusei demo --split`: portal and office as two installations on this machine, each with its own database, and the line between them."""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from kusei.base.demo import cards
from kusei.base.kernel import clock
from kusei.base.line import keys
from kusei.site import processes
from kusei.site.config import CONFIG
from kusei.site.demo import HOST, STOPPING, answers, ignore_signals, say
from kusei.site.errors import SiteError
from kusei.site.supervisor import alone

PATIENCE = 600.0
"""Seconds within which an installation must be filled and answer."""
GRACE = 60.0


@dataclass(frozen=True)
class Half:
    """One installation: which part, its home and port, and how it reaches the other."""

    part: str
    home: Path
    port: int
    line: str = ""

    def environment(self) -> dict[str, str]:
        """What makes it this half."""
        ours = {"KUSEI_PART": self.part, "KUSEI_HOME": str(self.home), "KUSEI_LINE": self.line}
        return {**os.environ, **{name: value for name, value in ours.items() if value}}

    def command(self, options: argparse.Namespace) -> list[str]:
        """`demo` of this half."""
        command = [sys.executable, "-P", "-m", "kusei.site", "demo", "--port", str(self.port)]
        command += ["--residents", str(options.residents)] + (["--ward", options.ward] if options.ward else [])
        return command + (["--fresh", "--yes"] if options.fresh else [])


def halves(home: Path, port: int) -> tuple[Half, Half]:
    """The portal, and the office, which alone dials (発信は内側から)."""
    portal = Half("portal", home / "portal", port)
    return portal, Half("office", home / "office", port + 1, f"http://{HOST}:{port}")


def pair(one: Half, other: Half) -> None:
    """Have each trust the other's keys."""
    for mine, theirs in ((one, other), (other, one)):
        for name, public in keys.own(theirs.part, theirs.home).public().items():
            keys.trust(name, public, mine.home)
    cards.prepare(one.home / cards.FOLDER, clock.now())
    shutil.copytree(one.home / cards.FOLDER, other.home / cards.FOLDER, dirs_exist_ok=True)


def run(options: argparse.Namespace) -> int:
    """Run both until Ctrl-C or SIGTERM; returns the exit code. Raises `SiteError` where one of them can't start."""
    if not CONFIG.embedded:
        raise SiteError("--split runs two embedded databases: unset DATABASE_URL.")
    portal, office = both = halves(CONFIG.home, options.port or CONFIG.port)
    for signum in STOPPING:
        signal.signal(signum, signal.default_int_handler)
    with ExitStack() as stack:
        stack.enter_context(alone(CONFIG.home, f"http://localhost:{portal.port} and :{office.port}"))
        if options.fresh and not options.yes and not _sure(both):
            return 1
        for half in both:
            processes.make_home(half.home)
        pair(portal, office)
        running: list[subprocess.Popen] = []
        stack.callback(_stop, running)
        stack.callback(ignore_signals)
        for half in both:
            say(f"── {half.part} ──")
            running.append(_start(half, options))
            _await(half, running[-1])
        print(
            f"\nPortal (internet zone): http://localhost:{portal.port}/\n"
            f"Office (LGWAN zone):    http://localhost:{office.port}/   which dials the portal; nothing dials it\n\nCtrl-C stops both.",
            flush=True,
        )
        try:
            while all(each.poll() is None for each in running):
                time.sleep(0.2)
        except KeyboardInterrupt:
            return 0
        return 1


def _sure(both: tuple[Half, Half]) -> bool:
    say("This throws away: " + ", ".join(str(half.home) for half in both))
    return sys.stdin.isatty() and input("Type 'yes' to go on: ").strip() == "yes"


def _start(half: Half, options: argparse.Namespace) -> subprocess.Popen:
    tie = processes.die_with_parent(signal.SIGTERM)
    return subprocess.Popen(half.command(options), env=half.environment(), start_new_session=True, preexec_fn=tie)


def _await(half: Half, running: subprocess.Popen) -> None:
    until = time.monotonic() + PATIENCE
    while not answers(half.port):
        if running.poll() is not None or time.monotonic() > until:
            raise SiteError(f"The {half.part} does not start (see above).")
        time.sleep(0.2)


def _stop(running: list[subprocess.Popen]) -> None:
    """End both, the office first."""
    for each in reversed(running):
        each.send_signal(signal.SIGINT)
        try:
            each.wait(GRACE)
        except subprocess.TimeoutExpired:
            each.kill()
            each.wait()
