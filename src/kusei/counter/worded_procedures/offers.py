"""Procedures that are nothing but words (手続カタログ): each a YAML file in `wards/<ward>/procedures`, decided and noticed like any other."""

from kusei.base.ask.catalogue import of_words_alone
from kusei.base.kernel.offers import Offers
from kusei.counter.worded_procedures import notices

offers = Offers(
    module="worded_procedures",
    procedures=of_words_alone(),
    rules={"proposal": notices.proposal, "notice": notices.notice},
)
