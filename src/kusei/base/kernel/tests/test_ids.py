"""Receipt numbers: readable, well spread, and never those of another minute."""

import time
import uuid
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from kusei.base.kernel.ids import _ALPHABET, _body, _check_character, new_id, read_receipt_number, receipt_number

NOW = datetime(2026, 4, 1, 14, 59, 30, tzinfo=UTC)
MINUTES, DRAWN = st.integers(0, 24 * 60 - 1), st.integers(0, 2**24 - 1)


@given(MINUTES, DRAWN, MINUTES, DRAWN)
def test_no_two_draws_of_any_minutes_give_one_number(minute, drawn, other_minute, other_drawn):
    assert (_body(minute, drawn) == _body(other_minute, other_drawn)) == (
        (minute, drawn) == (other_minute, other_drawn)
    )


def test_numbers_of_different_minutes_never_meet_even_if_the_same_is_drawn(monkeypatch):
    monkeypatch.setattr("secrets.randbits", lambda bits: 7)
    day = [receipt_number(NOW + timedelta(minutes=n)) for n in range(2 * 24 * 60)]
    assert len(set(day)) == len(day)


def test_a_number_carries_the_date_in_japan_and_is_read_back_as_people_type_it():
    number = receipt_number(NOW + timedelta(minutes=1))
    assert number.startswith("260402-")
    assert read_receipt_number(number.lower().replace("0", "o").replace("-", " ")) == number


def test_numbers_of_one_minute_are_spread_over_the_whole_alphabet_at_every_place():
    bodies = [receipt_number(NOW).split("-", 1)[1].replace("-", "")[:7] for _ in range(2000)]
    assert all(len({body[place] for body in bodies}) >= 16 for place in range(1, 7))


@given(st.text(_ALPHABET, min_size=13, max_size=13), st.integers(0, 12), st.sampled_from(_ALPHABET))
def test_one_wrong_character_or_a_swap_of_neighbours_never_passes_the_check(body, place, other):
    right = _check_character(body)
    if body[place] != other:
        assert _check_character(body[:place] + other + body[place + 1 :]) != right
    if place and body[place] != body[place - 1]:
        swapped = body[: place - 1] + body[place] + body[place - 1] + body[place + 1 :]
        assert _check_character(swapped) != right


def test_ids_are_of_version_7_and_sort_as_they_were_made():
    before = time.time_ns() // 1_000_000
    made = [new_id() for _ in range(2000)]
    after = time.time_ns() // 1_000_000
    assert {(each.version, each.variant) for each in made} == {(7, uuid.RFC_4122)}
    assert before <= made[0].int >> 80 <= made[-1].int >> 80 <= after
    assert [each.int >> 64 for each in made] == sorted(each.int >> 64 for each in made)
    assert len({each.int & (1 << 62) - 1 for each in made}) == 2000
