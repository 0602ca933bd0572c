"""A draw from beginning to publication: in order, once, by the section alone; and what the public gets to see."""

import json
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import Error, connection, transaction
from django.test import Client
from django.urls import reverse

from kusei.base.audit.models import AuditEntry
from kusei.base.draw import actions, queries, rules
from kusei.base.draw.actions import Entering
from kusei.base.draw.models import Draw, DrawEntry
from kusei.base.events.models import Event
from kusei.base.kernel.errors import Invalid, NotNow, Refused

pytestmark = pytest.mark.django_db
SOURCE = "令和8年12月1日の日経平均株価（終値）"
PEOPLE = [
    Entering(
        f"261101-SECRET-{n:02}",
        1 + (n % 2 and n > 7),
        "ひとり親" if n % 7 == 0 else "",
        f"世帯{n // 2}" if n in (4, 5) else "",
    )
    for n in range(1, 31)
]


@pytest.fixture
def begun(office, clerk, now) -> Draw:
    made = actions.begin(office.section, "プール教室", 10, ["ひとり親"], by=clerk.actor, now=now)
    actions.enter(made, PEOPLE, by=clerk.actor, now=now)
    return made


@pytest.fixture
def committed(begun, clerk, now) -> Draw:
    return actions.commit(begun, SOURCE, now + timedelta(days=1), by=clerk.actor, now=now)


@pytest.fixture
def known(now):
    return now + timedelta(days=1)


@pytest.fixture
def drawn(committed, clerk, known) -> Draw:
    return actions.draw(committed, "38,915.87", by=clerk.actor, now=known)


@pytest.fixture
def published(drawn, clerk, known) -> Draw:
    return actions.publish(drawn, by=clerk.actor, now=known)


def browser(person=None) -> Client:
    client = Client()
    if person:
        client.force_login(person.account)
    return client


def test_the_whole_way_ends_in_a_file_that_anybody_can_check(published, tmp_path):
    said = rules.verify(json.loads(json.dumps(queries.as_file(published))))
    assert len(said) == 3
    assert published.entries.filter(won=True).count() <= 10
    assert set(published.entries.filter(group="ひとり親").values_list("won", flat=True)) == {True}
    assert [e.kind for e in Event.objects.order_by("number")] == ["draw.committed", "draw.drawn", "draw.published"]
    logged = AuditEntry.objects.filter(what__startswith="draw.").values_list("what", flat=True)
    assert sorted(logged) == ["draw.begin", "draw.commit", "draw.draw", "draw.enter", "draw.publish"]
    file = tmp_path / "draw.json"
    file.write_text(json.dumps(queries.as_file(published)))
    call_command("draw", "verify", str(file))
    file.write_text(json.dumps(queries.as_file(published) | {"value": "other"}))
    with pytest.raises(CommandError, match="drawn again"):
        call_command("draw", "verify", str(file))


def test_the_file_names_nobody(published):
    text = json.dumps(queries.as_file(published), ensure_ascii=False)
    assert "SECRET" not in text
    assert "世帯" not in text
    assert {e["tie"] for e in queries.as_file(published)["entries"]} == {"", "T1"}


def test_before_the_draw_the_public_sees_the_commitment_and_not_the_secret(committed):
    page = browser().get(reverse("draw:one", args=[committed.id])).content.decode()
    file = browser().get(reverse("draw:json", args=[committed.id])).json()
    assert committed.commitment in page
    assert committed.secret not in page + json.dumps(file)
    assert "secret" not in file
    assert len(rules.verify(file)) == 2


def test_drawn_and_not_published_the_results_are_the_sections_alone(drawn, clerk):
    file = browser().get(reverse("draw:json", args=[drawn.id])).json()
    assert not {"results", "secret", "value"} & set(file)
    assert "当選" not in browser().get(reverse("draw:one", args=[drawn.id])).content.decode()
    assert "当選" in browser(clerk).get(reverse("draw:draw", args=[drawn.id])).content.decode()


def test_the_secret_is_sealed_in_the_database(committed):
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret_sealed FROM draw_draw")
        assert committed.secret not in cursor.fetchone()[0]


def test_an_open_draw_is_nobodys_but_the_sections(begun, clerk, stranger):
    assert browser().get(reverse("draw:one", args=[begun.id])).status_code == 404
    assert browser().get(reverse("draw:json", args=[begun.id])).status_code == 404
    assert browser(stranger).get(reverse("draw:draw", args=[begun.id])).status_code == 404
    assert browser(clerk).get(reverse("draw:draw", args=[begun.id])).status_code == 200


def test_each_step_only_in_its_turn(begun, clerk, now, known):
    by = clerk.actor
    with pytest.raises(NotNow):
        actions.draw(begun, "1", by=by, now=known)
    with pytest.raises(NotNow):
        actions.publish(begun, by=by, now=known)
    actions.commit(begun, SOURCE, known, by=by, now=now)
    for act in (
        lambda: actions.enter(begun, PEOPLE, by=by, now=now),
        lambda: actions.commit(begun, SOURCE, known, by=by, now=now),
        lambda: actions.draw(begun, "1", by=by, now=known - timedelta(seconds=1)),
    ):
        with pytest.raises(NotNow):
            act()
    actions.draw(begun, "1", by=by, now=known)
    with pytest.raises(NotNow, match="抽選済み"):
        actions.draw(begun, "2", by=by, now=known)


