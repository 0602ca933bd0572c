"""Feeding a register: nothing by halves, nothing twice, nothing unseen; and its own file changes nothing."""

import threading
from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kusei.base.audit.models import AuditEntry
from kusei.base.jobs.handlers import Later
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.errors import Invalid, NotNow, Refused
from kusei.base.parties.feeds import COLUMNS, REGISTER
from kusei.base.parties.models import Act, Party, Protection, Residence, Town
from kusei.base.record import actions, feeding, work
from kusei.base.record.importers import HIDDEN
from kusei.base.record.models import Import, ImportFile, Work
from kusei.base.record.sheets import csv_bytes

pytestmark = pytest.mark.django_db
HEADER = [column.label for column in COLUMNS]
DAY = date(2026, 5, 1)
TOWN = "13107/吾妻橋一丁目"
HANA = [
    "1001",
    "墨田　花子",
    "スミダ　ハナコ",
    "",
    "1990-05-05",
    "f",
    "JPN",
    "03-1234-5678",
    TOWN,
    "1番1号",
    "",
    "130-0001",
    "",
    "",
]
KITA = [
    "1002",
    "北　一郎",
    "キタ　イチロウ",
    "",
    "1985-01-02",
    "m",
    "JPN",
    "",
    TOWN,
    "2番2号",
    "北荘101",
    "130-0001",
    "北条",
    "",
]


@pytest.fixture
def town(db):
    return Town.objects.create(id=TOWN, ward_code="13107", name="吾妻橋一丁目", source="made")


@pytest.fixture
def by() -> Actor:
    grants = frozenset({("record.import", ""), ("parties.view", ""), ("record.view", "")})
    return Actor(
        kind="staff", account_id=UUID(int=7), name="山田 花子", department="戸籍住民課", post="主事", grants=grants
    )


@pytest.fixture
def load(town, by, now):
    def load(*rows, encoding="utf-8-sig", day=DAY, content=None):
        content = content if content is not None else csv_bytes(HEADER, rows).decode("utf-8-sig").encode(encoding)
        return worked(actions.receive(REGISTER, content, "住民.csv", day, by=by, now=now), now)

    return load


def counts(run: Import) -> tuple[int, int, int, int]:
    return run.added, run.changed, run.unchanged, run.bad


def worked(run: Import, now) -> Import:
    """The file, when a worker has done what it waits for."""
    for each in run.work.filter(state="waiting").order_by("id"):
        work.perform(each, now)
        run.work.filter(id=each.id).update(state="done")
    return Import.objects.get(id=run.id)


def confirm(run: Import, by: Actor, now) -> Import:
    return worked(actions.confirm(run, by=by, now=now), now)


def test_nothing_changes_before_it_is_confirmed(load, by, now):
    run = load(HANA, KITA)
    assert counts(run) == (2, 0, 0, 0)
    assert not Party.objects.exists()
    confirm(run, by, now)
    assert sorted(Party.objects.values_list("number", flat=True)) == ["1001", "1002"]
    assert str(Residence.objects.get(party__number="1002")) == "吾妻橋一丁目2番2号 北荘101"
    assert Act.objects.filter(kind="import").count() == 2
    assert AuditEntry.objects.filter(what="record.import", act="change").count() == 1
    assert not run.rows.exists()


def test_a_move_keeps_the_old_address_and_the_act_what_was(load, by, now):
    confirm(load(HANA, day=date(2026, 4, 1)), by, now)
    run = load([*HANA[:8], TOWN, "9番9号", "", "130-0001", "", ""], KITA)
    assert counts(run) == (1, 1, 0, 0)
    confirm(run, by, now)
    homes = list(
        Residence.objects.filter(party__number="1001").order_by("since").values_list("block", "since", "until")
    )
    assert homes == [("1番1号", date(2026, 4, 1), DAY), ("9番9号", DAY, None)]
    act = Act.objects.get(parties__number="1001", day=DAY)
    assert act.steps == [{"did": "import", "was": HANA}]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_usual_encodings_are_read(load, encoding):
    run = load(HANA, encoding=encoding)
    assert counts(run) == (1, 0, 0, 0)
    assert run.rows.get().cells == HANA


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_lines_are_counted_as_an_editor_shows_them(load, ends):
    lines = [",".join(HEADER), ",".join(HANA), '"1002","北"', ",".join([*KITA[:4], "2026-02-30", *KITA[5:]])]
    run = load(content=ends.join(lines).encode())
    assert list(run.rows.filter(outcome="bad").order_by("line").values_list("line", flat=True)) == [3, 4]


