"""What parties hand the foundation: the register of residents."""

from kusei.base.kernel.offers import Offers
from kusei.base.parties.feeds import REGISTER

offers = Offers(module="parties", registers=[REGISTER])
