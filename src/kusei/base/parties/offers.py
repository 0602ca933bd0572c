"""What parties hand the foundation: the register of residents."""

from datetime import time

from kusei.base.kernel.offers import Daily, Offers
from kusei.base.parties.feeds import REGISTER
from kusei.base.parties.known import forget_expired

offers = Offers(
    module="parties",
    registers=[REGISTER],
    jobs=[Daily("parties.forget_known", time(3, 25), forget_expired, side="portal")],
)
