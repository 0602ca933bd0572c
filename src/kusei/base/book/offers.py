"""What booking hands the foundation: the words are in offers.yaml."""

from kusei.base.book import actions, queries
from kusei.base.book.models import Booking, Slot
from kusei.base.kernel.described import described
from kusei.base.kernel.offers import Option, registry

TIMES = [f"{hour:02}:{minute:02}" for hour in range(8, 19) for minute in (0, 30)]

offers = described(
    __file__,
    registers={
        "slots": {
            "model": Slot,
            "visible": lambda by, purpose, now: queries.counted(now, queries.visible(by, purpose, now)),
            "enter": actions.make_slots,
            "acts": {"close": actions.close},
        },
        "bookings": {
            "model": Booking,
            "visible": queries.visible_bookings,
            "acts": {
                "cancel": lambda row, given, *, by, now: actions.cancel(row, by=by, now=now, reason=given["reason"])
            },
        },
    },
    jobs={"book.release": actions.release},
    indicators={
        "book.ahead": lambda by, now: (
            queries.visible_bookings(by, "指標", now).filter(state="confirmed", seat__slot__starts_at__gte=now).count()
        )
    },
    choices={
        "book.resources": lambda day: [Option(each.name, each.title) for each in registry.all("resources")],
        "book.times": [Option(each, each) for each in TIMES],
    },
)
