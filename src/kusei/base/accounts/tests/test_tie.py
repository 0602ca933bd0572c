"""Proving who one is: an exact match, a letter, a code; and no answer that tells who is registered."""

import re
from datetime import date, timedelta

import pytest
from django.test import Client

from kusei.base.accounts import actions
from kusei.base.accounts.actions import Claimed
from kusei.base.accounts.models import LetterCode, PartyLink
from kusei.base.accounts.tests.conftest import acting, posted_code, refusals, sign_in, together
from kusei.base.audit.models import AuditEntry
from kusei.base.kernel.errors import NotNow, Refused
from kusei.base.tell.models import Delivery, Message

EMAIL = "hanako@example.jp"
HANAKO = Claimed("墨田花子", date(1990, 4, 1), "吾妻橋1丁目", "23-20")
FORM = {
    "name": "すみだ はなこ", "birth_date_year": "平成2", "birth_date_month": "４", "birth_date_day": "1",
    "town": "吾妻橋１丁目", "block": "２３－２０",
}  # fmt: skip


@pytest.fixture
def letter_for(now):
    def letter_for(account, claimed=HANAKO, at=now) -> str:
        before = Delivery.objects.filter(channel="letter").count()
        actions.request_letter(account, claimed, by=acting(account), now=at)
        return posted_code() if Delivery.objects.filter(channel="letter").count() > before else ""

    return letter_for


def test_from_the_form_to_the_register(make_person, town):
    person = make_person()
    browser = Client()
    sign_in(browser, EMAIL)
    assert browser.post("/my/tie/letter", FORM).url == "/my/tie"
    letter = Delivery.objects.get(channel="letter")
    assert letter.address == "〒130-0001\n吾妻橋一丁目23番20号\n墨田　花子 様"
    typed = posted_code().lower().replace("-", " ").replace("0", "o")
    assert browser.post("/my/tie", {"code": typed}).url == "/my"
    assert PartyLink.objects.get().party == person
    assert "墨田　花子" in browser.get("/my").content.decode()
    changes = AuditEntry.objects.filter(act="change", subject=str(person.id)).order_by("seq")
    assert [entry.what for entry in changes] == ["accounts.request_letter", "accounts.tie"]
    assert Message.objects.filter(template="accounts/tied").exists()


@pytest.mark.parametrize(
    "claimed",
    [
        Claimed("墨田 花子", date(1990, 4, 1), "吾妻橋一丁目", "23番20号"),
        Claimed("墨田　花子", date(1990, 4, 1), "吾妻橋1丁目", "２３ー２０"),
        Claimed("ｽﾐﾀﾞ ﾊﾅｺ", date(1990, 4, 1), "吾妻橋１", "23-20"),
        Claimed("すみだはなこ", date(1990, 4, 1), "吾妻橋一丁目", "23番地20"),
    ],
)
def test_width_spaces_and_ways_of_writing_do_not_matter(make_person, make_resident, letter_for, claimed):
    make_person()
    assert letter_for(make_resident(), claimed)


@pytest.mark.parametrize(
    "claimed",
    [
        Claimed("墨田 花", date(1990, 4, 1), "吾妻橋一丁目", "23番20号"),
        Claimed("墨田 花子", date(1990, 4, 2), "吾妻橋一丁目", "23番20号"),
        Claimed("墨田 花子", date(1990, 4, 1), "吾妻橋二丁目", "23番20号"),
        Claimed("墨田 花子", date(1990, 4, 1), "吾妻橋一丁目", "23番2号"),
        Claimed("墨田 花子", date(1990, 4, 1), "吾妻橋一丁目", ""),
        Claimed("", date(1990, 4, 1), "吾妻橋一丁目", "23番20号"),
    ],
)
def test_anything_else_that_differs_sends_nothing_and_is_audited(make_person, make_resident, letter_for, claimed):
    make_person()
    assert letter_for(make_resident(), claimed) == ""
    assert refusals("accounts.request_letter")[0].subject is None


