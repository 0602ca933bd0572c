"""What accounts hand the foundation: the portal hears anew of whom it knows."""

from datetime import time

from kusei.base.accounts.ties import renew_all
from kusei.base.kernel.offers import Daily, Offers

offers = Offers(module="accounts", jobs=[Daily("accounts.renew_known", time(2, 30), renew_all, side="office")])
