"""People who may and may not see a register."""

from kusei.base.decide.tests.conftest import clerk, family, now, office, resident, stranger

__all__ = ["clerk", "family", "now", "office", "resident", "stranger"]
