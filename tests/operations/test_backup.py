"""A backup taken while people submit, restored elsewhere, compared row by row and file by file."""

import hashlib
import json
import re
import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import psutil
import pytest
from django import db

from kusei.base.files.sweep import sweep
from kusei.base.jobs.handlers import Later
from kusei.base.kernel import clock
from kusei.site import backup, bundle, processes, restore
from kusei.site.bundle import BackupError, Manifest
from kusei.site.cluster import Layout

CHANGED_BY_RESTORE = {"audit_entry", "accounts_session", "papers_series"}


@pytest.fixture(scope="module")
def loaded(ward, tmp_path_factory) -> tuple[Path, list[dict]]:
    """A backup taken under load, and the lines that the load wrote: what was committed, and when."""
    folder = tmp_path_factory.mktemp("backup")
    written = folder / "load.jsonl"
    written.touch()

    def wait_for_more(count: int) -> None:
        until = len(written.read_text().splitlines()) + count
        assert processes.wait_until(lambda: len(written.read_text().splitlines()) >= until, seconds=60)

    with ward.start(str(Path(__file__).with_name("inside.py")), "load", str(written)) as load:
        wait_for_more(6)
        ward.kusei("backup", str(folder / "one"))
        wait_for_more(3)
        load.stdin.close()
        complaint = load.stderr.read()
    assert (load.returncode, complaint) == (0, "")
    return folder / "one", [json.loads(line) for line in written.read_text().splitlines()]


@pytest.fixture(scope="module")
def manifest(loaded) -> Manifest:
    return restore.read_manifest(loaded[0])


@pytest.fixture(scope="module")
def restored(make_ward, ward, loaded):
    made = make_ward()
    made.take_keys_of(ward)
    made.act("restore", str(loaded[0]))
    return made


def numbers(ward) -> set[str]:
    with ward.connect() as connection:
        return {number for (number,) in connection.execute("SELECT receipt_number FROM ask_application")}


def test_what_was_committed_by_the_instant_is_restored_and_what_began_after_the_backup_is_not(
    loaded, manifest, restored
):
    _folder, lines = loaded
    before = {line["number"] for line in lines if datetime.fromisoformat(line["committed"]) <= manifest.instant}
    after = {line["number"] for line in lines if datetime.fromisoformat(line["began"]) > manifest.finished}
    during = {line["number"] for line in lines} - before - after
    assert before
    assert after
    assert during, "the load must have gone on while the backup was taken"
    assert before <= numbers(restored)
    assert not after & numbers(restored)


def test_no_submission_is_restored_by_halves(restored):
    with restored.connect() as connection:
        torn = connection.execute("""
            SELECT a.receipt_number FROM ask_application a
             WHERE NOT EXISTS (SELECT FROM ask_answerset s WHERE s.application_id = a.id AND s.number = 1)
                OR NOT EXISTS (SELECT FROM decide_case c WHERE c.number = a.receipt_number)
                OR NOT EXISTS (SELECT FROM tell_message m WHERE m.account_id = a.account_id)
                OR NOT EXISTS (SELECT FROM audit_entry e WHERE e.what = 'ask.submit' AND e.object_id = a.id::text)
                OR EXISTS (SELECT FROM ask_draft d WHERE d.id = a.draft_id AND d.submitted_at IS NULL)
            """).fetchall()
    assert not torn


def test_every_file_that_a_restored_row_names_is_there_whole(loaded, restored):
    _folder, lines = loaded
    with restored.connect() as connection:
        named = {name for (name,) in connection.execute("SELECT sha256 FROM files_storedfile")}
    there = {path.name: path for path in (restored.home / "files").rglob("*") if path.is_file()}
    assert named & {line["file"] for line in lines}
    assert named <= there.keys()
    for name, path in there.items():
        assert hashlib.sha256(path.read_bytes()).hexdigest() == name


def test_the_restored_audit_log_is_whole_and_tells_of_the_restore(manifest, restored):
    assert "The audit log is whole." in restored.kusei("audit", "verify")
    with restored.connect() as connection:
        row = connection.execute(
            "SELECT lane, place, what, detail FROM audit_entry ORDER BY seq DESC LIMIT 1"
        ).fetchone()
    ends = {head.lane: head.place for head in manifest.audit}
    assert row[1:3] == (ends.get(row[0], 0) + 1, "site.restore")
    assert json.loads(row[3])["instant"] == manifest.instant.isoformat()
    anchored = [json.loads(line) for line in (restored.home / "audit" / "anchors.jsonl").read_text().splitlines()]
    assert [lane_place[1] for lane_place in anchored[-1]["heads"] if lane_place[0] == row[0]] == [row[1]]
    assert anchored[-2]["heads"] == [[head.lane, head.place, head.hash] for head in manifest.audit]