def test_the_value_must_be_one_that_nobody_knows_yet(begun, clerk, now):
    with pytest.raises(Invalid) as refused:
        actions.commit(begun, "短い", now, by=clerk.actor, now=now)
    assert set(refused.value.problems) == {"source", "known_from"}


def test_only_the_section_holds_it(begun, office, stranger, chief, resident, now):
    for by in (stranger.actor, chief.actor, resident):
        with pytest.raises(Refused):
            actions.commit(begun, SOURCE, now + timedelta(days=1), by=by, now=now)
        with pytest.raises(Refused):
            actions.begin(office.section, "x", 1, by=by, now=now)
    assert Draw.objects.get().state == "open"


def test_the_same_entry_twice_is_one(begun, clerk, now):
    assert actions.enter(begun, [PEOPLE[0], PEOPLE[0], Entering("new")], by=clerk.actor, now=now) == 1
    assert begun.entries.count() == 31


@pytest.mark.parametrize(
    "entry", [Entering(""), Entering("x" * 61), Entering("a", 0), Entering("a", 101), Entering("a", 1, "だれでも")]
)
def test_entries_that_cannot_be_drawn_are_refused(begun, clerk, entry, now):
    with pytest.raises(Invalid):
        actions.enter(begun, [entry], by=clerk.actor, now=now)
    assert begun.entries.count() == 30


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE draw_draw SET state = 'committed', value = '', drawn_at = NULL",
        "UPDATE draw_draw SET value = 'other'",
        "UPDATE draw_draw SET places = 30",
        "UPDATE draw_draw SET commitment = repeat('0', 64)",
        "DELETE FROM draw_draw",
        "UPDATE draw_drawentry SET won = true",
        "UPDATE draw_drawentry SET rank = NULL, won = NULL, waiting = NULL",
        "UPDATE draw_drawentry SET reference = 'mine' WHERE number = 1",
        "DELETE FROM draw_drawentry WHERE number = 30",
        'INSERT INTO draw_drawentry (id, draw_id, number, weight, "group", tie, reference, tied_by) '
        "SELECT gen_random_uuid(), id, 31, 1, '', '', 'late', '' FROM draw_draw",
    ],
)
def test_the_database_lets_nobody_draw_again(drawn, statement):
    with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db(transaction=True)
def test_two_who_press_draw_at_once_get_one_result(office, clerk, colleague, now, known):
    made = actions.begin(office.section, "抽選", 3, by=clerk.actor, now=now)
    actions.enter(made, PEOPLE[:6], by=clerk.actor, now=now)
    actions.commit(made, SOURCE, known, by=clerk.actor, now=now)
    start, ended = threading.Barrier(2), []

    def press(by, value):
        start.wait()
        try:
            actions.draw(Draw.objects.get(id=made.id), value, by=by, now=known)
            ended.append(value)
        except NotNow:
            ended.append("")
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=args) for args in ((clerk.actor, "1"), (colleague.actor, "2"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = Draw.objects.get()
    assert sorted(ended) == sorted(["", kept.value])
    assert Event.objects.filter(kind="draw.drawn").count() == 1
    actions.publish(kept, by=clerk.actor, now=known)
    assert len(rules.verify(json.loads(json.dumps(queries.as_file(Draw.objects.get()))))) == 3


def test_the_section_holds_a_draw_on_its_pages(office, clerk, now, monkeypatch):
    from kusei.base.kernel import clock

    at = clock.now()
    window = browser(clerk)
    form = {"department": office.section.path, "title": "木工教室", "places": "2", "groups": "はじめて"}
    assert window.post(reverse("draw:new"), form | {"places": "0"}).status_code == 400
    assert window.post(reverse("draw:new"), form | {"groups": "甲\n甲"}).status_code == 400
    assert window.post(reverse("draw:new"), form).status_code == 302
    made = Draw.objects.get()

    def post(name, **given):
        return window.post(reverse(f"draw:{name}", args=[made.id]), given).status_code

    assert post("enter", entries="P-1,1000") == post("enter", entries="P-1,x") == post("enter", entries="") == 400
    assert post("enter", entries="P-1,1,はじめて\r\nP-2,,,世帯1\r\n\r\nP-3,1,,世帯1\r\n") == 302
    tomorrow = clock.local_date(at) + timedelta(days=1)
    day = {"known_from_year": tomorrow.year, "known_from_month": tomorrow.month, "known_from_day": tomorrow.day}
    assert (
        post("commit", source=SOURCE, known_at="25:00", **day) == post("commit", source=SOURCE, known_at="15:00") == 400
    )
    assert post("commit", source=SOURCE, known_at="15:00", **day) == 302
    assert post("hold", value="1") == 409
    monkeypatch.setattr(clock, "now", lambda: at + timedelta(days=2))
    assert post("hold", value=" ") == 400
    assert post("hold", value="38,915.87") == 302
    assert post("publish") == 302
    assert post("publish") == 409
    made.refresh_from_db()
    page = browser().get(reverse("draw:one", args=[made.id]), {"number": "1"}).content.decode()
    assert "当選です" in page
    assert "P-1" not in page
    assert browser().get(reverse("draw:one", args=[made.id]), {"number": "99"}).status_code == 200
    assert "木工教室" in browser().get(reverse("draw:draws")).content.decode()
    assert browser().get(reverse("draw:checker")).content == Path(rules.__file__).read_bytes()
    assert DrawEntry.objects.filter(tie="T1").count() == 2
