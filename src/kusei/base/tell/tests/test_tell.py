"""Telling: what is saved with its cause, and where it arrives."""

from datetime import UTC, datetime

import pytest

from kusei.base.accounts.models import Account
from kusei.base.jobs.worker import Bench
from kusei.base.tell import actions
from kusei.base.tell.deliver import deliveries
from kusei.base.tell.models import Delivery, MailboxItem

NOW = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
CONTEXT = {"procedure": {"ja": "児童手当 認定請求", "en": "Claim for child allowance"}, "number": "261121-7KQ4-M2XC"}


def resident(email="hanako@example.jp", language="ja"):
    return Account.objects.create(
        kind="resident", login=email or "none", email=email, language=language, created_at=NOW
    )


def work_off(*queues):
    """Let one worker deal with everything that is due."""
    for queue in queues or [deliveries("mailbox")]:
        bench = Bench(queue, "test", threading_event())
        while bench.turn():
            pass


def threading_event():
    import threading

    return threading.Event()


@pytest.mark.django_db
def test_message_arrives_in_the_mailbox_with_its_stable_id():
    message = actions.tell(resident().id, "ask/received", CONTEXT, now=NOW, link="/my/applications/1")
    work_off()
    delivery, item = Delivery.objects.get(), MailboxItem.objects.get()
    assert delivery.state == "done"
    assert item.message_id == delivery.mail_id
    assert item.address == "hanako@example.jp"
    assert item.subject == message.subject == "申請を受け付けました（児童手当 認定請求）"
    assert "261121-7KQ4-M2XC" in item.body
    assert "/my/applications/1" in item.body
