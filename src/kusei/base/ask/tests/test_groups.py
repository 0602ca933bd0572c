"""A group of questions asked once for each of several things: in YAML, on pages without scripts, in corrections, in JSON, over the line."""

import re
from datetime import date

import pytest
import yaml
from django.test import Client
from pydantic import ValidationError

from kusei.base.accounts.models import Account
from kusei.base.accounts.queries import actor_for
from kusei.base.ask import actions, answers, catalogue, engine, groups, rules, shapes
from kusei.base.ask.filling import Correcting, Filling
from kusei.base.ask.handover import files_in
from kusei.base.ask.kinds import Forged, Setting
from kusei.base.ask.models import Application, Draft
from kusei.base.ask.schema import Procedure, Question
from kusei.base.ask.tests.conftest import photo
from kusei.base.decide import actions as office
from kusei.base.decide.models import Case
from kusei.base.kernel.actors import SYSTEM
from kusei.base.kernel.errors import Invalid
from kusei.base.staff.models import Department

SLUG = "lost_property/claim"  # a module without rules for answers: any procedure may stand in for it here
WRITTEN = """
title: {ja: 花壇の届出}
summary: {ja: 花壇を届け出ます。}
department: kosodate
applicant: name
purpose: 花壇の届出
pages:
  - {key: you, ask: [name]}
  - {key: beds, ask: [beds]}
  - {key: many, ask: [why], when: {beds: {at_least: 2}}}
questions:
  name: {kind: text, label: {ja: 名前}}
  beds:
    kind: group
    item: {ja: 花壇}
    max: 3
    label: {ja: 花壇の一覧}
    questions:
      place: {kind: text, label: {ja: 場所}}
      flowers: {kind: choices, label: {ja: 花}, choices: [{key: rose, label: {ja: ばら}}, {key: lily, label: {ja: ゆり}}]}
      since: {kind: date, required: false, label: {ja: いつから}}
      picture: {kind: file, label: {ja: 写真}}
  why: {kind: text, label: {ja: いくつもある理由}}
decide:
  within: 5
  checks: [{key: fine, label: {ja: よい}}]
  outcomes: [{key: fine, label: {ja: 受理}, message: lost_property/found}]
  route: [subsection_chief]
"""


def procedure(**more) -> Procedure:
    return Procedure.model_validate(yaml.safe_load(WRITTEN) | more)


@pytest.fixture
def filling(db, now):
    Department.objects.create(path="kodomo/kosodate", code="kosodate", kind="section", name={"ja": "子育て支援課"})
    actions.publish(SLUG, procedure(), valid_from=date(2026, 4, 1), by=SYSTEM, now=now)
    account = Account.objects.create(kind="resident", login="a@example.jp", email="a@example.jp", created_at=now)
    by = actor_for(account, now)
    return Filling(actions.start(SLUG, by=by, now=now, today=now.date()), by, now)


@pytest.fixture
def browser(filling, monkeypatch):
    monkeypatch.setattr("kusei.base.kernel.clock.now", lambda: filling.now)
    made = Client()
    made.force_login(Account.objects.get(login="a@example.jp"))
    filling.save({"name": "花子"})
    return made


def item(place, **more):
    return {"place": place, "flowers": ["rose"], "picture": photo()} | more


# ---- in YAML ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "broken",
    [
        {"kind": "group", "label": {"ja": "x"}, "item": {"ja": "x"}},
        {"kind": "group", "label": {"ja": "x"}, "questions": {"a": {"kind": "text", "label": {"ja": "x"}}}},
        {"kind": "text", "label": {"ja": "x"}, "questions": {"a": {"kind": "text", "label": {"ja": "x"}}}},
        {"kind": "group", "label": {"ja": "x"}, "item": {"ja": "x"}, "questions": {"id": {"kind": "text", "label": {"ja": "x"}}}},
        {"kind": "group", "label": {"ja": "x"}, "item": {"ja": "x"}, "questions": {"a": {"kind": "bank", "label": {"ja": "x"}}}},
        {"kind": "group", "label": {"ja": "x"}, "item": {"ja": "x"}, "max": 21, "questions": {"a": {"kind": "text", "label": {"ja": "x"}}}},
    ],
)  # fmt: skip
def test_a_group_that_is_none_is_named_when_it_is_read(broken):
    with pytest.raises(ValidationError):
        Question.model_validate(broken)


def test_a_group_has_a_page_of_its_own():
    crowded = [{"key": "all", "ask": ["name", "beds", "why"]}]
    with pytest.raises(ValidationError, match="page of its own"):
        procedure(pages=crowded)
    assert Procedure.model_validate(procedure().stored()).stored() == procedure().stored()


def test_the_questions_of_a_group_keep_their_order_in_the_database(filling):
    stored = filling.procedure.questions["beds"]
    assert list(stored.questions) == ["place", "flowers", "since", "picture"]
    with pytest.raises(ValidationError):
        Question.model_validate(stored.model_dump(by_alias=True, exclude_none=True) | {"ask": ["place"]})


