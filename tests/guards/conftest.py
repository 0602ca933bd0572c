"""The scene, made once for all tests of a module; what a test changes is undone."""

from collections.abc import Iterator

import pytest
from tests.guards.scene import Scene, house, one_family


@pytest.fixture(scope="module")
def made(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[Scene]:
    with django_db_blocker.unblock(), house(tmp_path_factory.mktemp("files")):
        yield one_family()


@pytest.fixture
def scene(made: Scene, db) -> Scene:
    """The scene in a transaction of the test's own (`db`), within that of the module."""
    return made


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--whole", action="store_true", help="let the canary look at everything, in every language")
