"""Reading published towns: every row is kept, changed, or left out with a reason; the same file again changes nothing."""

import json
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from kusei.base.demo import towns
from kusei.base.kernel.actors import PUBLIC, SYSTEM
from kusei.base.kernel.errors import Refused
from kusei.base.kernel.wards import load_ward, made_towns, ward_slugs
from kusei.base.parties.models import Town

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
ROWS = {"sumida": 104, "setagaya": 277, "kita": 113, "suginami": 139, "ota": 218}
real_data = pytest.mark.skipif(
    settings.DATA_FOLDER is None, reason="no published data: neither KUSEI_DATA nor ../shared/data"
)


def _folder(tmp_path, content):
    file = tmp_path / "addresses" / "墨田区.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return tmp_path


def _row(town="緑一丁目", lat=35.69, lng=139.79, koaza=""):
    return {"town": town, "koaza": koaza, "lat": lat, "lng": lng}


def _import(folder):
    out = StringIO()
    call_command("data_import", str(folder), stdout=out)
    return out.getvalue()


def test_importing_twice_changes_nothing_the_second_time(db, tmp_path):
    folder = _folder(tmp_path, [_row(), _row("緑二丁目"), _row("緑三丁目", None, None)])
    first, second = _import(folder), _import(folder)
    assert "3  added" in first
    assert "1  without a place on the map\n            緑三丁目" in first
    assert "0  added" in second
    assert "3  unchanged" in second
    town = Town.objects.get(id="13107/緑一丁目")
    assert (town.ward_code, town.name, town.lat, town.lng, town.source) == (
        "13107",
        "緑一丁目",
        35.69,
        139.79,
        towns.CREDIT,
    )


def test_a_town_that_moved_is_changed_and_one_that_vanished_stays(db, tmp_path):
    _import(_folder(tmp_path, [_row(), _row("緑二丁目")]))
    report = _import(_folder(tmp_path, [_row(lat=35.7)]))
    assert "1  changed" in report
    assert "1  in the register but not in the file (kept)\n            緑二丁目" in report
    assert Town.objects.get(name="緑一丁目").lat == 35.7
    assert Town.objects.filter(name="緑二丁目").exists()


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (_row(""), "town"),
        (_row("緑" * 51), "town"),
        ({"koaza": ""}, "town"),
        (_row(lat=None), "only one of lat and lng"),
        (_row(lat=0, lng=0), "lat"),
        (_row(lat="north"), "lat"),
        ("緑一丁目", "row 1"),
        (None, "row 1"),
    ],
)
def test_a_row_at_fault_is_left_out_with_its_number_and_reason(tmp_path, row, reason):
    rows, faults = towns.read_towns(_folder(tmp_path, [row, _row("緑四丁目")]) / "addresses" / "墨田区.json")
    assert [good.name for good in rows] == ["緑四丁目"]
    assert len(faults) == 1
    assert faults[0].startswith("row 1")
    assert reason in faults[0]


def test_a_town_given_twice_counts_once(tmp_path):
    rows, faults = towns.read_towns(_folder(tmp_path, [_row(), _row(lat=35.8)]) / "addresses" / "墨田区.json")
    assert [row.lat for row in rows] == [35.69]
    assert "twice" in faults[0]


def test_a_place_name_below_the_town_belongs_to_the_name(tmp_path):
    rows, _faults = towns.read_towns(_folder(tmp_path, [_row(koaza="字向")]) / "addresses" / "墨田区.json")
    assert rows[0].name == "緑一丁目字向"


@pytest.mark.parametrize("content", ["", "{", '{"town": "緑"}', "[" * 100_000])
def test_a_file_that_holds_no_list_is_refused_by_name(db, tmp_path, content):
    with pytest.raises(CommandError, match=r"墨田区\.json"):
        _import(_folder(tmp_path, content))
    assert not Town.objects.exists()


def test_a_folder_without_addresses_is_refused(db, tmp_path):
    with pytest.raises(CommandError, match="is not there"):
        _import(tmp_path)


def test_only_who_runs_the_system_imports_towns(transactional_db):
    with pytest.raises(Refused):
        towns.import_towns("13107", [towns.TownRow(town="緑一丁目")], source="?", by=PUBLIC, now=NOW)
    assert not Town.objects.exists()


@pytest.mark.real_input
@real_data
@pytest.mark.parametrize("slug", ward_slugs())
def test_every_published_town_of_a_ward_is_taken_in_and_the_made_ones_are_among_them(db, slug):
    ward = load_ward(slug)
    rows, faults = towns.read_towns(towns.address_file(settings.DATA_FOLDER, ward))
    report = towns.import_towns(ward.code, rows, source=towns.CREDIT, by=SYSTEM, now=NOW)
    assert (len(rows), faults, len(report.added)) == (ROWS[slug], [], ROWS[slug])
    assert set(made_towns(slug)) <= {row.name for row in rows}
    assert report.without_place == (["令和島一丁目", "令和島二丁目"] if slug == "ota" else [])
    assert Town.objects.filter(ward_code=ward.code, lat=None).count() == len(report.without_place)