def test_common_questions_are_filled_in_inside_a_group():
    written = yaml.safe_load(WRITTEN)
    written["questions"]["beds"]["questions"]["phone"] = {"use": "phone", "required": False}
    inside = Procedure.model_validate(catalogue.with_common(written)).questions["beds"].questions["phone"]
    assert (inside.kind, inside.required) == ("phone", False)


# ---- on pages --------------------------------------------------------------------------------------------------------------


def page_of(filling) -> str:
    return f"/apply/{filling.draft.id}/beds"


def items_of(filling) -> list[dict]:
    return Draft.objects.get(id=filling.draft.id).answers.get("beds", [])


def test_items_are_added_changed_and_taken_away_without_scripts(browser, filling):
    url = page_of(filling)
    assert "花壇 1" in browser.get(url).content.decode()
    answer = browser.post(url, item("南門"))
    assert (answer.status_code, answer.url) == (302, url)
    listed = browser.get(url).content.decode()
    assert "南門" in listed
    assert "花壇を追加する" in listed
    assert "花壇 2" in browser.get(f"{url}?item=new").content.decode()
    browser.post(f"{url}?item=new", item("北門"))
    first, second = items_of(filling)
    assert [first["place"], second["place"]] == ["南門", "北門"]
    browser.post(f"{url}?item={first['id']}", {"place": "東門", "flowers": ["lily"]})  # its picture stays
    changed = items_of(filling)[0]
    assert (changed["id"], changed["place"], changed["picture"]) == (first["id"], "東門", first["picture"])
    assert browser.post(url, {"drop": second["id"]}).status_code == 302
    assert [each["place"] for each in items_of(filling)] == ["東門"]
    assert browser.post(url).url == f"/apply/{filling.draft.id}/check"


def test_what_is_wrong_is_said_at_the_item_and_nothing_is_kept(browser, filling):
    url = page_of(filling)
    answer = browser.post(
        url, {"place": "", "flowers": [], "since_year": "2026", "since_month": "13", "since_day": "1"}
    )
    page = answer.content.decode()
    assert answer.status_code == 400
    assert [key for key in ("place", "flowers", "since", "picture") if f'href="#f-{key}"' not in page] == []
    assert items_of(filling) == []
    assert browser.post(url, item("x", flowers=["poppy"])).status_code == 400
    assert items_of(filling) == []


def test_a_group_takes_no_more_than_its_most_and_no_less_than_its_least(browser, filling):
    url = page_of(filling)
    for n in range(3):
        browser.post(f"{url}?item=new", item(f"門{n}"))
    assert "追加する" not in browser.get(url).content.decode()
    browser.post(f"{url}?item=new", item("門4"))
    assert len(items_of(filling)) == 3
    with pytest.raises(Invalid):
        groups.put(items_of(filling), {"id": "new"}, 3)
    for each in items_of(filling):
        browser.post(url, {"drop": each["id"]})
    assert rules.first_open(filling.procedure, {"name": "花子", "beds": []}).key == "beds"


def test_a_condition_counts_the_items(filling):
    bed = {"id": "00000001", "place": "x", "flowers": ["rose"], "since": None, "picture": []}
    assert [p.key for p in rules.pages(filling.procedure, {"name": "x", "beds": [bed]})] == ["you", "beds"]
    assert [p.key for p in rules.pages(filling.procedure, {"name": "x", "beds": [bed, bed]})][-1] == "many"


def test_the_check_page_has_a_row_for_each_item_and_leads_to_it(browser, filling):
    url = page_of(filling)
    browser.post(url, item("南門"))
    (bed,) = items_of(filling)
    page = browser.get(f"/apply/{filling.draft.id}/check").content.decode()
    assert "花壇 1" in page
    assert "場所：南門" in page
    assert "book.jpg" in page
    way = f"/apply/{filling.draft.id}/beds?item={bed['id']}&amp;from=check"
    assert way in page
    back = browser.post(way.replace("&amp;", "&"), {"place": "西門", "flowers": ["rose"]})
    assert back.url == f"{url}?from=check"
    assert browser.post(back.url).url == f"/apply/{filling.draft.id}/check"


def test_what_two_windows_add_both_stays(filling):
    other = Filling(Draft.objects.get(id=filling.draft.id), filling.user, filling.now)
    for each, name in ((filling, "one"), (other, "two")):
        bed = {"id": groups.new_id(), "place": name, "flowers": ["rose"], "since": None, "picture": []}
        each.change_items("beds", lambda items, bed=bed: groups.put(items, bed, 3))
    assert [bed["place"] for bed in items_of(filling)] == ["one", "two"]


# ---- submitted, corrected --------------------------------------------------------------------------------------------------


@pytest.fixture
def application(browser, filling) -> Application:
    browser.post(page_of(filling), item("南門"))
    browser.post(f"/apply/{filling.draft.id}/submit")
    return Application.objects.get()


