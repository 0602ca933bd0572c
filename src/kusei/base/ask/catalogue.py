"""Procedures on disk and in the database: YAML files of the ward over the common ones, published to snapshots that never change."""

import functools
import hashlib
import json
from datetime import date
from pathlib import Path
from uuid import UUID

import yaml
from django.conf import settings
from django.db import connection

from kusei.base.ask import shared
from kusei.base.ask.models import Snapshot
from kusei.base.ask.schema import Procedure

FOLDER = "procedures"


def written(slug: str) -> Procedure:
    """The procedure as it stands in the ward's folder, else in the common one; a ward's that says `over: _common` changes only parts of it.
    Raises FileNotFoundError and ValidationError."""
    own, common = (
        Path(settings.WARDS_FOLDER) / folder / FOLDER / f"{slug}.yaml" for folder in (settings.WARD, "_common")
    )
    path = own if own.exists() else common
    if not path.exists():
        raise FileNotFoundError(f"no procedure {slug!r} in wards/{settings.WARD} or wards/_common")
    definition = yaml.safe_load(path.read_text("utf-8"))
    if definition.pop(shared.OVER, None):
        definition = shared.laid_over(yaml.safe_load(common.read_text("utf-8")), definition)
    return Procedure.model_validate(complete(definition))


def of_words_alone() -> list[str]:
    """The procedures that no module's code stands behind: every YAML file of the ward or common to all that lies in no module's folder."""
    folders = (Path(settings.WARDS_FOLDER) / folder / FOLDER for folder in ("_common", settings.WARD))
    return sorted({path.stem for folder in folders for path in folder.glob("*.yaml")})


def complete(definition: dict) -> dict:
    """A definition as somebody writes it, with all that it takes from elsewhere put in its place."""
    return with_common(shared.expanded(definition))


def with_common(definition: dict) -> dict:
    """The definition with questions that say `use: phone` filled in from `wards/_common/questions.yaml`; what they say themselves holds."""
    questions = definition.get("questions") or {}
    if any(_uses(question) for question in questions.values()):
        common = yaml.safe_load((Path(settings.WARDS_FOLDER) / "_common" / "questions.yaml").read_text("utf-8"))
        _fill_in(questions, common)
    return definition


def _uses(question: dict) -> bool:
    return "use" in question or any(_uses(inside) for inside in (question.get("questions") or {}).values())


def _fill_in(questions: dict, common: dict) -> None:
    for key, question in questions.items():
        if "use" in question:
            questions[key] = common[question["use"]] | {name: v for name, v in question.items() if name != "use"}
        _fill_in(question.get("questions") or {}, common)


def publishing(slug: str) -> None:
    """Hold whoever else publishes the same procedure until the transaction ends, so that versions are numbered one after another."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"ask.publish/{slug}"])


def digest(definition: dict) -> str:
    """SHA-256 of a definition in canonical JSON, hexadecimal."""
    plain = json.dumps(definition, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()


@functools.lru_cache(maxsize=512)
def _procedure(snapshot_id: UUID) -> Procedure:
    return Procedure.model_validate(Snapshot.objects.values_list("definition", flat=True).get(id=snapshot_id))


def procedure_of(snapshot_id: UUID) -> Procedure:
    """The procedure of a snapshot. Kept in memory: a snapshot never changes."""
    return _procedure(snapshot_id)


@functools.lru_cache(maxsize=512)
def definition_of(snapshot_id: UUID) -> dict:
    """A snapshot's definition as plain data, to be read only; kept in memory likewise."""
    return procedure_of(snapshot_id).stored()


def current(slug: str, today: date) -> Snapshot | None:
    """The version in force on a day: the newest whose day has come; without its definition, which `procedure_of` has."""
    return (
        Snapshot.objects.filter(procedure=slug, valid_from__lte=today)
        .defer("definition")
        .order_by("-valid_from", "-number")
        .first()
    )
