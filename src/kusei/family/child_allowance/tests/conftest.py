"""A section that decides claims, and claims to decide: as the foundation's own tests have them."""

from kusei.base.decide.tests.conftest import (
    apply,
    case,
    checked,
    chief,
    clerk,
    drafted,
    family,
    now,
    office,
    resident,
    step,
    stranger,
    subchief,
    taken,
)

__all__ = [
    "apply",
    "case",
    "checked",
    "chief",
    "clerk",
    "drafted",
    "family",
    "now",
    "office",
    "resident",
    "step",
    "stranger",
    "subchief",
    "taken",
]
