"""docs/operations.md says what the code says: variables, rules, thresholds, commands, sealed fields."""

import json
import re
from io import StringIO

import pytest
from django.core.management import call_command, get_commands

from kusei.base.jobs import queries
from kusei.base.retention.rules import RULES
from kusei.base.secrets.rotation import sealed_fields
from kusei.site import alarms, restore, sbom
from kusei.site.commands import parse
from kusei.site.config import ROOT, Config

TEXT = (ROOT / "docs" / "operations.md").read_text("utf-8")


def rows(heading: str) -> list[list[str]]:
    """The cells of the tables under a heading, less their heads."""
    section = TEXT.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if not line.startswith("|---")]


def test_every_variable_is_listed_and_no_other():
    known = {field.validation_alias or f"KUSEI_{name.upper()}" for name, field in Config.model_fields.items()}
    listed = [cells[0].strip("`") for cells in rows("Configuration")[1:]]
    assert sorted(listed) == sorted(known)


@pytest.mark.parametrize(
    ("variable", "field"),
    [
        ("KUSEI_PORT", "port"),
        ("KUSEI_WEB_PROCESSES", "web_processes"),
        ("KUSEI_MAIL", "mail"),
        ("KUSEI_DATABASE_ROLE", "database_role"),
    ],
)
def test_defaults_are_those_of_the_code(variable, field):
    (default,) = [cells[1] for cells in rows("Configuration") if cells[0] == f"`{variable}`"]
    assert default == f"`{Config.model_fields[field].default}`"


def test_retention_is_listed_as_it_is():
    listed = {cells[0].strip("`"): int(cells[1].split()[0]) for cells in rows("Retention")[1:]}
    assert listed == {rule.kind: rule.after.days for rule in RULES}


def test_every_sealed_field_is_listed():
    listed = set(re.findall(r"`(\w+\.\w+)`", " ".join(cells[0] for cells in rows("Keys and sealed fields"))))
    assert listed == {f"{field.model._meta.db_table}.{field.column}" for field in sealed_fields()}


def test_thresholds_are_those_of_the_code():
    told = {
        cells[0]: [int(number) for number in re.findall(r"\d+", cells[1])]
        for cells in rows("Logs, metrics, alarms")[1:]
    }
    minutes = alarms.WINDOW.seconds // 60
    assert told["web"][:3] == [round(alarms.FAILING_RATE * 100), minutes, alarms.ENOUGH_FAILURES]
    assert told["queue"] == [queries.LATE.seconds // 60, round(queries.ALARMING_RATE * 100), queries.ENOUGH_TO_TELL]
    assert told["disk"] == [round(alarms.LEAST_FREE * 100)]
    assert told["audit"] == [alarms.MOST_NOT_ANCHORED.seconds // 60]
    assert told["line"][::2] == [alarms.LONGEST_SILENCE.seconds // 60, alarms.REFUSED_LATELY.seconds // 60]
    assert f"{restore.NUMBERS_A_MINUTE:,} for every minute" in TEXT


def test_every_command_that_is_named_exists():
    for words in re.findall(r"\./kusei (\w+)(?: (\w+))?", TEXT):
        if words[0] == "manage":
            assert words[1] in get_commands()
        else:
            assert parse([words[0], *["x"] * (words[0] in {"backup", "restore"})]).run


def test_the_bill_of_materials_names_every_locked_package_with_its_licence():
    said = StringIO()
    call_command("sbom", stdout=said)
    bill = json.loads(said.getvalue())
    named = {each["name"].lower(): each for each in bill["components"]}
    for name in sbom.LISTS:
        locked = re.findall(r"(?m)^([\w.-]+)(?:\[.*\])?==", (ROOT / "requirements" / f"{name}.txt").read_text())
        assert {each.lower() for each in locked} <= named.keys()
    assert named["django"]["purl"].startswith("pkg:pypi/django@5.2")
    assert named["django"]["licenses"] == [{"license": {"name": "BSD-3-Clause"}}]
    assert sum("licenses" in each for each in named.values()) > 0.9 * len(named)
