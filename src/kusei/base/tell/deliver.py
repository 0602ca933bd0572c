"""Delivering: what the worker does with each delivery row."""

from datetime import datetime

from django.conf import settings

from kusei.base.jobs.handlers import Hopeless, Queue
from kusei.base.tell.models import Delivery
from kusei.base.tell.transports import Smtp, to_letterbox, to_mailbox

MOST_ATTEMPTS = 130
"""With the waits of `leases`, five days: as long as mail servers try (RFC 5321, 4.5.4.1)."""


class Post:
    """The ways out of this installation, by channel. `mail` is `mailbox` or an SMTP address, as in KUSEI_MAIL."""

    def __init__(self, mail: str) -> None:
        self.smtp = None if mail == "mailbox" else Smtp(mail)
        self.ways = {"mail": self.smtp or to_mailbox, "letter": to_letterbox}

    def deliver(self, delivery: Delivery, now: datetime) -> None:
        """Deliver one row. Raises as handlers do."""
        way = self.ways.get(delivery.channel)
        if way is None:
            raise Hopeless(f"no way out for the channel {delivery.channel!r}")
        way(delivery, now)

    def idle(self) -> None:
        """Nothing left to deliver: let the mail server go."""
        if self.smtp:
            self.smtp.close()


def deliveries(mail: str | None = None) -> Queue:
    """The queue of deliveries, sent by this installation's KUSEI_MAIL unless another way is given."""
    post = Post(mail or settings.MAIL)
    return Queue("deliveries", Delivery, post.deliver, most=MOST_ATTEMPTS, idle=post.idle)
