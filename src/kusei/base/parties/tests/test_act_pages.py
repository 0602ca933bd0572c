"""The acts on the register as registrars do them on pages: asked, shown before → after, recorded, undone; refused to others."""

import re
import threading
from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from kusei.base.audit.models import AuditEntry
from kusei.base.parties.models import Act, Mandate, Membership, OtherName, Party, Protection, Residence
from kusei.base.parties.tests.test_pages import browser_of  # noqa: F401 - a fixture, used by name

pytestmark = pytest.mark.django_db
HOME = {"town": "13107/吾妻橋一丁目", "block": "1番2号", "building": "", "postal_code": ""}


@pytest.fixture
def registrar(browser_of, settings):  # noqa: F811
    settings.WARD = "sumida"
    return browser_of("registrar")


def on(day: date, key="day") -> dict:
    return {f"{key}_year": day.year, f"{key}_month": day.month, f"{key}_day": day.day}


DAY = on(date(2026, 5, 1))


def page_of(person, name) -> str:
    return reverse("parties:act", args=[person.id, name])


def tried(browser, page, answers):
    return browser.post(page, answers | {"step": "check"})


def sent(answer) -> dict:
    """What the page on which it is confirmed sends."""
    assert answer.status_code == 200, answer.context["errors"]
    assert answer.context["confirming"]
    hidden = {}
    for key, value in answer.context["typed"]:
        hidden.setdefault(key, []).append(value)
    return hidden | {"sheet": answer.context["sheet"], "seen": answer.context["seen"], "step": "record"}


def recorded(browser, page, answers):
    done = browser.post(page, sent(tried(browser, page, answers)), follow=True)
    assert "異動を記録しました" in done.content.decode()
    return done


def changed(answer) -> list[tuple]:
    return [(row["name"], row["label"], row["before"], row["after"]) for row in answer.context["changes"]]


def errors(answer) -> dict:
    assert answer.status_code in (400, 409)
    return dict(answer.context["errors"])


def test_a_move_is_shown_before_and_after_and_changes_nothing_until_it_is_confirmed(registrar, family):
    page = page_of(family["花子"], "move_within")
    ids = [str(person.id) for person in family.values()]
    shown = tried(registrar, page, DAY | HOME | {"who": ids, "into": "same"})
    assert ("墨田　花子", "住所", "吾妻橋一丁目23番20号", "吾妻橋一丁目1番2号") in changed(shown)
    assert len(changed(shown)) == 5
    assert not Act.objects.exists()
    assert not AuditEntry.objects.filter(act="change").exists()
    assert Residence.objects.filter(block="23番20号", until=None).count() == 5
    done = registrar.post(page, sent(shown), follow=True).content.decode()
    assert "異動を記録しました" in done
    assert Residence.objects.filter(block="1番2号", until=None).count() == 5
    act = Act.objects.get()
    assert act.kind == "move_within"
    assert re.search(r"転居.*住所 吾妻橋一丁目1番2号.*clerk1", done, re.S)  # who recorded it stands in the history
    assert AuditEntry.objects.filter(act="change", what="parties.move_within").count() == 5


def test_the_head_who_moves_out_leaves_a_new_head(registrar, family):
    page = page_of(family["太郎"], "move_out")
    answers = DAY | {"who": [str(family["太郎"].id)], "to": "大阪府大阪市北区1-1"}
    assert "世帯主が1人必要" in errors(tried(registrar, page, answers))["who"]
    number = registrar.get(page).content.decode()
    field = re.search(r'name="(as_\d+)"[^>]*>(?:(?!</select>).)*', number, re.S)
    assert field
    members = Membership.objects.filter(until=None).order_by()
    listed = ["太郎", "花子", "海", "空", "凪"]
    recorded(registrar, page, answers | {f"as_{listed.index('花子')}": "世帯主"})
    assert members.get(person=family["花子"]).relationship == "世帯主"
    assert not members.filter(person=family["太郎"]).exists()
    assert not Party.objects.get(id=family["太郎"].id).is_resident


@pytest.mark.parametrize(
    ("day", "told"),
    [
        ({"day_year": "2026", "day_month": "2", "day_day": "30"}, "day"),
        (on(date(2999, 1, 1)), "day"),
        (on(date(1900, 1, 1)), ""),
        ({}, "day"),
    ],
)
def test_impossible_days_are_told_in_words(registrar, family, day, told):
    answers = day | {"who": [str(family["空"].id)], "to": "千葉県"}
    assert told in errors(tried(registrar, page_of(family["空"], "move_out"), answers))
    assert not Act.objects.exists()


