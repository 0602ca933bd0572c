"""What 自転車駐車場 hands the foundation: the words are in offers.yaml, the functions here."""

from kusei.base.kernel.described import described
from kusei.counter.bicycle_parking import actions, demo, proposals, queries
from kusei.counter.bicycle_parking.models import Use

offers = described(
    __file__,
    procedures=[queries.APPLY],
    registers={"bicycle-uses": {"model": Use, "visible": queries.visible, "acts": {"give_up": actions.give_up}}},
    datasets={"bicycle-lots": queries.public_rows},
    layers={"bicycle-lots": queries.features},
    jobs={"bicycle_parking.daily": actions.daily},
    indicators={
        "bicycle_parking.waiting": lambda by, now: queries.visible(by, "指標", now).filter(state="waiting").count()
    },
    choices={"bicycle_parking.lots": queries.lots},
    rules={"proposal": proposals.proposal, "notice": proposals.notice, "status": queries.status},
    received=actions.received,
    withdrawn=actions.withdrawn,
    decided=actions.decided,
    paid=actions.paid,
    demo=demo.fill,
)
