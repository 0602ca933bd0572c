"""Every procedure that is nothing but words: well formed, said in three languages, with its source, and passable from the first page on."""

import itertools

import pytest
import yaml
from django.conf import settings

from kusei.base.ask import catalogue, rules
from kusei.base.kernel.i18n import WRITTEN
from kusei.base.kernel.wards import load_ward, ward_slugs
from kusei.base.web.occasions import OCCASIONS

SLUGS = catalogue.of_words_alone()
GUIDE = {"who", "bring", "where", "fee", "how_long", "form"}
FOLDER = settings.WARDS_FOLDER / "_common" / "procedures"


def written(slug):
    return catalogue.written(slug)


@pytest.mark.parametrize("slug", SLUGS)
def test_it_is_complete_and_names_its_source(slug):
    found = written(slug)
    assert found.law, "no ground in law"
    assert found.sources, "no page it was written from"
    assert set(found.guide) >= GUIDE
    assert "when" in found.guide or found.deadline
    assert found.category in {occasion.code for occasion in OCCASIONS}
    assert len(found.keywords) >= 4
    assert found.assurance != "email" or found.applicant


@pytest.mark.parametrize("slug", SLUGS)
def test_every_text_is_said_in_three_languages(slug):
    assert list(untold(written(slug).stored(), ())) == []


def untold(node, path):
    if isinstance(node, dict):
        if "ja" in node and not set(WRITTEN) <= set(node) and "route" not in path:
            yield "/".join(path)
        for key, value in node.items():
            yield from untold(value, (*path, str(key)))
    elif isinstance(node, list):
        for place, value in enumerate(node):
            yield from untold(value, (*path, str(place)))


@pytest.mark.parametrize("slug", SLUGS)
def test_every_page_can_be_reached(slug):
    """For each page, some answers to the questions that conditions look at lead there."""
    procedure = written(slug)
    asked = sorted({key for page in procedure.pages if page.when for key in catalogue_conditions(page.when)})
    reached = set()
    for answers in itertools.product(*(possible(procedure.questions[key]) for key in asked)):
        reached |= {page.key for page in rules.pages(procedure, dict(zip(asked, answers, strict=True)))}
    assert {page.key for page in procedure.pages} == reached


def catalogue_conditions(when):
    from kusei.base.ask.conditions import questions_in

    return questions_in(when)


def possible(question):
    keys = [choice.key for choice in question.choices]
    if question.kind == "choices":
        return [[], keys, *([key] for key in keys)]
    return [None, *keys, True, False]


@pytest.mark.parametrize("slug", SLUGS)
def test_its_department_is_in_every_ward(slug):
    department = written(slug).department
    assert all(load_ward(ward).path(department) for ward in ward_slugs())


@pytest.mark.parametrize("slug", SLUGS)
def test_its_example_answers_every_page_that_it_is_led_to(slug):
    procedure = written(slug)
    assert set(procedure.example) <= set(procedure.questions)
    answered = procedure.example | {
        key: ["given at the page"]
        for key, question in procedure.questions.items()
        if question.kind in ("file", "people")
    }
    assert rules.first_open(procedure, answered) is None


def test_no_module_is_named_like_a_procedure_of_words_alone():
    assert all(slug.replace("-", "").isalnum() and slug.islower() for slug in SLUGS)
    assert len(SLUGS) >= 38


def test_what_is_not_verified_and_the_example_stay_out_of_the_snapshot():
    raw = yaml.safe_load((FOLDER / "move-in.yaml").read_text("utf-8"))
    assert raw["example"]
    assert not {"example", "unverified"} & set(written("move-in").stored())
