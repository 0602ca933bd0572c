"""Terms from an event: what the Civil Code, the Family Register Act and the closed days of ward offices make of them."""

from datetime import date, timedelta

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from kusei.base.ask.deadline import Deadline
from kusei.base.kernel.calendar import _rules, is_business_day

EVENT = {"ja": "引っ越した日", "en": "the day you moved"}
COVERED = _rules()["years"]
DAYS = st.dates(date(COVERED["first"] + 4, 1, 1), date(COVERED["last"] - 4, 12, 31))


def term(within, **more):
    return Deadline.model_validate({"event": EVENT, "within": within} | more)


@pytest.mark.parametrize(
    ("within", "more", "event", "last"),
    [
        ("14 days", {}, "2026-05-25", "2026-06-08"),  # 住民基本台帳法22条: the day itself is not counted
        ("14 days", {}, "2026-05-23", "2026-06-08"),  # ends on Saturday the 6th, so on Monday
        ("14 days", {"counted": "from"}, "2026-05-28", "2026-06-10"),  # 戸籍法43条: the day of birth is the first
        ("14 days", {}, "2026-12-20", "2027-01-04"),  # the ward office is closed until 3 January
        ("2 years", {}, "2026-05-14", "2028-05-15"),  # the 14th is a Sunday
        ("2 years", {}, "2024-02-28", "2026-03-02"),  # from 29 February: that month's end, a Saturday
        ("3 months", {}, "2026-01-31", "2026-04-30"),
        ("14 days", {}, "1995-03-01", "1995-03-15"),  # long ago: holidays of those years aren't known
        ("5 working days", {}, "2026-06-01", "2026-06-08"),
        ("14 days", {"before": True}, "2026-06-20", "2026-06-06"),
        ("10 working days", {"before": True}, "2026-06-22", "2026-06-08"),
        ("1 months", {"before": True}, "2026-03-31", "2026-02-28"),
    ],
)
def test_the_last_day(within, more, event, last):
    assert term(within, **more).last_day(date.fromisoformat(event)) == date.fromisoformat(last)


@given(DAYS, st.integers(1, 60))
def test_a_term_after_an_event_ends_when_offices_are_open_and_is_never_cut_short(event, count):
    last = term(f"{count} days").last_day(event)
    assert is_business_day(last)
    assert timedelta(0) <= last - (event + timedelta(days=count)) <= timedelta(days=10)


@given(DAYS, DAYS)
def test_a_later_event_never_has_an_earlier_end(one, other):
    for rule in (term("14 days"), term("2 years"), term("3 months", before=True), term("7 working days", before=True)):
        assert rule.last_day(min(one, other)) <= rule.last_day(max(one, other))


@pytest.mark.parametrize("within", ["0 days", "14", "two weeks", "14 day", "1000 days", "-1 days"])
def test_what_is_no_term_is_refused(within):
    with pytest.raises(ValidationError):
        term(within)


def test_it_is_said_in_words():
    assert term("14 days").sentence() == "引っ越した日の翌日から数えて14日以内"
    assert term("14 days", counted="from").sentence() == "引っ越した日を1日目と数えて14日以内"
    with override("en"):
        assert term("14 days").sentence() == "Within 14 days of the day you moved"
        assert term("14 days", before=True).sentence() == "At least 14 days before the day you moved"


@given(st.dates())
def test_no_day_that_can_be_typed_breaks_it(event):
    for rule in (
        term("14 days"),
        term("2 years", counted="from"),
        term("3 months", before=True),
        term("7 working days", before=True),
    ):
        assert rule.last_day(event) is None or abs(rule.last_day(event) - event) < timedelta(days=800)
