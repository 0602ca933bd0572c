"""What 忘れ物 hands the foundation: the words are in offers.yaml, the functions here."""

from functools import partial

from kusei.base.kernel.acts import sweep
from kusei.base.kernel.described import described
from kusei.base.map.places import counter
from kusei.base.staff.queries import every_department
from kusei.office.lost_property import actions, demo, queries

offers = described(
    __file__,
    procedures=[queries.CLAIM],
    registers={
        "found-items": {
            "model": queries.FoundItem,
            "visible": queries.visible,
            "enter": actions.enter,
            "acts": {"notice": actions.notice, "match": actions.match, "return": actions.hand_over},
            "choices": {"claims": queries.claims, "buildings": every_department},
        }
    },
    datasets={"found-items": queries.public_rows},
    layers={"found-items": partial(counter, "somu")},
    jobs={"lost_property.expire": lambda now: sweep(queries.due(now), actions.expire, now=now)},
    indicators={"lost_property.kept": queries.kept},
    rules={"proposal": actions.proposal},
    demo=demo.fill,
)
