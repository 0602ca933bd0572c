"""Every kind of damage is found, named, and its first row given."""

import json
import re
import stat

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from kusei.base import audit
from kusei.base.audit import chain
from kusei.base.audit.anchors import Head, behind, read_anchors
from kusei.base.audit.models import AuditEntry
from kusei.base.audit.tests.test_privileges import ENTRY
from kusei.base.audit.verify import verify

pytestmark = pytest.mark.django_db(transaction=True)

SWAP = """
    UPDATE audit_entry SET place = place + 1000 WHERE place IN ({a}, {b});
    UPDATE audit_entry SET place = CASE place WHEN 1000 + {a} THEN {b} ELSE {a} END WHERE place > 1000
"""
SWAP_WITH_NUMBERS = """
    CREATE TEMPORARY TABLE swapped ON COMMIT DROP AS SELECT * FROM audit_entry WHERE place IN ({a}, {b});
    DELETE FROM audit_entry WHERE place IN ({a}, {b});
    UPDATE swapped AS e SET place = other.place, seq = other.seq
      FROM (SELECT place, seq FROM audit_entry WHERE false UNION ALL SELECT place, seq FROM swapped) AS other WHERE other.place <> e.place;
    INSERT INTO audit_entry SELECT * FROM swapped
"""
SWAP_LEAVING_HASHES = """
    UPDATE audit_entry AS e SET subject = other.subject, request_id = other.request_id FROM audit_entry AS other
     WHERE (e.place, other.place) IN (({a}, {b}), ({b}, {a}))
"""
CLOSE_GAP = """
    UPDATE audit_entry SET place = place + 1000 - {gone} WHERE place > 12;
    UPDATE audit_entry SET place = place - 1000 WHERE place > 1000
"""


@pytest.fixture
def log(read, anchors, now):
    """Twenty rows, anchored at 10 and at 20."""
    read(*range(1, 11))
    audit.anchor(now)
    read(*range(11, 21))
    audit.anchor(now)


def rechain(first: int, tamper) -> None:
    """Compute the chain anew from row `first` on, as a forger with the owner's rights would."""
    previous = bytes(AuditEntry.objects.get(place=first - 1).hash)
    for entry in AuditEntry.objects.filter(place__gte=first).order_by("place"):
        previous = chain.link(previous, chain.canonical(entry))
        tamper(f"UPDATE audit_entry SET hash = '\\x{previous.hex()}' WHERE place = {entry.place}")


def found() -> tuple[str, int]:
    """(kind, first bad row) of the damage."""
    damage = verify().damage
    return damage.kind, damage.place


def test_a_whole_log_is_reported_with_its_head(log):
    report = verify()
    assert (report.rows, report.anchors, report.unreadable_anchors, report.damage) == (20, 2, 0, None)
    last = AuditEntry.objects.get(place=20)
    assert report.heads == (Head(last.lane, 20, bytes(last.hash).hex()),)


def test_an_empty_log_is_whole(anchors):
    assert verify().damage is None


@pytest.mark.parametrize(
    ("column", "value"),
    [("purpose", "'統計'"), ("seq", "seq + 100"), ("subject", "NULL"), ("detail", "'{ }'"), ("at", "at + interval '1 microsecond'"), ("account_id", "''")],
)  # fmt: skip
def test_an_altered_row_is_named(log, tamper, column, value):
    tamper(f"UPDATE audit_entry SET {column} = {value} WHERE place = 13")
    assert found() == ("altered", 13)


def test_text_moved_from_one_column_to_the_next_is_an_alteration(log, tamper):
    tamper("UPDATE audit_entry SET department = '子育て', post = '支援課主事' WHERE place = 13")
    assert found() == ("altered", 13)


def test_an_altered_hash_is_named(log, tamper):
    tamper("UPDATE audit_entry SET hash = sha256('x') WHERE place = 13")
    assert found() == ("altered", 13)


def test_a_row_removed_is_named(log, tamper):
    tamper("DELETE FROM audit_entry WHERE place = 13")
    assert found() == ("removed", 13)
    assert verify().rows == 19


def test_the_first_row_removed_is_named(log, tamper):
    tamper("DELETE FROM audit_entry WHERE place = 1")
    assert found() == ("removed", 1)


@pytest.mark.parametrize("gone", [1, 4])
def test_rows_removed_with_the_gap_closed_are_named(log, tamper, gone):
    tamper(f"DELETE FROM audit_entry WHERE place >= 13 AND place < 13 + {gone}")
    tamper(CLOSE_GAP.format(gone=gone))
    assert found() == ("removed", 13)