def test_variants_of_a_character_are_different_names(make_person, make_resident, letter_for):
    """U+FA19 is the old form of 神 (U+795E); Unicode's own normalisation would make them one."""
    make_person(name="\ufa19田　花子", kana="")
    claims = [
        Claimed(f"{character}田花子", HANAKO.birth_date, HANAKO.town, HANAKO.block) for character in "\u795e\ufa19"
    ]
    sent = [bool(letter_for(make_resident(f"{n}@example.jp"), claimed)) for n, claimed in enumerate(claims)]
    assert sent == [False, True]


def test_who_has_no_reading_is_not_found_by_an_empty_one(make_person, make_resident, letter_for):
    make_person(kana="")
    assert letter_for(make_resident(), Claimed("　", HANAKO.birth_date, HANAKO.town, HANAKO.block)) == ""


def test_twins_of_one_name_are_nobody(make_person, make_resident, letter_for):
    make_person()
    make_person()
    assert letter_for(make_resident()) == ""


def _page(browser: Client) -> str:
    text = browser.get("/my/tie").content.decode()
    text = re.sub(r"<time.*?</time>", "", text)
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"|\w+@example.jp', "", text)


def test_the_pages_are_the_same_whether_or_not_it_matched(make_person):
    make_person()
    pages, answers = [], []
    for email, name in (("a@example.jp", "墨田花子"), ("b@example.jp", "墨田太郎")):
        browser = Client()
        sign_in(browser, email)
        answer = browser.post("/my/tie/letter", FORM | {"name": name})
        answers.append((answer.status_code, answer.url, sorted(answer.cookies)))
        pages.append(_page(browser))
    assert Delivery.objects.filter(channel="letter").count() == 1
    assert answers[0] == answers[1]
    assert pages[0] == pages[1]


def test_a_person_gets_three_letters_a_month_whoever_asks_and_the_page_does_not_tell(
    make_person, make_resident, letter_for
):
    person = make_person()
    sent = [bool(letter_for(make_resident(f"{n}@example.jp"))) for n in range(4)]
    assert sent == [True, True, True, False]
    assert [entry.subject for entry in refusals("accounts.request_letter")] == [str(person.id)]


def test_an_account_may_ask_five_times_a_day(make_person):
    make_person()
    browser = Client()
    sign_in(browser, EMAIL)
    answers = [browser.post("/my/tie/letter", FORM | {"name": f"墨田{n}"}).status_code for n in range(6)]
    assert answers == [302] * 5 + [429]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "あ" * 201}, "name"),
        ({"birth_date_day": ""}, "birth_date"),
        ({"birth_date_month": "13"}, "birth_date"),
        ({"birth_date_year": "3000"}, "birth_date"),
        ({"town": ""}, "town"),
        ({"block": " "}, "block"),
    ],
)
def test_what_is_missing_or_impossible_is_said_and_what_was_typed_stays(make_person, change, field):
    browser = Client()
    sign_in(browser, EMAIL)
    answer = browser.post("/my/tie/letter", FORM | change)
    assert answer.status_code == 400
    text = answer.content.decode()
    assert f'href="#f-{field}"' in text
    assert 'value="２３－２０"' in text or field == "block"


def test_only_the_account_that_asked_can_use_the_code(make_person, make_resident, letter_for, now):
    make_person()
    code = letter_for(make_resident())
    other = make_resident("taro@example.jp")
    assert actions.tie_with_code(other, code, by=acting(other), now=now) is False
    assert not PartyLink.objects.exists()


def test_nobody_asks_or_ties_for_another_account(make_resident, now):
    mine, theirs = make_resident(), make_resident("taro@example.jp")
    for act, given in ((actions.request_letter, HANAKO), (actions.tie_with_code, "x")):
        with pytest.raises(Refused):
            act(theirs, given, by=acting(mine), now=now)