def test_a_log_cut_off_after_a_restore_shows(make_ward, ward, loaded):
    made = make_ward()
    made.take_keys_of(ward)
    made.act("restore", str(loaded[0]))
    with made.connect() as connection:
        connection.execute("ALTER TABLE audit_entry DISABLE TRIGGER audit_append_only")
        connection.execute("DELETE FROM audit_entry WHERE seq = (SELECT max(seq) FROM audit_entry)")
    process = made.start("-m", "kusei.site", "audit", "verify")
    assert "cut off" in process.communicate()[0]


def test_a_quiet_ward_comes_back_row_by_row_and_file_by_file(make_ward, ward, loaded, tmp_path):
    ward.kusei("backup", str(tmp_path / "quiet"), "--link")
    copy = make_ward()
    copy.take_keys_of(ward)
    copy.act("restore", str(tmp_path / "quiet"))
    with ward.connect() as old, copy.connect() as new:
        names = [name for name, _key in old.execute(bundle.TABLES)]
        assert [name for name, _key in new.execute(bundle.TABLES)] == names
        for name in sorted(set(names) - CHANGED_BY_RESTORE):
            query = f"SELECT t::text FROM public.{name} AS t ORDER BY 1"
            assert new.execute(query).fetchall() == old.execute(query).fetchall(), name
        assert bundle.privileges(new) == bundle.privileges(old)
    assert sorted(json.loads(copy.act("files"))) == sorted(json.loads(ward.act("files")))


def test_paper_numbers_given_out_after_the_backup_never_come_again(make_ward, ward, loaded, restored):
    out = [
        json.loads(ward.act("paper_numbers", "墨子", "児手", "墨新"))
    ]  # the last one's series begins after the backup
    out += [json.loads(restored.act("paper_numbers", "墨子", "児手", "墨新"))]
    again = make_ward()
    again.take_keys_of(ward)
    again.act("restore", str(loaded[0]), "2")
    out += [json.loads(again.act("paper_numbers", "墨子", "児手", "墨新"))]
    given = [number for numbers in out for number in numbers]
    assert len(set(given)) == len(given)
    counts = [[int(re.search(r"第(\d+)号", number)[1]) for number in numbers] for numbers in out]
    assert all(first < second < third for first, second, third in zip(*counts, strict=True))


def test_more_numbers_are_skipped_than_can_have_been_given_out_and_more_the_later():
    instant = datetime.fromisoformat("2026-04-01T00:00:00+00:00")
    hour = restore.skipped(instant, instant + timedelta(hours=1))
    assert hour >= 60 * restore.NUMBERS_A_MINUTE
    assert restore.skipped(instant, instant + timedelta(hours=2)) - hour >= 60 * restore.NUMBERS_A_MINUTE


def test_a_restore_ends_in_a_later_minute_than_it_began_in():
    begun = datetime.fromisoformat("2026-04-01T00:00:59+00:00")
    assert restore.same_minute(begun, begun) == 1.0
    assert restore.same_minute(begun, begun + timedelta(seconds=1)) == 0.0
    assert restore.same_minute(begun, begun + timedelta(minutes=5)) == 0.0


def test_an_altered_row_of_a_restored_database_is_found(make_ward, ward, loaded, manifest):
    made = make_ward()
    with made.connect() as connection:
        dump = str(loaded[0] / bundle.DUMP)
        bundle.tool("pg_restore", connection_settings(made), "--no-owner", "--no-acl", "--dbname=kusei", dump)
        connection.execute(
            "UPDATE parties_party SET name = name || '　' WHERE id = (SELECT min(id::text) FROM parties_party)::uuid"
        )
        with pytest.raises(BackupError, match=r"parties_party \("):
            restore.compare(connection, manifest.model_copy(update={"files": 0, "missing": everything(connection)}))


def connection_settings(ward) -> dict:
    """The owner's Django `DATABASES` entry."""
    return Layout.of(ward.home).database("owner")


def everything(connection) -> list[str]:
    return [name for (name,) in connection.execute("SELECT sha256 FROM files_storedfile")]


def test_a_home_that_is_not_empty_is_refused_and_left_as_it_is(ward, loaded):
    before = numbers(ward)
    complaint = ward.kusei("restore", str(loaded[0]), fails=True)
    assert "Not empty:" in complaint
    assert "the database" in complaint
    assert numbers(ward) == before


