"""What 食品営業許可 hands the foundation: the words are in offers.yaml, the functions here."""

from kusei.base.kernel.described import described
from kusei.counter.food_business import actions, demo, proposals, queries
from kusei.counter.food_business.models import Permit, Site

offers = described(
    __file__,
    procedures=[queries.APPLY],
    registers={
        "food-sites": {
            "model": Site,
            "visible": queries.visible,
            "acts": {"book": actions.book_inspection, "inspect": actions.inspect},
            "choices": {"slots": queries.slots},
        },
        "food-permits": {"model": Permit, "visible": queries.visible_permits, "acts": {"close": actions.close}},
    },
    datasets={"food-businesses": queries.public_rows},
    jobs={"food_business.daily": actions.daily},
    indicators={
        "food_business.to_inspect": lambda by, now: (
            queries.visible(by, "指標", now).filter(state__in=["waiting", "mend"]).count()
        )
    },
    tells={
        "food_business.ending": "営業許可の期限が近づいた",
        "food_business.ended": "営業許可が終わった（満了・廃業）",
    },
    rules={
        "proposal": proposals.proposal,
        "notice": proposals.notice,
        "status": queries.status,
        "bookings": queries.bookings,
    },
    received=actions.received,
    corrected=actions.corrected,
    withdrawn=actions.withdrawn,
    decided=actions.decided,
    demo=demo.fill,
)
