"""The five wards' files: complete, readable, and true to the plans."""

import re
from pathlib import Path

import pytest
import yaml

from kusei.base.kernel import wards
from kusei.base.kernel.wards import WardError, load_ward

SLUGS = ["kita", "ota", "setagaya", "suginami", "sumida"]
PLANS = wards.WARDS.parent.parent / "shared" / "plans"


def _write(tmp_path: Path, change) -> Path:
    """A folder of wards with one ward, changed from Sumida's by `change(data)`."""
    data = yaml.safe_load((wards.WARDS / "sumida" / "ward.yaml").read_text("utf-8"))
    change(data)
    (tmp_path / "sumida").mkdir()
    (tmp_path / "sumida" / "ward.yaml").write_text(yaml.safe_dump(data, allow_unicode=True), "utf-8")
    return tmp_path


def test_there_are_the_five_wards():
    assert wards.ward_slugs() == SLUGS


@pytest.mark.parametrize(
    ("slug", "code", "name"),
    [
        ("sumida", "13107", "墨田区"),
        ("setagaya", "13112", "世田谷区"),
        ("kita", "13117", "北区"),
        ("suginami", "13115", "杉並区"),
        ("ota", "13111", "大田区"),
    ],
)
def test_a_ward_knows_its_code_and_name(slug, code, name):
    ward = load_ward(slug)
    assert (ward.code, ward.name["ja"]) == (code, name)


@pytest.mark.parametrize("slug", SLUGS)
def test_a_procedure_finds_its_department_in_every_ward(slug):
    ward = load_ward(slug)
    assert ward.path("kosodate") == "kodomo/kosodate"
    assert ward.path("teate") == "kodomo/kosodate/teate"
    assert {"joho", "hoiku", "juki", "zei", "somu"} <= {department.code for _path, department in ward.walk()}
    assert any(department.kind == "office" for _path, department in ward.walk())
    with pytest.raises(KeyError):
        ward.path("nowhere")


def test_the_posts_that_decide_are_named_lowest_first():
    assert [name["ja"] for name in wards.posts().values()] == ["主事", "係長", "課長", "部長", "副区長", "区長"]


@pytest.mark.parametrize("slug", SLUGS)
def test_no_telephone_number_can_be_anybodys(slug):
    text = (wards.WARDS / slug / "ward.yaml").read_text("utf-8")
    phones = re.findall(r"0\d{1,4}-\d{1,4}-\d{4}", text)
    assert len(phones) > 20
    assert all(phone.startswith("03-0000-") for phone in phones)
    assert load_ward(slug).office.demonstration


@pytest.mark.parametrize("slug", SLUGS)
def test_the_made_towns_are_distinct(slug):
    towns = wards.made_towns(slug)
    assert len(set(towns)) == len(towns) >= 12


@pytest.mark.skipif(not PLANS.is_dir(), reason="the published plans are not beside the checkout (../shared/plans)")
@pytest.mark.parametrize("slug", SLUGS)
def test_names_taken_from_a_plan_stand_on_the_line_given(slug):
    lines = (PLANS / f"{slug}.txt").read_text("utf-8").split("\n")
    quoted = [d for _path, d in load_ward(slug).walk() if re.fullmatch(r"plan \d+", d.source)]
    assert quoted
    for department in quoted:
        line = lines[int(department.source.split()[1]) - 1]
        assert department.name["ja"] in line.replace(" ", ""), department.code


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda d: d.update(colour="#888888"), "contrast"),
        (lambda d: d.update(slug="kita"), "differs from the folder"),
        (lambda d: d["name"].pop("en"), "no text in: en"),
        (lambda d: d["name"].update(xx="?"), "unknown languages: xx"),
        (lambda d: d["departments"].pop(), "departments missing: kyoiku"),
        (lambda d: d["departments"][0].update(code="kodomo"), "used twice: kodomo"),
        (lambda d: d["departments"][0].update(kind="subsection"), "can't lie in kikaku"),
        (lambda d: d["office"].update(phone="110"), "phone"),
        (lambda d: d.update(mayor="?"), "mayor"),
    ],
)
def test_a_faulty_ward_file_is_refused_with_its_fault(tmp_path, change, complaint):
    folder = _write(tmp_path, change)
    with pytest.raises(WardError, match=complaint) as error:
        load_ward("sumida", folder)
    assert "ward.yaml" in str(error.value)


def test_a_ward_that_is_not_there_is_named_with_those_that_are(tmp_path):
    with pytest.raises(WardError, match="sumida"):
        load_ward("atlantis", tmp_path)


def test_contrast_is_that_of_the_standard():
    assert wards.contrast_to_white("#000000") == pytest.approx(21)
    assert wards.contrast_to_white("#ffffff") == pytest.approx(1)
    assert wards.contrast_to_white("#767676") == pytest.approx(4.54, abs=0.005)