def test_a_dead_person_does_not_move(registrar, family):
    recorded(registrar, page_of(family["凪"], "death"), DAY)
    assert Party.objects.get(id=family["凪"].id).died_on == date(2026, 5, 1)
    for name in ("move_within", "move_out", "death", "return", "household", "name", "mandate", "birth"):
        assert registrar.get(page_of(family["凪"], name)).status_code == 404
    assert registrar.get(page_of(family["凪"], "undo")).status_code == 200


def test_the_last_act_is_undone_with_a_reason_and_only_the_last(registrar, family):
    child = family["空"]
    answers = DAY | {"who": [str(child.id)], "to": "千葉県千葉市"}
    recorded(registrar, page_of(child, "move_out"), answers)
    page = page_of(child, "undo")
    assert errors(tried(registrar, page, {"reason": ""}))["reason"]
    shown = tried(registrar, page, {"reason": "別人の届出だった"})
    assert ("墨田　空", "区民", "いいえ", "はい") in changed(shown)
    done = registrar.post(page, sent(shown), follow=True).content.decode()
    assert "取消済み" in done
    assert "別人の届出だった" in done
    assert Party.objects.get(id=child.id).is_resident
    assert str(Residence.objects.get(party=child, until=None)) == "吾妻橋一丁目23番20号"
    assert registrar.get(page).status_code == 404


def test_a_birth_joins_the_parents_household_and_address(registrar, family):
    page = page_of(family["花子"], "birth")
    child = {
        "name": "墨田　星",
        "kana": "スミダ　ホシ",
        "sex": "f",
        "nationality": "",
        "residence_status": "",
        "relationship": "子",
    }
    assert "birth_date" in errors(tried(registrar, page, child | on(date(2999, 1, 1), "birth_date")))
    recorded(registrar, page, child | on(date(2026, 5, 1), "birth_date"))
    made = Party.objects.get(name="墨田　星")
    assert (made.birth_date, str(Residence.objects.get(party=made))) == (date(2026, 5, 1), "吾妻橋一丁目23番20号")
    assert Membership.objects.get(person=made).household == Membership.objects.get(person=family["花子"]).household


def test_somebody_new_moves_in_alone_or_to_somebody(registrar, family):
    page = reverse("parties:newcomer")
    person = DAY | HOME | on(date(1995, 1, 2), "birth_date") | {
        "name": "NGUYEN VAN A", "kana": "グエン　ヴァン　ア", "sex": "m", "nationality": "vnm", "residence_status": "留学", "relationship": "同居人",
    }  # fmt: skip
    assert "relationship" in errors(tried(registrar, page, person))
    assert "with_name" in errors(tried(registrar, page, person | {"with_name": "いない人"}))
    assert "nationality" in errors(tried(registrar, page, person | {"nationality": "QQQ", "with_name": "墨田太郎"}))
    recorded(registrar, page, person | {"with_name": "墨田太郎"})
    made = Party.objects.get(name="NGUYEN VAN A")
    assert (made.nationality, Membership.objects.get(person=made).household_id) == (
        "VNM", Membership.objects.get(person=family["太郎"]).household_id,
    )  # fmt: skip


def test_a_household_splits_and_its_parts_each_have_a_head(registrar, family):
    page = page_of(family["海"], "household")
    going = DAY | {"who": [str(family["海"].id), str(family["凪"].id)], "into": "own"}
    assert {"as_0", "as_4"} <= set(errors(tried(registrar, page, going)))
    recorded(registrar, page, going | {"as_0": "世帯主", "as_4": "子"})
    homes = {m.person.name: (m.household_id, m.relationship) for m in Membership.objects.filter(until=None)}
    assert homes["墨田　海"][0] == homes["墨田　凪"][0] != homes["墨田　太郎"][0]
    nothing = DAY | {"who": [str(family["海"].id)], "into": "same"}
    assert "into" in errors(tried(registrar, page, nothing))


def test_a_former_surname_is_entered_and_ended(registrar, family):
    page = page_of(family["花子"], "name")
    answers = DAY | {"kind_of_name": "former", "written": "", "reading": ""}
    assert "written" in errors(tried(registrar, page, answers))
    done = recorded(registrar, page, answers | {"written": "向島", "reading": "ムコウジマ"})
    assert "向島" in done.content.decode()
    recorded(registrar, page, answers | on(date(2026, 6, 1)))
    assert OtherName.objects.get(party=family["花子"]).until == date(2026, 6, 1)


