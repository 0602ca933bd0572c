"""Shared parts of procedures, and a ward's own words laid over the common ones."""

import copy

import pytest
import yaml
from pydantic import ValidationError

from kusei.base.ask import catalogue, shared
from kusei.base.ask.schema import Procedure

COMMON = {
    "pages": {
        "contact": {
            "key": "you",
            "title": {"ja": "連絡先"},
            "questions": {"name": {"kind": "text", "label": {"ja": "氏名"}}},
        }
    },
    "outcomes": {"accepted": {"key": "accepted", "label": {"ja": "受理"}, "message": "ask/received"}},
    "laws": {"戸籍法": {"source": "昭和22年法律第224号"}},
    "guide": {"free": {"ja": "無料"}},
}
WRITTEN = {
    "title": {"ja": "試し"},
    "summary": {"ja": "試し"},
    "department": "juki",
    "applicant": "name",
    "purpose": "試し",
    "law": ["戸籍法 49条"],
    "guide": {"fee": "free"},
    "pages": [{"use": "contact", "ask": ["why"]}],
    "questions": {"why": {"kind": "text", "label": {"ja": "理由"}}, "name": {"max": 40}},
    "decide": {
        "within": 2,
        "outcomes": ["accepted", {"use": "accepted", "key": "late"}],
        "route": ["subsection_chief"],
    },
}


@pytest.fixture
def wards(tmp_path, settings):
    """A folder of wards with one procedure; gives a function that writes a file into it."""
    settings.WARDS_FOLDER, settings.WARD = tmp_path, "sumida"

    def write(path, content):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")

    write("_common/shared.yaml", COMMON)
    write("_common/procedures/trial.yaml", WRITTEN)
    return write


def test_parts_are_put_in_their_places(wards):
    found = catalogue.written("trial")
    (page,) = found.pages
    assert (page.key, page.ask, page.title.ja) == ("you", ["name", "why"], "連絡先")
    assert (found.questions["name"].label.ja, found.questions["name"].max) == ("氏名", 40)
    assert found.law[0].text == "戸籍法 49条"
    assert found.guide["fee"].ja == "無料"
    assert [outcome.key for outcome in found.decide.outcomes] == ["accepted", "late"]


def test_a_ward_changes_only_what_it_names(wards):
    wards(
        "sumida/procedures/trial.yaml", {"over": "_common", "guide": {"fee": {"ja": "300円"}}, "decide": {"within": 7}}
    )
    wards("sumida/shared.yaml", {"pages": {"contact": {"title": {"ja": "あなた"}}}})
    found = catalogue.written("trial")
    assert (found.guide["fee"].ja, found.decide.within, found.pages[0].title.ja) == ("300円", 7, "あなた")
    assert found.title.ja == "試し"


def test_a_wards_own_file_without_over_stands_alone(wards):
    wards("sumida/procedures/trial.yaml", copy.deepcopy(WRITTEN) | {"title": {"ja": "別の"}})
    wards("sumida/procedures/own.yaml", WRITTEN)
    assert catalogue.written("trial").title.ja == "別の"
    assert catalogue.of_words_alone() == ["own", "trial"]


@pytest.mark.parametrize(
    "change",
    [
        {"pages": [{"use": "nowhere"}]},
        {"guide": {"fee": "nothing"}},
        {"law": ["無法 1条"]},
        {"decide": WRITTEN["decide"] | {"outcomes": ["nothing"]}},
    ],
)
def test_a_part_that_nobody_wrote_is_named(wards, change):
    wards("_common/procedures/trial.yaml", WRITTEN | change)
    with pytest.raises(shared.UnknownPart, match="there is no shared"):
        catalogue.written("trial")


def test_a_deadline_counts_from_a_date_that_is_asked(wards):
    term = {"event": {"ja": "その日"}, "within": "14 days", "from": "why"}
    with pytest.raises(ValidationError, match="no question of kind date"):
        Procedure.model_validate(shared.expanded(copy.deepcopy(WRITTEN) | {"deadline": term}))