def test_staff_see_items_and_their_files(application):
    case = Case.objects.get(id=application.id)
    (file,) = case.files
    assert (file["question"], file["name"]) == ("beds", "book.jpg")
    (row,) = [
        row for section in answers.readable(case.snapshot.content, case.answers) for row in section.rows if row.item
    ]
    assert (row.label, row.lines) == ("花壇 1", ["場所：南門", "花：ばら"])
    assert row.said[-1] == "book.jpg"


def test_a_correction_changes_one_item_and_keeps_the_others(browser, application, filling, make_staff):
    case = Case.objects.get(id=application.id)
    clerk = actor_for(make_staff(), filling.now)
    office.take(case, by=clerk, now=filling.now)
    office.ask_correction(case, ["beds"], "場所をくわしく", None, by=clerk, now=filling.now)
    url = f"/my/applications/{application.id}/correct/beds"
    assert "南門" in browser.get(url).content.decode()
    (bed,) = case.answers["beds"]
    browser.post(f"{url}?item={bed['id']}", {"place": "南門の右", "flowers": ["rose"]})
    browser.post(f"{url}?item=new", item("北門"))
    assert browser.post(url).url.endswith("/correct/many")  # newly called for
    browser.post(f"/my/applications/{application.id}/correct/many", {"why": "広いから"})
    browser.post(f"/my/applications/{application.id}/correct/send")
    case.refresh_from_db()
    assert case.state == "checking"
    assert [(each["id"] == bed["id"], each["place"]) for each in case.answers["beds"]] == [
        (True, "南門の右"),
        (False, "北門"),
    ]
    assert len(case.files) == 2


def test_a_correction_without_a_change_confirms_the_list(browser, application, filling):
    from kusei.base.ask import progress

    progress.ask_correction(application.id, ["beds"], "x", None, by=SYSTEM, now=filling.now)
    correcting = Correcting(application.corrections.get(), filling.user, filling.now)
    assert correcting.lacking().key == "beds"
    url = f"/my/applications/{application.id}/correct/beds"
    assert browser.post(url).url.endswith("/correct/check")


# ---- as JSON, and over the line --------------------------------------------------------------------------------------------


def test_json_is_read_as_the_pages_read_and_ids_stay(filling):
    entry = actions.attach(filling.draft, "beds", photo(), by=filling.user, now=filling.now)
    sent = {"place": "南門", "flowers": ["rose"], "since": "2026-05-01", "picture": [entry["attachment"]]}
    setting = filling.setting()
    (bed,) = engine.read_json(filling.procedure, {"beds": [sent]}, setting)["beds"]
    assert (bed["place"], bed["since"], bed["picture"]) == ("南門", "2026-05-01", [entry])
    again, new = engine.read_json(
        filling.procedure, {"beds": [sent | {"id": bed["id"]}, sent | {"id": "made"}]}, setting, {"beds": [bed]}
    )["beds"]
    assert again["id"] == bed["id"]
    assert new["id"] not in (bed["id"], "made")


def test_json_that_does_not_hold_is_told_of_at_its_place(filling):
    good = {"place": "南門", "flowers": ["rose"], "picture": []}
    sent = [good, good | {"place": " ", "flowers": ["poppy"], "picture": ["01890000-0000-7000-8000-000000000000"]}]
    with pytest.raises(Forged) as wrong:
        engine.read_json(filling.procedure, {"beds": sent}, filling.setting())
    assert set(wrong.value.problems) == {"beds/1/place", "beds/1/flowers", "beds/1/picture"}


def test_the_line_takes_items_as_they_are_kept_and_nothing_else():
    definition = procedure().stored()
    file = {
        "attachment": "01890000-0000-7000-8000-000000000001", "file": "01890000-0000-7000-8000-000000000002", "name": "a.jpg",
        "media_type": "image/jpeg", "size": 3,
    }  # fmt: skip
    bed = {"id": "00ab12cd", "place": "x", "flowers": ["rose"], "since": None, "picture": [file]}

    def fault(*beds):
        given = {"beds": list(beds)}
        return shapes.fault(definition, given, files_in(definition, given), lambda name: set())

    assert fault(bed) == ""
    assert fault(bed, bed) == "beds"
    for wrong in (
        {"id": "x"},
        {"flowers": ["poppy"]},
        {"since": "tomorrow"},
        {"more": 1},
        {"picture": [file | {"size": -1}]},
    ):
        assert fault(bed | wrong) == "beds"
    assert shapes.fault(definition, {"beds": [bed]}, [], lambda name: set()) == "files"


def test_the_schema_is_an_array_of_objects():
    schema = engine.KINDS["group"].json_schema(procedure().questions["beds"])
    assert (schema["type"], schema["minItems"], schema["maxItems"]) == ("array", 1, 3)
    assert set(schema["items"]["required"]) == {"place", "flowers", "picture"}
    assert schema["items"]["additionalProperties"] is False
    assert re.fullmatch("uuid", schema["items"]["properties"]["picture"]["items"]["format"])
    assert Setting().represented() == []