def test_a_slip_of_the_pen_costs_no_try(make_person, make_resident, letter_for, now):
    make_person()
    account = make_resident()
    code = letter_for(account)
    slipped = ("0" if code[0] != "0" else "1") + code[1:]
    assert actions.tie_with_code(account, slipped, by=acting(account), now=now) is False
    assert LetterCode.objects.get().tries == 0


def test_five_wrong_codes_make_the_letter_worthless_and_are_audited_for_the_person(
    make_person, make_resident, letter_for, now
):
    person = make_person(protected=True)
    account = make_resident()
    right = letter_for(account)
    wrong = letter_for(make_resident("taro@example.jp"))
    for _ in range(5):
        assert actions.tie_with_code(account, wrong, by=acting(account), now=now) is False
    assert actions.tie_with_code(account, right, by=acting(account), now=now) is False
    assert [entry.subject for entry in refusals("accounts.tie")][:5] == [str(person.id)] * 5


def test_a_code_lives_thirty_days(make_person, make_resident, letter_for, now):
    make_person()
    account = make_resident()
    code = letter_for(account)
    late = now + timedelta(days=30)
    assert actions.tie_with_code(account, code, by=acting(account), now=late) is False
    assert actions.tie_with_code(account, code, by=acting(account), now=late - timedelta(seconds=1)) is True


def test_a_new_letter_replaces_the_one_before(make_person, make_resident, letter_for, now):
    make_person()
    account = make_resident()
    first, second = letter_for(account), letter_for(account, at=now + timedelta(hours=1))
    later = now + timedelta(hours=2)
    assert actions.tie_with_code(account, first, by=acting(account), now=later) is False
    assert actions.tie_with_code(account, second, by=acting(account), now=later) is True


def test_the_code_stands_nowhere_but_in_the_letter(make_person, make_resident, letter_for):
    make_person()
    account = make_resident()
    code = letter_for(account)
    assert code.replace("-", "") not in str(list(LetterCode.objects.values()))
    assert not AuditEntry.objects.filter(detail__contains=code).exists()


def test_who_is_tied_elsewhere_is_told_and_the_code_stays_unused(make_person, make_resident, letter_for, now):
    person = make_person()
    account = make_resident()
    code = letter_for(account)
    make_resident("old@example.jp", party=person)
    with pytest.raises(NotNow, match="別のアカウント"):
        actions.tie_with_code(account, code, by=acting(account), now=now)
    row = LetterCode.objects.get()
    assert (row.used_at, row.tries) == (None, 0)
    assert refusals("accounts.tie")[0].subject == str(person.id)


def test_a_tied_account_asks_for_no_more_letters(make_person, make_resident, now):
    person = make_person()
    account = make_resident(party=person)
    with pytest.raises(NotNow):
        actions.request_letter(account, HANAKO, by=acting(account), now=now)


def test_a_protected_persons_letter_goes_to_the_registered_address_and_is_audited(
    make_person, make_resident, letter_for
):
    person = make_person(protected=True)
    letter_for(make_resident())
    assert Delivery.objects.get(channel="letter").address.startswith("〒130-0001\n吾妻橋一丁目23番20号")
    assert AuditEntry.objects.filter(what="accounts.request_letter", subject=str(person.id)).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_accounts_tying_to_one_person_at_once_make_one_tie(make_person, make_resident, letter_for, now):
    make_person()
    accounts = [make_resident(f"{n}@example.jp") for n in range(3)]
    typed = [letter_for(account) for account in accounts]
    answers = together(
        *(
            lambda a=account, c=code: actions.tie_with_code(a, c, by=acting(a), now=now)
            for account, code in zip(accounts, typed, strict=True)
        )
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["Clash", "Clash", "bool"]
    assert PartyLink.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_code_typed_twice_at_once_ties_once(make_person, make_resident, letter_for, now):
    make_person()
    account = make_resident()
    code = letter_for(account)
    answers = together(*[lambda: actions.tie_with_code(account, code, by=acting(account), now=now)] * 3)
    assert sorted(answers) == [False, False, True]
    assert PartyLink.objects.count() == 1
