"""What parties hand the foundation: the registers of residents and of organisations."""

from datetime import time

from kusei.base.kernel.offers import Daily, Offers
from kusei.base.parties.feeds import REGISTER
from kusei.base.parties.known import forget_expired
from kusei.base.parties.organisations import REGISTER as ORGANISATIONS

offers = Offers(
    module="parties",
    registers=[REGISTER, ORGANISATIONS],
    jobs=[Daily("parties.forget_known", time(3, 25), forget_expired, side="portal")],
)
