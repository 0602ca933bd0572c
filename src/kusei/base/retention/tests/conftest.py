"""People with drafts, as the accounts' tests make them."""

from kusei.base.accounts.tests.conftest import make_person, make_resident, now, town  # noqa: F401 - fixtures, used by name
