"""Who decides, and which way a proposal takes: by example, and for every kind, gravity and amount there is."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kusei.base.decide import routes
from kusei.base.decide.routes import Delegation, decider, line, written
from kusei.base.kernel.errors import NotNow
from kusei.base.kernel.wards import ward_slugs
from kusei.base.staff.rules import POSTS_UPWARDS, rank

DAY = date(2026, 6, 1)
TABLE = routes.delegations("sumida")
DOCUMENTS = routes.documents("sumida")


def post(matter, gravity="ordinary", amount=None, on=DAY):
    return decider(TABLE.rules, matter, gravity, amount, on).post


def test_the_post_that_decides_follows_from_matter_gravity_and_amount():
    assert post("general", "minor") == "subsection_chief"
    assert post("general") == "section_chief"
    assert post("general", "important") == "department_chief"
    assert post("benefit") == "section_chief"
    assert post("policy") == "mayor"


@pytest.mark.parametrize(
    ("amount", "expected"),
    [(0, "section_chief"), (2_999_999, "section_chief"), (3_000_000, "department_chief"), (29_999_999, "department_chief"),
     (30_000_000, "deputy_mayor"), (99_999_999, "deputy_mayor"), (100_000_000, "mayor"), (None, "mayor")],
)  # fmt: skip
def test_an_amount_is_decided_by_the_post_whose_limit_it_stays_below(amount, expected):
    assert post("spending", amount=amount) == expected


def test_the_table_of_the_day_holds():
    """The limit of the section chief was two million yen until 31 March 2026, and is three from 1 April."""
    assert post("spending", amount=2_500_000, on=date(2026, 3, 31)) == "department_chief"
    assert post("spending", amount=2_500_000, on=date(2026, 4, 1)) == "section_chief"


def test_what_the_table_does_not_know_is_decided_by_nobody():
    with pytest.raises(LookupError):
        post("no such matter")
    with pytest.raises(LookupError):
        post("general", on=date(2019, 12, 31))
    with pytest.raises(NotNow, match="表にありません"):
        routes.deciding("sumida", "no such matter", "ordinary", None, DAY)


@pytest.mark.parametrize("ward", ward_slugs())
def test_every_kind_of_document_can_be_decided_in_every_ward(ward):
    table, documents = routes.delegations(ward), routes.documents(ward)
    for kind in documents.kinds.values():
        assert kind.matter in table.matters
        assert kind.retention in documents.retention
        for gravity in routes.GRAVITIES:
            for amount in (None, 0, 10**9):
                assert decider(table.rules, kind.matter, gravity, amount, DAY).source


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.sampled_from(routes.GRAVITIES))
def test_more_money_is_never_decided_lower(one, other, gravity):
    less, more = sorted((one, other))
    assert rank(post("spending", gravity, less)) <= rank(post("spending", gravity, more))


@given(st.sampled_from(sorted(TABLE.matters)), st.integers(0, 10**9), st.dates(date(2020, 4, 1), date(2030, 3, 31)))
def test_what_weighs_more_is_never_decided_lower(matter, amount, on):
    ranks = [rank(post(matter, gravity, amount, on)) for gravity in routes.GRAVITIES]
    assert ranks == sorted(ranks)


def test_a_rule_that_names_nothing_known_is_refused():
    with pytest.raises(ValueError, match="unknown"):
        routes.Delegations(
            matters={"x": {"ja": "x"}},
            gravities={},
            rules=(Delegation(matter="y", post="mayor", since=DAY, source="x"),),
        )


# ---- the line and the consent of others ------------------------------------------------------------------------------------

ASKED = [("somu", {"ja": "総務課"}), ("kaikei", {"ja": "会計課"})]


def shape(stops):
    """stage → what is done there, by which post of which department"""
    found = {}
    for stop in stops:
        found.setdefault(stop.stage, []).append((stop.kind, stop.post, stop.department))
    return list(found.values())


def test_the_departments_asked_stand_side_by_side_between_the_section_chief_and_those_above():
    assert shape(line("kodomo/kosodate", "clerk", "deputy_mayor", ASKED)) == [
        [("review", "subsection_chief", "kodomo/kosodate")],
        [("review", "section_chief", "kodomo/kosodate")],
        [("consult", "section_chief", "somu"), ("consult", "section_chief", "kaikei")],
        [("review", "department_chief", "kodomo/kosodate")],
        [("decide", "deputy_mayor", "kodomo/kosodate")],
    ]


def test_who_stands_below_the_drafter_is_not_asked_and_nobody_about_their_own():
    assert shape(line("somu", "section_chief", "department_chief", ASKED)) == [
        [("consult", "section_chief", "kaikei")],
        [("decide", "department_chief", "somu")],
    ]


def test_what_the_subsection_chief_decides_goes_nowhere_else():
    (stop,) = line("x", "clerk", "subsection_chief", [])
    assert (stop.kind, stop.permission, stop.label["ja"], stop.label["en"]) == (
        "decide", "decide.review", "係長決裁", "Decision by the subsection chief",
    )  # fmt: skip


@given(st.sampled_from(POSTS_UPWARDS), st.sampled_from(POSTS_UPWARDS[1:]), st.booleans())
def test_every_route_ends_with_one_decision_and_counts_its_stages_through(drafter, deciding, asks):
    stops = line("a/b", drafter, deciding, ASKED if asks else [])
    assert [stop.kind for stop in stops].count("decide") == 1
    assert stops[-1].kind == "decide"
    stages = [stop.stage for stop in stops]
    assert sorted(set(stages)) == list(range(1, max(stages) + 1))
    assert stages == sorted(stages)
    assert all(rank(drafter) < rank(stop.post) < rank(deciding) for stop in stops if stop.kind == "review")


STEPS = [
    {"permission": "decide.review", "post": "subsection_chief", "label": {"ja": "係長確認"}},
    {"permission": "decide.review", "post": "section_chief", "label": {"ja": "総務課"}, "department": "somu"},
    {"permission": "decide.review", "post": "section_chief", "label": {"ja": "会計課"}, "department": "kaikei", "together": True},
    {"permission": "decide.decide", "post": "section_chief", "label": {"ja": "課長決裁"}},
]  # fmt: skip
PATHS = {"somu": "somu-bu/somu", "kaikei": "kaikei"}


def test_a_written_route_runs_together_what_says_so():
    assert shape(written(STEPS, "own", PATHS)) == [
        [("review", "subsection_chief", "own")],
        [("consult", "section_chief", "somu-bu/somu"), ("consult", "section_chief", "kaikei")],
        [("decide", "section_chief", "own")],
    ]


def test_a_written_route_decided_by_rule_takes_the_post_of_the_rule():
    stops = written(STEPS, "own", PATHS, "department_chief")
    assert (stops[-1].post, stops[-1].label["ja"]) == ("department_chief", "部長決裁")
    lower = written(STEPS, "own", PATHS, "subsection_chief")
    assert [(stop.kind, stop.post) for stop in lower if stop.kind != "consult"] == [("decide", "subsection_chief")]


# ---- retention and numbers ---------------------------------------------------------------------------------------------------


def test_a_document_is_kept_from_the_april_after():
    assert routes.keep_until(date(2026, 6, 1), 3) == date(2030, 3, 31)
    assert routes.keep_until(date(2027, 3, 31), 1) == date(2028, 3, 31)
    assert routes.keep_until(date(2026, 4, 1), 0) is None


@given(st.dates(date(2020, 1, 1), date(2030, 12, 31)), st.sampled_from([1, 3, 5, 10, 30]))
def test_what_is_kept_is_kept_for_at_least_its_years(decided_on, years):
    last = routes.keep_until(decided_on, years)
    assert last.year - decided_on.year >= years
    assert last - decided_on >= timedelta(days=365 * years - 1)


def test_the_letter_of_a_department_tells_it_from_every_other():
    names = ["総務課", "総合防災課", "税務課", "子ども部", "子育て支援課"]
    letters = [routes.series_letter("墨田区", name, names) for name in names]
    assert letters == ["墨総務", "墨総合", "墨税", "墨子ど", "墨子育"]
    assert len(set(letters)) == len(names)
