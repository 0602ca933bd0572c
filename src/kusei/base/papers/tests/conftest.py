"""A case with people around it, as deciding has them in its own tests."""

from kusei.base.decide.tests.conftest import apply, case, clerk, family, now, office, resident, stranger

__all__ = ["apply", "case", "clerk", "family", "now", "office", "resident", "stranger"]
