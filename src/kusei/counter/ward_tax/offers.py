"""What 特別区民税・都民税の申告 hands the foundation: the words are in offers.yaml, the functions here."""

from kusei.base.kernel.described import described
from kusei.counter.ward_tax import demo, proposals, queries
from kusei.counter.ward_tax.estimate import estimate
from kusei.counter.ward_tax.models import TaxDocument

offers = described(
    __file__,
    procedures=[queries.RETURN],
    registers={"tax-documents": {"model": TaxDocument, "visible": queries.visible}},
    facts=queries.FACTS,
    rules={"estimate": estimate, "proposal": proposals.proposal, "ways": proposals.ways},
    demo=demo.fill,
)
