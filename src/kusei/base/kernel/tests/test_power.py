"""Who may: actors and their departments, pages, acts; and names that are given once."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from kusei.base.audit.models import AuditEntry
from kusei.base.kernel.actors import PUBLIC, SYSTEM, Actor, within
from kusei.base.kernel.acts import action
from kusei.base.kernel.errors import Invalid, Refused
from kusei.base.kernel.offers import Card, Dataset, Offers, Register, Registry
from kusei.base.kernel.pages import page

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
ME, OTHER = UUID(int=1), UUID(int=2)
CLERK = Actor("staff", account_id=ME, grants=frozenset({("take", "kodomo/kosodate")}))


def test_a_right_holds_for_its_department_and_all_below_and_nowhere_else():
    assert CLERK.may("take")
    assert CLERK.may("take", "kodomo/kosodate")
    assert CLERK.may("take", "kodomo/kosodate/teate")
    assert not CLERK.may("take", "kodomo")
    assert not CLERK.may("take", "kodomo/kosodate2")
    assert not CLERK.may("decide")
    assert not PUBLIC.may("take")
    assert SYSTEM.may("anything", "anywhere")
    assert within("kodomo", "")


@dataclass
class Thing:
    department: str = "kodomo/kosodate"
    owner: UUID | None = OTHER


@action(purpose="試験", may="take", where="department", own="owner")
def touch(thing, *, by, now):
    return "touched"


def test_an_act_is_for_whose_it_is_and_for_who_has_the_right_there(db):
    assert touch(Thing(), by=CLERK, now=NOW) == "touched"
    assert touch(Thing("zeimu", owner=ME), by=CLERK, now=NOW) == "touched"
    for thing, by in [(Thing("zeimu"), CLERK), (Thing("zeimu", owner=None), PUBLIC), (Thing(owner=None), PUBLIC)]:
        with pytest.raises(Refused):
            touch(thing, by=by, now=NOW)
    assert AuditEntry.objects.filter(act="refuse", purpose="試験").count() == 3


@page(who="staff", purpose="試験", may="take")
def view(request):
    return HttpResponse("there")


def ask(by: Actor, **given):
    request = RequestFactory().post("/x", given)
    request.actor, request.now = by, NOW
    request.resolver_match = type("Match", (), {"view_name": "x:y"})
    return view(request)


def test_a_page_is_for_who_it_says_and_a_refusal_is_in_the_log(db):
    assert ask(CLERK).content == b"there"
    assert ask(PUBLIC).status_code == 302
    for by in (Actor("resident", account_id=ME), Actor("staff", account_id=ME)):
        with pytest.raises(Refused):
            ask(by)
    assert AuditEntry.objects.filter(act="refuse", what="page.x:y", account_id=str(ME)).count() == 2


def test_what_no_text_can_hold_is_invalid_wherever_it_stands(rf):
    for given in ({"note": "a\0b"}, {"a\0b": "note"}):
        with pytest.raises(Invalid):
            ask(CLERK, **given)
    assert ask(CLERK, note="\u2400").content == b"there"


def offers(module: str, **more) -> Offers:
    return Offers(module=module, **more)


@pytest.mark.parametrize(
    "more",
    [
        {"module": "first"},
        {"module": "second", "procedures": ["first/claim"]},
        {"module": "second", "registers": [Register("kept", "", None, [], lambda *_: None)]},
        {"module": "second", "datasets": [Dataset("open", {}, [], lambda _now: [])]},
    ],
)
def test_a_name_is_given_once_in_an_installation(more):
    registry = Registry()
    mine = {
        "registers": [Register("kept", "", None, [], lambda *_: None)],
        "datasets": [Dataset("open", {}, [], lambda _now: [])],
    }
    registry.register(offers("first", procedures=["first/claim"], cards=[Card({}, {}, "/")], **mine))
    with pytest.raises(ValueError, match=r"first|kept|open"):
        registry.register(offers(**more))
    assert [each.module for each in registry.modules()] == ["first"]
