"""What charging hands the foundation: the words are in offers.yaml."""

from kusei.base.charge import actions, queries
from kusei.base.charge.models import Charge
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.described import described

offers = described(
    __file__,
    registers={
        "charges": {
            "model": Charge,
            "visible": queries.visible,
            "acts": {"pay": actions.pay, "reverse": actions.reverse, "cancel": actions.cancel},
        }
    },
    indicators={
        "charge.overdue": lambda by, now: (
            queries.visible(by, "指標", now).filter(state="unpaid", due_on__lt=local_date(now)).count()
        )
    },
)