def test_without_the_datas_keys_nothing_is_restored_unless_that_is_meant(make_ward, loaded):
    made = make_ward()
    complaint = made.kusei("restore", str(loaded[0]), fails=True)
    assert "django" in complaint
    with made.connect() as connection:
        assert connection.execute(bundle.TABLES).fetchall() == []
    made.act("restore", str(loaded[0]), "0", "--without-keys")
    assert numbers(made)


def test_a_restore_that_was_cut_off_leaves_nothing_that_could_be_served(make_ward, ward, loaded):
    made = make_ward()
    made.take_keys_of(ward)
    running = made.start("-m", "kusei.site", "restore", str(loaded[0]))
    assert processes.wait_until(bundle.marker(made.home).exists, seconds=60)
    for process in (*psutil.Process(running.pid).children(recursive=True), running):
        process.kill()
    running.wait()
    assert "was begun and not finished" in made.run("-c", "import kusei.site.wsgi", fails=True)
    assert "was begun and not finished" in made.kusei("demo", fails=True)


def test_a_finished_restore_leaves_no_such_sign(restored):
    assert not bundle.marker(restored.home).exists()


@pytest.mark.parametrize("part", ["database.dump", "files", "anchors.jsonl", "files.sha256", "manifest.json"])
def test_a_damaged_backup_is_refused_before_anything_is_changed(part, make_ward, ward, loaded, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(loaded[0], copy)
    target = copy / part if part != "files" else next(path for path in (copy / part).rglob("*") if path.is_file())
    content = bytearray(target.read_bytes())
    content[len(content) // 2] ^= 1
    target.write_bytes(content)
    made = make_ward()
    made.take_keys_of(ward)
    assert "kusei: " in made.kusei("restore", str(copy), fails=True)
    with made.connect() as connection:
        assert connection.execute(bundle.TABLES).fetchall() == []
    assert not (made.home / "files").exists()


def test_a_backup_that_was_not_finished_is_none(loaded, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(loaded[0], copy)
    (copy / "manifest.json").unlink()
    with pytest.raises(BackupError, match="was not finished"):
        restore.read_manifest(copy)


def test_a_backup_holds_no_key_and_nobody_else_may_read_it(ward, loaded):
    folder, _lines = loaded
    secret = (ward.home / "secrets" / "django").read_bytes().strip()
    for path in (folder, *folder.rglob("*")):
        assert path.stat().st_mode & 0o077 == 0
        assert path.is_dir() or secret not in path.read_bytes()


def test_a_backup_is_not_taken_into_a_folder_with_something_in_it(ward, tmp_path):
    (tmp_path / "mine").write_text("mine")
    assert "not empty" in ward.kusei("backup", str(tmp_path), fails=True)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_a_backup_whose_store_lacks_a_file_says_which(ward, tmp_path):
    with ward.connect() as connection:
        (name,) = connection.execute("SELECT sha256 FROM files_storedfile ORDER BY 1 LIMIT 1").fetchone()
    kept = ward.home / "files" / name[:2] / name[2:4] / name
    content = kept.read_bytes()
    kept.write_bytes(b"rotten")
    try:
        complaint = ward.kusei("backup", str(tmp_path / "two"), fails=True)
    finally:
        kept.write_bytes(content)
    assert "1 files that rows name are missing" in complaint
    assert restore.read_manifest(tmp_path / "two").missing == [name]


def test_it_restores_into_a_database_of_ones_own_too(make_ward, ward, loaded, tmp_path):
    made = make_ward()
    with made.connect() as connection:
        connection.execute("CREATE DATABASE other")
    made.take_keys_of(ward)
    host = connection_settings(made)["HOST"]
    elsewhere = replace(made, variables={"DATABASE_URL": f"postgresql://kusei_owner@/other?host={host}"})
    elsewhere.act("restore", str(loaded[0]))
    with bundle.connect({**connection_settings(made), "NAME": "other"}) as connection:
        assert connection.execute("SELECT count(*) FROM ask_application").fetchone()[0] > 0
    elsewhere.kusei("backup", str(tmp_path / "again"))
    assert restore.read_manifest(tmp_path / "again").rows > 0


def test_files_are_not_swept_while_a_backup_names_them(transactional_db):
    with backup.snapshot_of(db.connection.settings_dict), pytest.raises(Later):
        sweep(clock.now())
    sweep(clock.now())
