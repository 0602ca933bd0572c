"""Telling: what is saved with its cause, in whose language, and where it arrives."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default

import pytest
from django.db import transaction

from kusei.base.accounts.models import Account
from kusei.base.jobs import worker
from kusei.base.jobs.handlers import Handlers
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.errors import Refused
from kusei.base.tell import actions
from kusei.base.tell.deliver import deliveries
from kusei.base.tell.models import Delivery, MailboxItem, Message
from kusei.base.tell.wording import WordingError

NOW = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
CONTEXT = {"procedure": {"ja": "児童手当 認定請求", "en": "Claim for child allowance"}, "number": "261121-7KQ4-M2XC"}
pytestmark = pytest.mark.django_db


def resident(email="hanako@example.jp", language="ja"):
    return Account.objects.create(
        kind="resident", login=email or "none", email=email, language=language, created_at=NOW
    )


def told(account=None, **options):
    return actions.tell((account or resident()).id, "ask/received", CONTEXT, now=NOW, **options)


def work_off():
    """Let one worker deal with everything that is due."""
    handlers = Handlers()
    handlers.queue(deliveries("mailbox"))
    worker.work_off(handlers)


def test_a_message_arrives_in_the_mailbox_with_its_stable_id():
    message = told(link="/my/applications/1")
    work_off()
    delivery, item = Delivery.objects.get(), MailboxItem.objects.get()
    assert delivery.state == "done"
    assert item.message_id == delivery.mail_id
    assert item.address == "hanako@example.jp"
    assert item.subject == message.subject == "申請を受け付けました（児童手当 認定請求）"
    assert "261121-7KQ4-M2XC" in item.body
    assert "/my/applications/1" in item.body


def test_a_message_is_in_my_page_before_any_worker_runs():
    account = resident()
    message = told(account)
    assert [row.id for row in Message.objects.filter(account=account)] == [message.id]
    assert not MailboxItem.objects.exists()


@pytest.mark.parametrize(
    ("language", "subject"),
    [
        ("en", "We have received your application (Claim for child allowance)"),
        ("ja-easy", "申し込みが とどきました（児童手当 認定請求）"),
        ("ja", "申請を受け付けました（児童手当 認定請求）"),
    ],
)
def test_a_message_speaks_its_reader_s_language(language, subject):
    assert told(resident(language=language)).subject == subject


def test_the_mail_can_be_read_by_any_mail_program():
    told(resident(language="ja"))
    work_off()
    mail = message_from_bytes(MailboxItem.objects.get().raw.encode(), policy=default)
    assert mail["Subject"].strip() == "申請を受け付けました（児童手当 認定請求）"
    assert mail["To"] == "hanako@example.jp"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"] == Delivery.objects.get().mail_id
    assert mail["From"].addresses[0].display_name == "墨田区"
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content_charset() == "utf-8"
    assert "申請を受け付けました" in mail.get_content()


def test_an_account_without_an_address_gets_no_mail():
    told(resident(email=""))
    assert Message.objects.count() == 1
    assert not Delivery.objects.exists()


def test_a_message_for_mail_alone_is_not_in_my_page():
    assert told(channels=("mail",)).account_id is None
    assert Delivery.objects.count() == 1


def test_a_letter_shows_address_and_name_in_the_window():
    actions.letter("〒130-8640\n吾妻橋一丁目23番20号", "墨田 花子", "accounts/tied", {"name": "墨田 花子"}, now=NOW)
    work_off()
    assert MailboxItem.objects.get(channel="letter").address == "〒130-8640\n吾妻橋一丁目23番20号\n墨田 花子 様"


def test_what_fails_after_telling_takes_the_message_with_it():
    account = resident()

    def fail():
        with transaction.atomic():
            told(account)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert not Message.objects.exists()
    assert not Delivery.objects.exists()


def test_a_context_at_fault_saves_nothing():
    with pytest.raises(WordingError):
        actions.tell(resident().id, "ask/received", {"number": "1"}, now=NOW)
    assert not Message.objects.exists()


def test_telling_costs_four_queries(django_assert_num_queries):
    account = resident()
    with django_assert_num_queries(4):
        told(account)


def test_a_channel_without_a_way_out_is_given_up():
    told()
    Delivery.objects.update(channel="pigeon")
    work_off()
    assert Delivery.objects.get().state == "given_up"


def test_a_secret_is_erased_once_it_is_delivered_and_not_before():
    message = actions.mail(
        "hanako@example.jp", "accounts/sign-in-code", {"code": "482913", "minutes": 10}, language="ja", now=NOW
    )
    assert actions.forget(NOW) == 0
    work_off()
    assert "482913" in MailboxItem.objects.get().body
    assert actions.forget(NOW) == 1
    message.refresh_from_db()
    assert message.body == ""
    told()
    assert actions.forget(NOW) == 0


def test_only_the_owner_marks_a_message_read():
    account = resident()
    message = told(account)
    with pytest.raises(Refused):
        actions.mark_read(message, by=Actor(kind="resident", account_id=resident("b@example.jp").id), now=NOW)
    actions.mark_read(message, by=Actor(kind="resident", account_id=account.id), now=NOW)
    message.refresh_from_db()
    assert message.read_at == NOW
