"""A section, its clerk and cases, and a paper about one: as papers have them in their own tests."""

from kusei.base.papers.tests.conftest import *  # noqa: F403 - its fixtures need each other, so all of them
