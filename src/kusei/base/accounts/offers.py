"""What accounts hand the foundation: the forgetting."""

from datetime import time

from kusei.base.accounts.actions import forget_expired
from kusei.base.kernel.offers import Daily, Offers

offers = Offers(module="accounts", jobs=[Daily("accounts.forget_expired", time(3, 20), forget_expired)])
