"""Form fields as HTML: what is tied to what, and that nothing a person typed can become markup."""

from datetime import date
from html.parser import HTMLParser

import pytest
from django.utils.translation import override

from kusei.base.web.fields import DRAW, attributes, field

NASTY = "\"'><script>alert(1)</script>&"


class Tags(HTMLParser):
    """The start tags of a piece of HTML, each with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def all(self, *names: str) -> list[dict]:
        return [attrs for tag, attrs in self.found if tag in names]


@pytest.fixture(autouse=True)
def _japanese():
    with override("ja"):
        yield


def draw(kind: str, **options) -> Tags:
    options.setdefault("choices", [("a", "A"), ("b", "B", "hint")])
    return Tags(field(kind, "q", "質問", **options))


@pytest.mark.parametrize("kind", DRAW)
def test_every_kind_has_its_first_control_where_error_summaries_link_to(kind):
    controls = draw(kind).all("input", "select", "textarea")
    assert controls[0]["id"] == "f-q" or kind == "file"
    assert [control["id"] for control in controls].count("f-q") == 1
    assert len({control["id"] for control in controls}) == len(controls)


@pytest.mark.parametrize("kind", DRAW)
def test_every_control_has_a_label(kind):
    tags = draw(kind, era=True, capture="environment")
    named = {label["for"] for label in tags.all("label")}
    assert {control["id"] for control in tags.all("input", "select", "textarea")} <= named


@pytest.mark.parametrize("kind", DRAW)
def test_hint_and_error_are_tied_to_the_question(kind):
    tags = draw(kind, hint="ヒント", error="だめです")
    described = [attrs["aria-describedby"] for _tag, attrs in tags.found if "h-q" in attrs.get("aria-describedby", "")]
    assert described
    assert set(described) == {"h-q e-q"}
    assert {"h-q", "e-q"} <= {attrs.get("id") for attrs in tags.all("p")}


@pytest.mark.parametrize("kind", DRAW)
def test_what_was_typed_never_becomes_markup(kind):
    value = dict.fromkeys(("year", "month", "day", "era", "postal", "town", "block", "building"), NASTY)
    drawn = field(
        kind,
        "q",
        NASTY,
        hint=NASTY,
        error=NASTY,
        suffix=NASTY,
        prefix=NASTY,
        files=[(NASTY, NASTY)],
        value=value if kind in {"date", "address"} else [NASTY] if kind == "checkboxes" else NASTY,
        choices=[(NASTY, NASTY, NASTY)],
        towns=[(NASTY, NASTY)],
        attrs={"data-x": NASTY},
    )
    assert "<script" not in drawn
    assert not {key for _tag, attrs in Tags(drawn).found for key in attrs if key.startswith("on")}


def test_chosen_answers_come_back_chosen():
    assert [c["value"] for c in draw("radios", value="b").all("input") if "checked" in c] == ["b"]
    assert [c["value"] for c in draw("checkboxes", value=["a", "b"]).all("input") if "checked" in c] == ["a", "b"]
    assert [c["value"] for c in draw("select", value="b").all("option") if "selected" in c] == ["b"]
    assert "checked" in draw("checkbox", value="on").all("input")[0]
    assert draw("number", value=0).all("input")[0]["value"] == "0"


@pytest.mark.parametrize("value", [date(2026, 4, 1), "2026-04-01", {"year": 2026, "month": 4, "day": 1}])
def test_a_date_is_shown_in_parts(value):
    parts = {control["name"]: int(control["value"]) for control in draw("date", value=value).all("input")}
    assert parts == {"q_year": 2026, "q_month": 4, "q_day": 1}


def test_only_the_wrong_part_of_a_date_is_marked():
    tags = draw("date", error="だめです", error_parts=["month"])
    assert [control["name"] for control in tags.all("input") if "aria-invalid" in control] == ["q_month"]


def test_birthdays_can_be_filled_in_by_the_browser():
    assert [c["autocomplete"] for c in draw("date", autocomplete="bday").all("input")] == [
        "bday-year",
        "bday-month",
        "bday-day",
    ]


def test_required_is_said_in_words_and_left_to_the_server():
    drawn = field("text", "q", "質問", required=True)
    assert "必須" in drawn
    assert "required" not in Tags(drawn).all("input")[0]
    assert "任意" in field("text", "q", "質問")
    assert "任意" not in field("text", "q", "質問", readonly=True)


def test_the_question_can_be_the_heading_of_its_page():
    assert "<h1" in field("text", "q", "質問", page_heading=True)
    assert "<legend" in field("radios", "q", "質問", page_heading=True)
    assert "<h1>" in field("radios", "q", "質問", page_heading=True)


def test_the_camera_is_offered_beside_the_choice_of_a_file():
    camera, chosen = draw("file", capture="environment").all("input")
    assert camera["name"] == chosen["name"] == "q"
    assert camera["capture"] == "environment"
    assert "capture" not in chosen


def test_unknown_kinds_and_options_are_refused():
    with pytest.raises(KeyError):
        field("slider", "q", "質問")
    with pytest.raises(TypeError):
        field("text", "q", "質問", colour="red")


def test_attributes_that_say_nothing_are_left_out():
    assert attributes({"a": "", "b": None, "c": False, "d": True, "e": 0, "f": "x"}) == ' d e="0" f="x"'
