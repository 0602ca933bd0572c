"""A section, its clerk and chief, and somebody of another section: as deciding has them in its own tests."""

from kusei.base.decide.tests.conftest import *  # noqa: F403 - its fixtures need each other, so all of them
