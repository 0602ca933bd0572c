"""Procedures: faults are found and named when they are published, not when a resident meets them."""

import copy

import pytest
import yaml
from django.conf import settings
from pydantic import ValidationError

from kusei.base.ask import catalogue
from kusei.base.ask.schema import Procedure

CLAIM = "child_allowance/claim"


@pytest.fixture
def written():
    path = settings.WARDS_FOLDER / "_common" / "procedures" / f"{CLAIM}.yaml"
    return catalogue.with_common(yaml.safe_load(path.read_text("utf-8")))


def test_the_claim_survives_being_stored_and_read_again(written):
    first = Procedure.model_validate(written)
    again = Procedure.model_validate(first.stored())
    assert again.stored() == first.stored()


def test_every_text_a_resident_reads_is_in_three_languages(written):
    lacking = []

    def walk(node, path):
        if isinstance(node, dict):
            if "ja" in node and not {"ja-easy", "en"} <= set(node) and "decide" not in path:
                lacking.append("/".join(path))
            for key, value in node.items():
                walk(value, [*path, str(key)])
        elif isinstance(node, list):
            for i, value in enumerate(node):
                walk(value, [*path, str(i)])

    walk(written, [])
    assert lacking == []


def broken(written, change):
    definition = copy.deepcopy(written)
    change(definition)
    return definition


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d["pages"][1].update(when={"agreement": {"has": "true"}}), "not asked on an earlier page"),
        (lambda d: d["pages"].append({"key": "again", "ask": ["phone"]}), "asked twice"),
        (lambda d: d["pages"].append({"key": "ghost", "ask": ["ghost"]}), "asked but not described"),
        (lambda d: d["questions"].update(extra={"kind": "text", "label": {"ja": "余分"}}), "on no page"),
        (lambda d: d["pages"].append({"key": "you", "ask": ["x"]}), "same key"),
        (lambda d: d["pages"].append({"key": "empty"}), "needs either"),
        (lambda d: d["pages"].append({"key": "check", "stop": {"ja": "止"}}), "can't be called"),
        (lambda d: d["questions"]["living"].update(choices=[]), "needs choices"),
        (lambda d: d["questions"]["phone"].update(colour="red"), "Extra inputs"),
        (lambda d: d["title"].pop("ja"), "ja"),
        (lambda d: d["decide"].update(within=0), "greater than or equal"),
    ],
)
def test_a_fault_is_refused_and_named(written, change, said):
    with pytest.raises(ValidationError, match=said):
        Procedure.model_validate(broken(written, change))


def test_the_digest_does_not_depend_on_the_order_of_keys():
    assert catalogue.digest({"a": 1, "b": {"c": "葛󠄀"}}) == catalogue.digest({"b": {"c": "葛󠄀"}, "a": 1})
    assert catalogue.digest({"a": 1}) != catalogue.digest({"a": 2})


def test_a_procedure_nobody_wrote_is_not_found():
    with pytest.raises(FileNotFoundError):
        catalogue.written("no/such")
