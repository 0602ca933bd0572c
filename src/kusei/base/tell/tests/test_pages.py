"""Pages of messages: one's own only, page by page; the demonstration's mailbox only in a demonstration."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.urls import reverse

from kusei.base.accounts.models import Account
from kusei.base.tell import actions, queries
from kusei.base.tell.models import MailboxItem, Message

NOW = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def resident(email):
    return Account.objects.create(kind="resident", login=email, email=email, created_at=NOW)


def told(account, number="1"):
    return actions.tell(account.id, "ask/received", {"procedure": "手続", "number": number}, now=NOW, link="/my")


@pytest.fixture
def hanako(client):
    account = resident("hanako@example.jp")
    client.force_login(account)
    return account


@pytest.fixture
def demo(settings):
    settings.DEMO = True


def arrived(n=1, channel="mail", address="a@example.jp"):
    return [
        MailboxItem.objects.create(
            arrived_at=NOW,
            channel=channel,
            message_id=f"<{i}@x>",
            address=address,
            subject=f"件名{i}",
            body="本文<b>",
            raw="R",
        )
        for i in range(n)
    ]


def test_one_sees_one_s_own_messages(client, hanako):
    mine, other = told(hanako), told(resident("taro@example.jp"))
    page = client.get(reverse("tell:messages")).content.decode()
    assert str(mine.id) in page
    assert str(other.id) not in page


def test_opening_a_message_marks_it_read(client, hanako):
    message = told(hanako, "261121-7KQ4-M2XC")
    page = client.get(reverse("tell:message", args=[message.id]))
    assert "261121-7KQ4-M2XC" in page.content.decode()
    message.refresh_from_db()
    assert message.read_at


def test_a_message_stays_in_its_language_and_says_which(client, hanako):
    """WCAG 2.2, 3.1.2: told in Korean, read on an English page."""
    Account.objects.filter(id=hanako.id).update(language="ko")
    message = told(hanako)
    client.cookies["kusei_language"] = "en"
    assert f'<h1 lang="ko">{message.subject}</h1>' in client.get(f"/my/messages/{message.id}").content.decode()
    assert f'lang="ko">{message.subject}</a>' in client.get("/my/messages").content.decode()


@pytest.mark.parametrize("whose", ["somebody's", "nobody's"])
def test_a_message_that_is_not_one_s_own_does_not_exist(client, hanako, whose):
    key = told(resident("taro@example.jp")).id if whose == "somebody's" else uuid4()
    assert client.get(reverse("tell:message", args=[key])).status_code == 404
    assert not Message.objects.exclude(read_at=None).exists()


def test_who_is_not_signed_in_is_sent_to_sign_in(client):
    assert client.get(reverse("tell:messages")).status_code == 302


def test_pages_of_messages_follow_each_other_without_gap_or_overlap(client, hanako):
    wanted = [told(hanako, str(n)).id for n in range(45)][::-1]
    seen, before = [], ""
    while True:
        page = queries.page_of(Message.objects.filter(account=hanako), before=before)
        seen += [row.id for row in page.rows]
        if not page.older:
            break
        before = page.older
    assert seen == wanted
    newer = queries.page_of(Message.objects.filter(account=hanako), after=page.newer)
    assert [row.id for row in newer.rows] == wanted[20:40]


@pytest.mark.parametrize(
    "key", ["x", "1' OR 1=1", "99999999999999999999999999", "636f0fb5-87fe-44eb-b7b7-2f3eef02a392", "-1", "\x00"]
)
@pytest.mark.parametrize("name", ["before", "after"])
@pytest.mark.parametrize("page", ["tell:messages", "tell:mailbox"])
def test_a_malformed_place_does_no_harm(client, hanako, demo, page, name, key):
    arrived()
    assert client.get(reverse(page), {name: key}).status_code == (400 if key == "\x00" else 200)


def test_a_list_costs_the_same_however_long(client, hanako, django_assert_max_num_queries):
    for n in range(30):
        told(hanako, str(n))
    with django_assert_max_num_queries(8):
        client.get(reverse("tell:messages"))


@pytest.mark.parametrize("page", ["tell:mailbox", "tell:letterbox"])
def test_outside_a_demonstration_there_is_no_mailbox(client, settings, page):
    settings.DEMO = False
    assert client.get(reverse(page)).status_code == 404


def test_outside_a_demonstration_no_single_mail_is_shown(client, settings):
    settings.DEMO = False
    [item] = arrived()
    assert client.get(reverse("tell:mailbox_item", args=[item.pk])).status_code == 404


def test_the_mailbox_is_filtered_by_address(client, demo):
    arrived(address="hanako@example.jp")
    arrived(address="taro@example.jp")
    page = client.get(reverse("tell:mailbox"), {"address": "HANAKO"}).content.decode()
    assert "hanako@example.jp" in page
    assert "taro@example.jp" not in page


def test_a_mail_is_shown_as_text_never_as_html(client, demo):
    [item] = arrived()
    page = client.get(reverse("tell:mailbox_item", args=[item.pk])).content.decode()
    assert "本文&lt;b&gt;" in page


def test_letters_are_in_the_letterbox_and_not_in_the_mailbox(client, demo):
    [item] = arrived(channel="letter", address="〒130-8640\n吾妻橋\n墨田 花子 様")
    assert "件名0" in client.get(reverse("tell:letterbox")).content.decode()
    assert "件名0" not in client.get(reverse("tell:mailbox")).content.decode()
    assert "墨田 花子 様" in client.get(reverse("tell:letter", args=[item.pk])).content.decode()
    assert client.get(reverse("tell:mailbox_item", args=[item.pk])).status_code == 404