@pytest.mark.parametrize(("a", "b"), [(13, 14), (5, 17), (1, 20)])
@pytest.mark.parametrize("how", [SWAP, SWAP_WITH_NUMBERS, SWAP_LEAVING_HASHES])
def test_rows_that_changed_places_are_named(log, tamper, how, a, b):
    tamper(how.format(a=a, b=b))
    assert found() == ("reordered", a)
    assert re.fullmatch(rf"the row that belongs at {a} of lane \d+ stands at {b}", verify().damage.message)


def test_a_row_put_at_the_end_is_named(log, tamper):
    tamper("UPDATE audit_entry SET place = 21 WHERE place = 13")
    assert found() == ("reordered", 13)


def test_a_number_used_twice_is_named(log, tamper):
    tamper("ALTER TABLE audit_entry DROP CONSTRAINT audit_entry_pkey; DROP INDEX audit_one_a_place")
    try:
        tamper("INSERT INTO audit_entry SELECT * FROM audit_entry WHERE place = 13")
        assert found() == ("inserted", 13)
    finally:
        tamper("TRUNCATE audit_entry")
        tamper(
            "ALTER TABLE audit_entry ADD PRIMARY KEY (seq); CREATE UNIQUE INDEX audit_one_a_place ON audit_entry (lane, place) WHERE lane > 0"
        )


def test_a_cut_tail_is_named_by_the_anchor(log, tamper):
    tamper("DELETE FROM audit_entry WHERE place > 17")
    assert found() == ("cut off", 18)


def test_an_emptied_log_is_named_by_the_anchor(log, tamper):
    tamper("TRUNCATE audit_entry")
    assert found() == ("cut off", 1)


def test_a_chain_computed_anew_is_named_by_the_anchor(log, tamper):
    tamper("UPDATE audit_entry SET purpose = '統計' WHERE place = 13")
    rechain(13, tamper)
    assert found() == ("rewritten", 20)
    assert "after 10" in verify().damage.message


def test_a_tail_cut_and_grown_again_is_named_by_the_anchor(log, tamper, read):
    tamper("DELETE FROM audit_entry WHERE place > 17")
    read(*range(30, 40))
    assert found() == ("rewritten", 20)


def test_the_anchors_belong_to_their_owner_alone(log, anchors):
    assert stat.S_IMODE(anchors.stat().st_mode) == 0o600
    assert stat.S_IMODE(anchors.parent.stat().st_mode) == 0o700


def test_a_head_is_anchored_once(log, anchors, now):
    assert audit.anchor(now) is None
    assert [each.heads[0].place for each in read_anchors()[0]] == [10, 20]


def test_a_head_that_contradicts_its_anchor_is_not_anchored_but_reported(log, tamper, anchors, now, caplog):
    tamper("DELETE FROM audit_entry WHERE place > 17")
    assert audit.anchor(now) is None
    assert "contradicts its anchor of row 20" in caplog.text
    assert [each.heads[0].place for each in read_anchors()[0]] == [10, 20]


def test_a_torn_line_of_the_anchors_is_counted_and_does_no_harm(log, anchors, read, now):
    with anchors.open("ab") as file:
        file.write(b'{"seq": 2')
    read(21)
    assert audit.anchor(now).heads[0].place == 21
    report = verify()
    assert (report.anchors, report.unreadable_anchors, report.damage) == (3, 1, None)


def test_rows_not_yet_committed_are_not_anchored(anchors, read, now):
    with pytest.raises(RuntimeError), audit.audit_scope():
        audit.anchor(now)


def test_the_command_says_that_all_is_well(log, capsys):
    call_command("audit_verify")
    assert "The audit log is whole." in capsys.readouterr().out


def test_the_command_fails_and_names_the_damage(log, tamper, capsys):
    tamper("DELETE FROM audit_entry WHERE place = 13")
    with pytest.raises(SystemExit) as left:
        call_command("audit_verify", "--json")
    assert left.value.code == 1
    printed = json.loads(capsys.readouterr().out)
    assert (printed["rows"], printed["heads"][0]["place"], printed["anchors"]) == (19, 12, 1)
    lane = printed["heads"][0]["lane"]
    assert printed["damage"] == {
        "kind": "removed",
        "lane": lane,
        "place": 13,
        "message": f"row 13 of lane {lane} is missing",
    }


# ---- several lanes ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def lanes(log, connect, anchors, now) -> tuple[int, int]:
    """Another lane beside the twenty rows: eight entries of somebody who wrote while the first lane was taken. Returns both numbers."""
    first = AuditEntry.objects.values_list("lane", flat=True)[0]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT audit_append(%s::jsonb)", [json.dumps([ENTRY])])  # and holds the lane
        other = connect("kusei_app")
        for number in range(8):
            other.execute("SELECT audit_append(%s::jsonb)", [json.dumps([ENTRY | {"object_id": str(number)}])])
        transaction.set_rollback(True)
    audit.anchor(now)
    (second,) = AuditEntry.objects.exclude(lane=first).values_list("lane", flat=True).distinct().order_by("lane")
    return first, second


