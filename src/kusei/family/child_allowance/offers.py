"""What 児童手当 hands the foundation: the words are in offers.yaml, the functions here."""

from functools import partial

from kusei.base.kernel.described import described
from kusei.base.map.places import counter
from kusei.family.child_allowance import actions, demo, proposals, queries
from kusei.family.child_allowance.models import Award

CLAIM = queries.CLAIM

offers = described(
    __file__,
    procedures=[CLAIM],
    registers={"child-allowance": {"model": Award, "visible": queries.visible}},
    datasets={"child-allowance-claims": queries.claims_by_month},
    layers={"child-allowance-offices": partial(counter, "kosodate")},
    jobs={"child_allowance.end_awards": actions.end_awards},
    indicators={
        "child_allowance.open": queries.open_claims,
        "child_allowance.median_days": queries.median_days,
    },
    rules={"proposal": proposals.proposal, "notice": proposals.notice},
    decided=actions.decided,
    demo=demo.fill,
)