def test_a_power_to_act_is_given_and_ended(registrar, family):
    page = page_of(family["花子"], "mandate")
    power = DAY | {"kind_of_mandate": "guardian", "agent_name": "墨田 花子", "evidence": "戸籍"}
    assert "agent_name" in errors(tried(registrar, page, power))
    assert "last_day" in errors(tried(registrar, page, power | {"agent_name": "墨田太郎", "kind_of_mandate": "proxy"}))
    recorded(registrar, page, power | {"agent_name": "墨田太郎"} | on(date(1980, 1, 2), "agent_born"))
    mandate = Mandate.objects.get()
    assert (mandate.agent, mandate.until) == (family["太郎"], None)
    recorded(registrar, page_of(family["太郎"], "end_mandate"), on(date(2026, 6, 1)) | {"mandate": str(mandate.id)})
    assert Mandate.objects.get().until == date(2026, 6, 1)


def test_a_protected_address_is_not_shown_but_the_one_typed_is(registrar, family):
    child = family["空"]
    Protection.objects.create(party=child, since=date(2026, 1, 1), ground="児童虐待")
    page = page_of(child, "household")
    answers = DAY | {"who": [str(child.id)], "into": "own", "as_0": "世帯主"}
    assert "23番20号" not in tried(registrar, page, answers).content.decode()
    move = tried(registrar, page_of(child, "move_within"), answers | HOME)
    assert ("墨田　空", "住所", "表示しません", "吾妻橋一丁目1番2号") in changed(move)
    assert "23番20号" not in move.content.decode()
    born = {"name": "墨田　星", "kana": "ホシ", "sex": "f", "relationship": "子の子"} | on(
        date(2026, 5, 1), "birth_date"
    )
    assert "23番20号" not in tried(registrar, page_of(child, "birth"), born).content.decode()
    done = registrar.post(page_of(child, "move_within"), sent(move), follow=True).content.decode()
    assert "1番2号" not in done  # nor does the history tell


@pytest.mark.parametrize("role", ["clerk", "reviewer", "decider"])
def test_nobody_else_sees_the_forms(browser_of, family, role):  # noqa: F811
    browser = browser_of(role)
    for page in (page_of(family["空"], "move_out"), page_of(family["空"], "undo"), reverse("parties:newcomer")):
        assert browser.get(page).status_code == 404
        assert browser.post(page, {"step": "record"}).status_code == 404
    assert AuditEntry.objects.filter(what="page.parties:act").exists()


def test_what_was_never_offered_is_refused(registrar, family, make_person):
    stranger = make_person("他人")
    answers = DAY | {"who": [str(stranger.id)], "to": "千葉県"}
    assert "who" in errors(tried(registrar, page_of(family["空"], "move_out"), answers))
    assert registrar.get(page_of(family["空"], "reversal")).status_code == 404
    assert registrar.get(page_of(Party.objects.get(kind="household"), "move_out")).status_code == 404


def test_the_same_sheet_twice_is_one_act(registrar, family):
    page = page_of(family["空"], "move_out")
    sheet = sent(tried(registrar, page, DAY | {"who": [str(family["空"].id)], "to": "千葉県"}))
    for _each in range(2):
        assert "異動を記録しました" in registrar.post(page, sheet, follow=True).content.decode()
    assert Act.objects.count() == 1


def test_what_changed_since_it_was_shown_is_shown_again(registrar, family):
    page = page_of(family["空"], "move_within")
    answers = DAY | HOME | {"who": [str(family["空"].id)], "into": "own", "as_0": "世帯主"}
    sheet = sent(tried(registrar, page, answers))
    recorded(registrar, page, answers | {"block": "9番9号"} | on(date(2026, 4, 1)))
    told = registrar.post(page, sheet)
    assert "ほかの人が登録を変えました" in errors(told)[""] or told.status_code == 400
    assert Act.objects.count() == 1
    assert registrar.post(page, sheet | {"seen": "0" * 64}).status_code in (400, 409)


@pytest.mark.django_db(transaction=True)
def test_of_two_registrars_at_once_one_is_told(registrar, family):
    page = page_of(family["空"], "move_out")
    sheets = [
        sent(tried(registrar, page, DAY | {"who": [str(family["空"].id)], "to": to})) for to in ("千葉県", "埼玉県")
    ]
    gate, told = threading.Barrier(2), []

    def send(sheet):
        browser = Client()
        browser.cookies = registrar.cookies
        try:
            gate.wait()
            told.append(browser.post(page, sheet).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=[sheet]) for sheet in sheets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told)[0] == 302
    assert sorted(told)[1] in (404, 409)  # 404: when it came to look, the person lived here no more
    assert Act.objects.count() == 1