HEAD_LINE = (",".join(HEADER) + "\r\n").encode()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "空"),
        ("宛名番号,氏名\r\n".encode(), "見出し"),
        (HEAD_LINE + b"\x80\xff\xfe\x80\x80", "2行目"),
        ((",".join(HEADER)).encode("utf-16"), ""),
        (b'"\xef\xbb\xbf', "引用符"),
    ],
    ids=["empty", "other columns", "no known encoding", "UTF-16", "broken first line"],
)
def test_what_is_no_such_file_is_said_at_once_and_nothing_is_kept(load, content, said):
    with pytest.raises(Invalid) as error:
        load(content=content)
    assert said in error.value.problems["file"]
    assert not Import.objects.exists()


HOSTILE = {
    "NUL": ",".join(HANA).replace("墨田", "墨\0田").encode(),
    "a hundred columns": b"," * 99,
    "an open quote over the rest": b'"' + b"x" * 200_000,
    "a cell of 200,000 characters": ("1001," + "あ" * 200_000 + "," * 12).encode(),
    "formulas": b"=cmd|' /C calc'!A0,@SUM(1),+1,-1,=1,=1,=1,=1,=1,=1,=1,=1,=1,=1",
    "wide characters beside half a surrogate": b"1001,\xed\xa0\x80" + b"," * 12,
    "BOM in the middle": ("\ufeff" + ",".join(HANA)).encode(),
    "old Mac line ends": ",".join(HANA).encode() + b"\r" + ",".join(KITA).encode(),
    "right to left": ",".join(["1001", "\u202e墨田", *HANA[2:]]).encode(),
    "a day far off": ",".join([*HANA[:4], "9999-12-31", *HANA[5:]]).encode(),
    "full-width number": ",".join(["１００１", *HANA[1:]]).encode(),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_no_file_however_bad_breaks_a_page_or_changes_anything(office, town, client, now, case):
    client.force_login(office.hire("clerk", role="registrar").account)
    file = SimpleUploadedFile("../x\r\n.csv", HEAD_LINE + HOSTILE[case], content_type="text/csv")
    answer = client.post(reverse("record:upload", args=["residents"]), {"file": file, "day": "2026-05-01"})
    assert answer.status_code in (302, 400)
    for run in Import.objects.all():
        run = worked(run, now)
        page = client.get(reverse("record:import", args=[run.id]))
        assert page.status_code == 200
        if case not in ("old Mac line ends", "right to left"):
            assert run.state == "unreadable" or run.bad == 1, page.content.decode()
            assert run.problem or run.rows.get().problem
    assert not Party.objects.exists()


def test_broken_quotes_are_told_with_their_line_and_end_the_file(load, by, now):
    run = load(content=HEAD_LINE + ",".join(KITA).encode() + b'\r\n"1001"x,')
    assert (run.state, run.problem) == ("unreadable", '3行目の引用符（"）が正しくありません。')
    assert not ImportFile.objects.exists()
    with pytest.raises(NotNow):
        confirm(run, by, now)


BAD = {
    "no name": ({1: ""}, "氏名：空欄"),
    "no such day": ({4: "平成31年5月1日"}, "生年月日："),
    "formula": ({1: "=1+1"}, "氏名：式"),
    "too long": ({9: "あ" * 41}, "番地：長すぎ"),
    "line break": ({1: "墨田\n花子"}, "氏名：使えない文字"),
    "no such town": ({8: "13107/どこか"}, "町コード："),
    "half an address": ({9: ""}, "町コードと番地"),
    "sex": ({5: "男"}, "性別："),
    "hidden address of somebody new": ({8: HIDDEN, 9: HIDDEN}, "非開示"),
}


@pytest.mark.parametrize("case", BAD)
def test_one_bad_row_is_named_and_stops_the_whole_file(load, by, now, case):
    change, said = BAD[case]
    # csv_bytes would disarm the formula, so the file is written plainly
    rows = [HEADER, KITA, [change.get(place, cell) for place, cell in enumerate(HANA)]]
    content = "\r\n".join(",".join('"' + cell + '"' for cell in row) for row in rows).encode()
    run = load(content=content)
    bad = run.rows.get(outcome="bad")
    assert bad.line == 3
    assert said in bad.problem
    with pytest.raises(NotNow):
        confirm(run, by, now)
    assert not Party.objects.exists()


def test_the_same_number_twice_is_named_with_the_other_line(load):
    assert load(HANA, KITA, HANA).rows.get(outcome="bad").problem.startswith("2行目と同じ番号です。")


def test_confirmed_twice_it_is_done_once_and_a_second_file_alike_changes_nothing(load, by, now):
    first, second = load(HANA), load(HANA)
    confirm(first, by, now)
    assert confirm(first, by, now).state == "applied"
    again = confirm(second, by, now)
    assert (again.state, counts(again)) == ("checked", (0, 0, 1, 0))
    assert "もう一度確かめて" in again.problem
    assert confirm(again, by, now).state == "applied"
    assert counts(load(HANA)) == (0, 0, 1, 0)
    assert Party.objects.count() == 1


def test_what_was_discarded_is_not_applied(load, by, now):
    run = load(HANA)
    actions.discard(run, by=by, now=now)
    with pytest.raises(NotNow):
        confirm(run, by, now)
    assert not Party.objects.exists()


def test_a_day_before_the_last_move_is_refused_by_row(load, by, now):
    confirm(load(HANA), by, now)
    run = load([*HANA[:9], "9番9号", "", "", "", ""], day=date(2026, 4, 1))
    assert counts(run) == (0, 0, 0, 1)
    with pytest.raises(Invalid):
        load(HANA, day=date(2026, 6, 2))


def test_a_protected_address_leaves_in_no_file_and_comes_back_unharmed(load, by, now):
    confirm(load(HANA, KITA), by, now)
    guarded = Party.objects.get(number="1001")
    Protection.objects.create(party=guarded, since=date(2026, 1, 1), ground="配偶者からの暴力")
    rows = feeding.written(REGISTER, by, now)
    assert rows[0] == [*HANA[:7], *[HIDDEN] * 5, "", ""]
    assert rows[1] == KITA
    assert counts(load(*rows)) == (0, 0, 2, 0)
    run = load([*HANA[:8], TOWN, "5番5号", "", "", "", ""])
    assert feeding.shown(run, REGISTER, "changed", 0, by, now)[0].before[7:12] == [HIDDEN] * 5
    assert AuditEntry.objects.filter(what="record.feed", subject=str(guarded.id)).count() == 1


TEXT = st.text(st.characters(blacklist_categories=("Cc", "Cs", "Cn", "Co", "Zl", "Zp")), max_size=30).filter(
    lambda text: (not text or text.strip()) and not text.startswith(("=", "@", "＝", "＠")) and "\ufffd" not in text
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    rows=st.lists(
        st.tuples(TEXT.filter(bool), TEXT, TEXT.filter(lambda t: len(t) <= 20), st.dates(date(1900, 1, 1), DAY)),
        max_size=6,
    )
)
def test_what_the_register_writes_it_reads_back_as_unchanged(load, by, now, rows):
    Residence.objects.all().delete()
    Party.objects.filter(acts=None).delete()
    made = [
        Party(
            kind="person",
            number=f"h{place}",
            name=name,
            kana=kana,
            phone=phone,
            birth_date=born,
            nationality="JPN",
            as_of=DAY,
        )
        for place, (name, kana, phone, born) in enumerate(rows)
    ]
    Party.objects.bulk_create(made)
    Residence.objects.bulk_create(Residence(party=each, town_id=TOWN, block="1", since=DAY) for each in made)
    assert counts(load(*feeding.written(REGISTER, by, now))) == (0, 0, len(rows), 0)


def test_who_may_not_feed_gets_neither_file_nor_page(load, by, now, clerk, client):
    viewer = replace(by, grants=frozenset({("record.view", ""), ("parties.view", "")}))
    run = load(HANA)
    for act in (
        lambda: actions.receive(REGISTER, b"x", "x", DAY, by=viewer, now=now), lambda: confirm(run, viewer, now),
        lambda: actions.discard(run, by=viewer, now=now), lambda: feeding.written(REGISTER, viewer, now),
    ):  # fmt: skip
        with pytest.raises(Refused):
            act()
    client.force_login(clerk.account)
    assert client.get(reverse("record:import", args=[run.id])).status_code == 404
    assert client.post(reverse("record:feed", args=["residents"])).status_code == 404
    assert not Party.objects.filter(number="1001").exists()


def test_the_pages_lead_from_the_file_to_the_register(office, town, client, tmp_path, now):
    registrar = office.hire("clerk", role="registrar")
    client.force_login(registrar.account)
    file = tmp_path / "住民.csv"
    file.write_bytes(csv_bytes(HEADER, [HANA]))
    where = reverse("record:upload", args=["residents"])
    assert where in client.get(reverse("record:register", args=["residents"])).content.decode()
    assert client.get(where).status_code == 200
    assert client.post(where, {"day": "2026-05-01"}).status_code == 400
    with file.open("rb") as content:
        answer = client.post(where, {"file": content, "day": "令和8年5月1日"}, follow=True)
    shown = answer.content.decode()
    run = Import.objects.get()
    page = reverse("record:import", args=[run.id])
    assert "読み込み、台帳と比べています" in shown
    assert "1行のうち0行を読みました" in shown
    assert '<noscript><meta http-equiv="refresh"' in shown
    assert "HX-Refresh" not in client.get(page, headers={"HX-Request": "true"})
    worked(run, now)
    assert client.get(page, headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    shown = client.get(page).content.decode()
    assert "墨田　花子" in shown
    assert "台帳に取り込む" in shown
    answer = client.post(page, {"do": "confirm"}, follow=True)
    assert "台帳に取り込んでいます" in answer.content.decode()
    assert not Party.objects.filter(number="1001").exists()
    worked(run, now)
    assert "取り込みました" in client.get(page).content.decode()
    assert Party.objects.filter(number="1001").exists()
    exported = client.post(reverse("record:feed", args=["residents"])).content
    assert exported == csv_bytes(HEADER, [HANA])


def test_a_worker_that_gave_up_is_told_on_the_page(office, town, client, load, now):
    run = load(HANA)
    client.force_login(office.hire("clerk", role="registrar").account)
    client.post(reverse("record:import", args=[run.id]), {"do": "confirm"})
    Work.objects.filter(state="waiting").update(state="given_up")
    shown = client.get(reverse("record:import", args=[run.id])).content.decode()
    assert "処理が止まりました" in shown
    assert "refresh" not in shown


def test_a_file_discarded_while_it_is_read_leaves_nothing(town, by, now):
    run = actions.receive(REGISTER, csv_bytes(HEADER, [HANA]), "住民.csv", DAY, by=by, now=now)
    actions.discard(run, by=by, now=now)
    assert (worked(run, now).state, run.rows.count(), ImportFile.objects.count()) == ("discarded", 0, 0)


def test_a_reading_broken_off_begins_anew(town, by, now, monkeypatch):
    monkeypatch.setattr(work, "AT_ONCE", 1)
    run = actions.receive(REGISTER, csv_bytes(HEADER, [HANA, KITA]), "住民.csv", DAY, by=by, now=now)
    with monkeypatch.context() as broken:
        broken.setattr(work, "compare", lambda *_given: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            work.perform(run.work.get(), now)
    run.refresh_from_db()
    assert (run.state, run.rows_read, run.rows_total) == ("reading", 2, 2)
    assert counts(worked(run, now)) == (2, 0, 0, 0)


def test_who_asked_for_it_stands_in_the_log_and_with_the_acts(load, by, now):
    confirm(load(HANA), by, now)
    rows = AuditEntry.objects.filter(what__in=["record.check", "record.import"])
    assert set(rows.values_list("account_id", "actor_name")) == {(str(by.account_id), by.name)}
    assert Act.objects.get(kind="import").recorded_by == by.account_id


def test_counts_alike_but_other_rows_have_to_be_looked_at_again(load, by, now):
    confirm(load(HANA, KITA, day=date(2026, 4, 1)), by, now)
    run = load([*HANA[:7], "03-9999-9999", *HANA[8:]], KITA)
    assert counts(run) == (0, 1, 1, 0)
    Party.objects.filter(number="1001").update(phone="03-9999-9999")
    Party.objects.filter(number="1002").update(phone="03-8888-8888")
    run = confirm(run, by, now)
    assert (run.state, counts(run)) == ("checked", (0, 1, 1, 0))
    assert Party.objects.get(number="1002").phone == "03-8888-8888"


def test_a_comparison_takes_as_many_queries_for_many_rows_as_for_one(load, django_assert_max_num_queries):
    many = [[str(number), *HANA[1:]] for number in range(500)]
    with django_assert_max_num_queries(30):
        assert counts(load(*many)) == (500, 0, 0, 0)


@pytest.mark.django_db(transaction=True)
def test_confirmed_by_two_at_once_it_is_applied_once(load, by, now):
    run = load(HANA, KITA)
    gate, ended = threading.Barrier(2), []

    def press():
        try:
            gate.wait()
            actions.confirm(run, by=by, now=now)
            for each in Work.objects.filter(of=run, step="apply"):
                work.perform(each, now)
            ended.append(Import.objects.get(id=run.id).state)
        finally:
            connection.close()

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ended == ["applied", "applied"]
    assert Party.objects.filter(number__isnull=False).count() == 2
    assert AuditEntry.objects.filter(what="record.import", act="change").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_record_that_somebody_is_changing_is_waited_for_and_then_compared_anew(load, by, now):
    confirm(load(HANA, KITA, day=date(2026, 4, 1)), by, now)
    run = load([*HANA[:7], "03-9999-9999", *HANA[8:]])
    actions.confirm(run, by=by, now=now)
    begun, go_on = threading.Event(), threading.Event()

    def act():
        try:
            with transaction.atomic():
                person = Party.objects.select_for_update().get(number="1001")
                begun.set()
                go_on.wait(20)
                person.kana = "カワッタ"
                person.save()
        finally:
            connection.close()

    other = threading.Thread(target=act)
    other.start()
    assert begun.wait(20)
    with pytest.raises(Later):
        work.perform(run.work.get(state="waiting"), now)
    go_on.set()
    other.join()
    run = worked(run, now)
    assert (run.state, counts(run)) == ("checked", (0, 1, 0, 0))
    assert Party.objects.get(number="1001").kana == "カワッタ"


@pytest.mark.django_db(transaction=True)
def test_of_two_files_with_the_same_newcomer_confirmed_at_once_one_has_to_be_looked_at_again(load, by, now):
    runs = [load(HANA), load([HANA[0], "別人", *HANA[2:]])]
    for run in runs:
        actions.confirm(run, by=by, now=now)
    gate = threading.Barrier(2)

    def work_off(run):
        try:
            gate.wait()
            work.perform(run.work.get(step="apply"), now)
        finally:
            connection.close()

    threads = [threading.Thread(target=work_off, args=[run]) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(Import.objects.values_list("state", flat=True)) == ["applied", "checked"]
    assert Party.objects.filter(number="1001").count() == 1