def test_each_lane_is_followed_and_anchored_for_itself(lanes):
    report = verify()
    assert (report.rows, report.damage) == (28, None)
    assert {(head.lane, head.place) for head in report.heads} == set(zip(lanes, (20, 8), strict=True))
    assert read_anchors()[0][-1].heads == report.heads


@pytest.mark.parametrize(
    ("how", "kind", "place"),
    [
        ("UPDATE audit_entry SET purpose = '統計' WHERE lane = {lane} AND place = 3", "altered", 3),
        ("DELETE FROM audit_entry WHERE lane = {lane} AND place = 3", "removed", 3),
        ("DELETE FROM audit_entry WHERE lane = {lane} AND place > 6", "cut off", 7),
        ("DELETE FROM audit_entry WHERE lane = {lane}", "cut off", 1),
    ],
)
def test_damage_is_named_with_its_lane(lanes, tamper, how, kind, place):
    tamper(how.format(lane=lanes[1]))
    damage = verify().damage
    assert (damage.kind, damage.lane, damage.place) == (kind, lanes[1], place)


def test_a_row_moved_to_another_lane_is_found_there(lanes, tamper):
    tamper(
        f"UPDATE audit_entry SET place = 50 WHERE lane = {lanes[0]} AND place = 13;"
        f"UPDATE audit_entry SET lane = {lanes[0]}, place = 13 WHERE lane = {lanes[1]} AND place = 3;"
        f"UPDATE audit_entry SET lane = {lanes[1]}, place = 3 WHERE place = 50"
    )
    damage = verify().damage
    assert (damage.kind, damage.place) in {("reordered", 13), ("reordered", 3)}
    assert "of lane" in damage.message.split("stands at")[1]


def test_rows_put_into_a_lane_that_is_none_are_found(log, tamper):
    tamper("ALTER TABLE audit_entry DROP CONSTRAINT audit_place_in_lane")
    try:
        tamper("UPDATE audit_entry SET lane = 99 WHERE place = 20")
        assert verify().damage is not None
        tamper(
            "UPDATE audit_entry SET lane = (SELECT max(lane) FROM audit_entry WHERE place = 1), place = NULL WHERE place = 20"
        )
        assert verify().damage is not None
    finally:
        tamper("TRUNCATE audit_entry")
        tamper(
            "ALTER TABLE audit_entry ADD CONSTRAINT audit_place_in_lane CHECK"
            " (lane = 0 AND place IS NULL OR lane >= 1 AND lane <= 32 AND place >= 1)"
        )


# ---- rows from before lanes -------------------------------------------------------------------------------------------------


@pytest.fixture
def old(read, anchors, tamper) -> None:
    """Ten rows as the one chain had them, anchored as it was then, and ten since."""
    read(*range(1, 11))
    tamper(
        "UPDATE audit_entry SET lane = 0, seq = place + 2000000, place = NULL; UPDATE audit_entry SET seq = seq - 2000000"
    )
    previous = chain.GENESIS
    for entry in AuditEntry.objects.order_by("seq"):
        previous = chain.link(previous, chain.canonical(entry))
        tamper(f"UPDATE audit_entry SET hash = '\\x{previous.hex()}' WHERE seq = {entry.seq}")
    anchors.parent.mkdir(exist_ok=True)
    anchors.write_text(json.dumps({"seq": 10, "hash": previous.hex(), "at": "2026-04-01T00:00:00+00:00"}) + "\n")
    read(*range(11, 21))


def test_what_was_chained_before_lanes_goes_on_being_checked(old, now):
    assert behind().not_anchored == 10
    report = verify()
    assert (report.rows, report.anchors, report.damage) == (20, 1, None)
    assert [(head.lane > 0, head.place) for head in report.heads] == [(False, 10), (True, 10)]
    audit.anchor(now)
    assert (verify().anchors, behind().not_anchored, behind().oldest) == (2, 0, None)


@pytest.mark.parametrize(
    ("how", "kind", "place"),
    [
        ("UPDATE audit_entry SET purpose = '統計' WHERE seq = 4 AND lane = 0", "altered", 4),
        ("DELETE FROM audit_entry WHERE seq = 4 AND lane = 0", "removed", 4),
        ("DELETE FROM audit_entry WHERE seq > 8 AND lane = 0", "cut off", 9),
        (
            "UPDATE audit_entry SET seq = seq + 3000000 WHERE seq IN (3, 5) AND lane = 0;"
            "UPDATE audit_entry SET seq = CASE seq WHEN 3000003 THEN 5 ELSE 3 END WHERE seq > 3000000",
            "reordered",
            3,
        ),
    ],
)
def test_damage_to_it_is_named(old, tamper, how, kind, place):
    tamper(how)
    damage = verify().damage
    assert (damage.kind, damage.lane, damage.place) == (kind, 0, place)
