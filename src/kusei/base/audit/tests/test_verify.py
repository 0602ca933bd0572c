"""Every kind of damage is found, named, and its first row given."""

import json
import stat

import pytest
from django.core.management import call_command

from kusei.base import audit
from kusei.base.audit import chain
from kusei.base.audit.anchors import read_anchors
from kusei.base.audit.models import AuditEntry
from kusei.base.audit.verify import verify

pytestmark = pytest.mark.django_db(transaction=True)

SWAP = """
    UPDATE audit_entry SET seq = seq + 1000 WHERE seq IN ({a}, {b});
    UPDATE audit_entry SET seq = CASE seq WHEN 1000 + {a} THEN {b} ELSE {a} END WHERE seq > 1000
"""
SWAP_LEAVING_HASHES = """
    UPDATE audit_entry AS e SET subject = other.subject, request_id = other.request_id FROM audit_entry AS other
     WHERE (e.seq, other.seq) IN (({a}, {b}), ({b}, {a}))
"""
CLOSE_GAP = """
    UPDATE audit_entry SET seq = seq + 1000 - {gone} WHERE seq > 12;
    UPDATE audit_entry SET seq = seq - 1000 WHERE seq > 1000
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
    previous = bytes(AuditEntry.objects.get(seq=first - 1).hash)
    for entry in AuditEntry.objects.filter(seq__gte=first).order_by("seq"):
        previous = chain.link(previous, chain.canonical(entry))
        tamper(f"UPDATE audit_entry SET hash = '\\x{previous.hex()}' WHERE seq = {entry.seq}")


def found() -> tuple[str, int]:
    """(kind, first bad row) of the damage."""
    damage = verify().damage
    return damage.kind, damage.seq


def test_a_whole_log_is_reported_with_its_head(log):
    report = verify()
    assert (report.rows, report.head_seq, report.anchors, report.unreadable_anchors, report.damage) == (
        20,
        20,
        2,
        0,
        None,
    )
    assert report.head_hash == bytes(AuditEntry.objects.get(seq=20).hash).hex()


def test_an_empty_log_is_whole(anchors):
    assert verify().damage is None


@pytest.mark.parametrize(
    ("column", "value"),
    [("purpose", "'統計'"), ("subject", "NULL"), ("detail", "'{ }'"), ("at", "at + interval '1 microsecond'"), ("account_id", "''")],
)  # fmt: skip
def test_an_altered_row_is_named(log, tamper, column, value):
    tamper(f"UPDATE audit_entry SET {column} = {value} WHERE seq = 13")
    assert found() == ("altered", 13)


def test_text_moved_from_one_column_to_the_next_is_an_alteration(log, tamper):
    tamper("UPDATE audit_entry SET department = '子育て', post = '支援課主事' WHERE seq = 13")
    assert found() == ("altered", 13)


def test_an_altered_hash_is_named(log, tamper):
    tamper("UPDATE audit_entry SET hash = sha256('x') WHERE seq = 13")
    assert found() == ("altered", 13)


def test_a_row_removed_is_named(log, tamper):
    tamper("DELETE FROM audit_entry WHERE seq = 13")
    assert found() == ("removed", 13)
    assert verify().rows == 19


def test_the_first_row_removed_is_named(log, tamper):
    tamper("DELETE FROM audit_entry WHERE seq = 1")
    assert found() == ("removed", 1)


@pytest.mark.parametrize("gone", [1, 4])
def test_rows_removed_with_the_gap_closed_are_named(log, tamper, gone):
    tamper(f"DELETE FROM audit_entry WHERE seq >= 13 AND seq < 13 + {gone}")
    tamper(CLOSE_GAP.format(gone=gone))
    assert found() == ("removed", 13)


@pytest.mark.parametrize(("a", "b"), [(13, 14), (5, 17), (1, 20)])
@pytest.mark.parametrize("how", [SWAP, SWAP_LEAVING_HASHES])
def test_rows_that_changed_places_are_named(log, tamper, how, a, b):
    tamper(how.format(a=a, b=b))
    assert found() == ("reordered", a)
    assert verify().damage.message == f"the row that belongs at {a} stands at {b}"


def test_a_row_put_at_the_end_is_named(log, tamper):
    tamper("UPDATE audit_entry SET seq = 21 WHERE seq = 13")
    assert found() == ("reordered", 13)


def test_a_number_used_twice_is_named(log, tamper):
    tamper("ALTER TABLE audit_entry DROP CONSTRAINT audit_entry_pkey")
    try:
        tamper("INSERT INTO audit_entry SELECT * FROM audit_entry WHERE seq = 13")
        assert found() == ("inserted", 13)
    finally:
        tamper("TRUNCATE audit_entry")
        tamper("ALTER TABLE audit_entry ADD PRIMARY KEY (seq)")


def test_a_cut_tail_is_named_by_the_anchor(log, tamper):
    tamper("DELETE FROM audit_entry WHERE seq > 17")
    assert found() == ("cut off", 18)


def test_an_emptied_log_is_named_by_the_anchor(log, tamper):
    tamper("TRUNCATE audit_entry")
    assert found() == ("cut off", 1)


def test_a_chain_computed_anew_is_named_by_the_anchor(log, tamper):
    tamper("UPDATE audit_entry SET purpose = '統計' WHERE seq = 13")
    rechain(13, tamper)
    assert found() == ("rewritten", 20)
    assert "after 10" in verify().damage.message


def test_a_tail_cut_and_grown_again_is_named_by_the_anchor(log, tamper, read):
    tamper("DELETE FROM audit_entry WHERE seq > 17")
    read(*range(30, 40))
    assert found() == ("rewritten", 20)


def test_the_anchors_belong_to_their_owner_alone(log, anchors):
    assert stat.S_IMODE(anchors.stat().st_mode) == 0o600
    assert stat.S_IMODE(anchors.parent.stat().st_mode) == 0o700


def test_a_head_is_anchored_once(log, anchors, now):
    assert audit.anchor(now) is None
    assert [each.seq for each in read_anchors()[0]] == [10, 20]


def test_a_head_that_contradicts_its_anchor_is_not_anchored_but_reported(log, tamper, anchors, now, caplog):
    tamper("DELETE FROM audit_entry WHERE seq > 17")
    assert audit.anchor(now) is None
    assert "contradicts its anchor of row 20" in caplog.text
    assert [each.seq for each in read_anchors()[0]] == [10, 20]


def test_a_torn_line_of_the_anchors_is_counted_and_does_no_harm(log, anchors, read, now):
    with anchors.open("ab") as file:
        file.write(b'{"seq": 2')
    read(21)
    assert audit.anchor(now).seq == 21
    report = verify()
    assert (report.anchors, report.unreadable_anchors, report.damage) == (3, 1, None)


def test_rows_not_yet_committed_are_not_anchored(anchors, read, now):
    with pytest.raises(RuntimeError), audit.audit_scope():
        audit.anchor(now)


def test_the_command_says_that_all_is_well(log, capsys):
    call_command("audit_verify")
    assert "The audit log is whole." in capsys.readouterr().out


def test_the_command_fails_and_names_the_damage(log, tamper, capsys):
    tamper("DELETE FROM audit_entry WHERE seq = 13")
    with pytest.raises(SystemExit) as left:
        call_command("audit_verify", "--json")
    assert left.value.code == 1
    printed = json.loads(capsys.readouterr().out)
    assert (printed["rows"], printed["head_seq"], printed["anchors"]) == (19, 12, 1)
    assert printed["damage"] == {"kind": "removed", "seq": 13, "message": "row 13 is missing"}
