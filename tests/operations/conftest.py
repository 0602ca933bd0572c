"""Wards of their own to back up and restore: each a home with a server, kept apart from the test run's."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from kusei.base.accounts.tests.conftest import make_person, make_resident, now, town  # noqa: F401 - fixtures, used by name
from kusei.site import bundle, postgres
from kusei.site.cluster import Layout
from kusei.site.config import ROOT
from kusei.site.tests.conftest import made_home


@dataclass(frozen=True)
class Ward:
    """A home whose server runs, and what is done with it from outside."""

    home: Path
    variables: dict[str, str] = field(default_factory=dict)
    """Set besides those of every process."""

    def environment(self) -> dict[str, str]:
        """The variables of a process of this ward, as the role that owns the tables."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("KUSEI_", "DATABASE_"))}
        return {
            **inherited,
            "KUSEI_HOME": str(self.home),
            "KUSEI_DEMO": "1",
            "KUSEI_DATABASE_ROLE": "owner",
            "DJANGO_SETTINGS_MODULE": "kusei.site.settings",
            "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
            **self.variables,
        }

    def start(self, *arguments: str, **options) -> subprocess.Popen:
        """Start Python with these arguments."""
        return subprocess.Popen(
            [sys.executable, "-P", *arguments],
            env=self.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )

    def run(self, *arguments: str, fails: bool = False) -> str:
        """Run Python to its end; returns what it printed, or with `fails` what it complained of."""
        process = self.start(*arguments)
        out, complaint = process.communicate()
        assert bool(process.returncode) == fails, complaint
        return complaint if fails else out

    def kusei(self, *arguments: str, **options) -> str:
        """Run `./kusei` with these arguments."""
        return self.run("-m", "kusei.site", *arguments, **options)

    def act(self, name: str, *arguments: str, **options) -> str:
        """Run one of the scripts beside this file, inside the ward."""
        return self.run(str(Path(__file__).with_name("inside.py")), name, *arguments, **options)

    def connect(self) -> psycopg.Connection:
        """A connection as the owner."""
        return bundle.connect(Layout.of(self.home).database("owner"))

    def take_keys_of(self, other: "Ward") -> None:
        """Bring the keys of another ward's data, as an operator does before a restore."""
        shutil.copytree(other.home / "secrets", self.home / "secrets")


@pytest.fixture(scope="module")
def make_ward() -> Iterator[Callable[[], Ward]]:
    """`make_ward()`: an empty home with a server of its own."""
    with ExitStack() as stack:

        def make() -> Ward:
            home = stack.enter_context(made_home())
            stack.enter_context(postgres.using(home))
            return Ward(home)

        yield make


@pytest.fixture(scope="module")
def ward(make_ward) -> Ward:
    """A small demonstration ward."""
    made = make_ward()
    made.run("-m", "kusei.site.prepare", "900")
    return made
