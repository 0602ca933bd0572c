"""What a linter of imports can't see: strings that cross wings, code among the wards' data, rooms without tests, too much in one place."""

import subprocess
from pathlib import Path

import pytest
import yaml
from tests.guards import house
from tests.guards.house import ROOT, SOURCE, WINGS, Names, crossings, files, long_functions

from kusei.base.kernel.offers import Offers, Registry
from kusei.site.offers import register_all

FLOORS = ("base", *WINGS)
NEIGHBOUR = [Names("city", "lost_property", frozenset({"lost_property_item"}))]


@pytest.fixture(scope="module")
def tracked() -> list[Path]:
    """Every file that git knows; where there is no git, every file of the folders that are ours."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode == 0:
        return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]
    return [
        path
        for folder in ("src", "tests", "wards", "docs", "benchmarks")
        for path in (ROOT / folder).rglob("*")
        if path.is_file()
    ]


def test_no_file_names_a_module_of_another_wing():
    modules = house.modules_of_wings()
    assert modules, "no wing has a module: the walk sees nothing"
    found = {
        str(path.relative_to(ROOT)): strays
        for floor in FLOORS
        for path in files(SOURCE / floor)
        if (strays := crossings(path, path.read_text(), floor, modules))
    }
    assert found == {}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("models.py", 'item = models.ForeignKey("lost_property.Item", on_delete=models.PROTECT)'),
        ("actions.py", 'Item = apps.get_model("lost_property", "Item")'),
        ("views.py", 'def go():\n    return redirect("lost_property:item", 1)'),
        ("views.py", 'def go(request):\n    return render(request, "lost_property/item.html")'),
        ("queries.py", 'FOUND = "SELECT count(*) FROM lost_property_item WHERE claimed"'),
        ("queries.py", 'load = import_string("kusei.city.lost_property.rules.fee")'),
        ("0002_item.py", 'dependencies = [("lost_property", "0001_initial")]'),
        ("page.html", "<a href=\"{% url 'lost_property:item' item.id %}\">"),
        ("page.html", '{% extends "lost_property/base.html" %}'),
        ("page.html", "{% include 'lost_property/_row.html' %}"),
        ("old.sql", "DELETE FROM lost_property_item;"),
    ],
)
def test_every_way_of_naming_another_wing_is_seen(name, content):
    assert crossings(Path(name), content, "base", NEIGHBOUR)
    assert crossings(Path(name), content, "family", NEIGHBOUR)
    assert not crossings(Path(name), content, "city", NEIGHBOUR)


def test_words_that_only_look_like_another_wing_are_not_taken_for_it():
    for content in (
        '"""Unlike lost_property:item, this."""',
        'a = "my_lost_property.Item"',
        "b = 'src/lost_property_items'",
    ):
        assert crossings(Path("x.py"), content, "base", NEIGHBOUR) == []


def test_the_wards_folder_holds_data_only(tracked):
    kept = [path for path in tracked if path.is_relative_to(ROOT / "wards")]
    assert kept
    for path in kept:
        assert path.suffix == ".yaml", path
        assert not path.stat().st_mode & 0o111, f"{path} can be run"
        for event in yaml.parse(path.read_text(), Loader=yaml.SafeLoader):
            assert not getattr(event, "tag", None), f"{path}: the tag {event.tag} could make more than data"


def test_no_file_is_longer_than_one_can_hold_in_mind(tracked):
    generated = {"LICENSE", "package-lock.json"}
    ours = [
        p
        for p in tracked
        if p.name not in generated
        and "migrations" not in p.parts
        and p.suffix in {*house.READ, ".yaml", ".md", ".toml"}
    ]
    long = {
        str(p.relative_to(ROOT)): n
        for p in ours
        if p.parent.name != "requirements" and (n := p.read_text().count("\n")) > house.LONGEST_FILE
    }
    assert long == {}


def test_no_function_is_longer_than_a_screen(tracked):
    ours = [path for path in tracked if path.suffix == ".py" and "migrations" not in path.parts]
    assert {str(path.relative_to(ROOT)): found for path in ours if (found := long_functions(path.read_text()))} == {}


def test_a_long_function_is_found_and_a_long_table_is_not():
    body = "".join(f"    step({n})\n" for n in range(60))
    assert long_functions(f"def all_at_once():\n{body}") == ["all_at_once (61 lines)"]
    assert long_functions(
        f"class A:\n    async def go(self):\n{''.join(f'        step({n}){chr(10)}' for n in range(55))}"
    ) == ["go (56 lines)"]
    rows = "".join(f"        ({n}, 'x'),\n" for n in range(60))
    assert long_functions(f"def rows():\n    return [\n{rows}    ]\n") == []


@pytest.mark.parametrize(("name", "folder"), house.own_packages().items())
def test_every_module_has_tests(name, folder):
    written = [path for path in (folder / "tests").glob("test_*.py") if "def test_" in path.read_text()]
    assert written, f"{name} has no tests"


def test_what_modules_offer_has_names_of_its_own_that_fit_an_address():
    registry = Registry()
    register_all(registry)
    for kind in ("registers", "datasets", "layers"):
        names = [offered.name for offered in registry.all(kind)]
        assert len(names) == len(set(names)) > 0, kind
        assert all(name.replace("-", "").isalnum() and name.isascii() for name in names), names
    for kind in ("jobs", "indicators"):
        names = [offered.name for offered in registry.all(kind)]
        assert len(names) == len(set(names)) > 0, kind
    assert len({offers.module for offers in registry.modules()}) == len(registry.modules())
    procedures = list(registry.all("procedures"))
    assert len(procedures) == len(set(procedures)) > 0


def test_every_module_of_a_wing_is_registered_by_name():
    registry = Registry()
    register_all(registry)
    assert {module.label for module in house.modules_of_wings()} <= {offers.module for offers in registry.modules()}
    assert all(isinstance(offers, Offers) for offers in registry.modules())
