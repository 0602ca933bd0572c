"""A section that decides claims, the people in it, and claims to decide: as deciding has them in its own tests."""

from kusei.base.decide.tests.conftest import *  # noqa: F403 - its fixtures need each other, so all of them
