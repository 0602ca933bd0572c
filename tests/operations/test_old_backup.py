"""A backup from before the last migrations: restored, and brought to the tables of now; or refused with what to do."""

import json

import pytest


@pytest.fixture(scope="module")
def old(make_ward):
    return make_ward()


def test_a_backup_from_before_the_lanes_of_the_audit_log_is_restored_and_its_chain_goes_on(make_ward, old, tmp_path):
    folder = tmp_path / "old"
    old.act("old_backup", str(folder))
    manifest = json.loads((folder / "manifest.json").read_text())
    assert "audit.0002_append_only" in manifest["migrations"]
    assert "audit.0003_lanes" not in manifest["migrations"]
    made = make_ward()
    made.take_keys_of(old)
    said = made.act("restore", str(folder))
    assert "older Kusei" in said
    with made.connect() as connection:
        chain = connection.execute("SELECT lane, count(*) FROM audit_entry GROUP BY lane ORDER BY lane").fetchall()
        file = connection.execute("SELECT file_name, state, problem FROM record_import").fetchone()
    assert chain[0] == (0, 3)
    assert len(chain) == 2, "what the restore itself wrote begins a lane"
    assert file == ("old.csv", "checked", "")
    assert "damage" not in made.kusei("manage", "audit_verify")
    assert not (made.home / "restoring").exists()


def test_a_backup_that_the_migrations_cannot_take_is_refused_with_what_to_do(make_ward, tmp_path):
    broken = make_ward()
    folder = tmp_path / "broken"
    broken.act("old_backup", str(folder), "CREATE TABLE record_work (id int PRIMARY KEY)")
    made = make_ward()
    made.take_keys_of(broken)
    complaint = made.act("restore", str(folder), fails=True)
    assert "can't be brought from Kusei" in complaint
    assert "restore with the Kusei that made the backup" in complaint
    assert (made.home / "restoring").exists(), "nobody may serve it"
