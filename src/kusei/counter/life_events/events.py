"""Life events (手続ナビ) as data: what happened, a few questions, and for each thing to do one condition. Written in `wards/<ward>/life_events`."""

import functools
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from pydantic import model_validator

from kusei.base.ask import shared
from kusei.base.ask.conditions import Condition, questions_in
from kusei.base.ask.deadline import Deadline
from kusei.base.ask.schema import Choice, Key, Law, Strict
from kusei.base.ask.texts import Text

FOLDER = "life_events"


class Asked(Strict):
    """A question with a few answers, asked when its condition holds."""

    label: Text
    hint: Text | None = None
    choices: list[Choice]
    when: Condition | None = None


class Need(Strict):
    """One thing to do (必要な手続): a procedure of the ward by its slug, or a task elsewhere in words. `when`: its one condition over the
    answers; since, until: the days between which it holds, both inclusive. A procedure brings its own deadline; `starts_from` none of it where the term runs from
    another day than the event's."""

    procedure: str | None = None
    task: Text | None = None
    note: Text | None = None
    where: Text | None = None
    deadline: Deadline | None = None
    law: list[Law] = []
    when: Condition | None = None
    since: date | None = None
    until: date | None = None
    own_day: bool = False

    @model_validator(mode="after")
    def _one_of_two(self) -> "Need":
        if bool(self.procedure) == bool(self.task):
            raise ValueError("a need is either a procedure or a task")
        return self


class LifeEvent(Strict):
    """What happened (ライフイベント). `happened`: what its day is called, from which deadlines are counted."""

    title: Text
    line: Text
    category: str
    happened: Text
    questions: dict[Key, Asked]
    needs: list[Need]
    sources: list[dict[str, str]] = []

    @model_validator(mode="after")
    def _hangs_together(self) -> "LifeEvent":
        earlier: set[str] = set()
        for key, question in self.questions.items():
            if question.when is not None and (ahead := questions_in(question.when) - earlier):
                raise ValueError(f"{key}: its condition asks for {sorted(ahead)}, not asked before")
            earlier.add(key)
        for need in self.needs:
            if need.when is not None and (unknown := questions_in(need.when) - earlier):
                raise ValueError(f"{need.procedure or need.task}: its condition asks for {sorted(unknown)}")
        return self


def names() -> list[str]:
    """Every life event of the ward, in the order of the alphabet."""
    folders = (Path(settings.WARDS_FOLDER) / folder / FOLDER for folder in ("_common", settings.WARD))
    return sorted({path.stem for folder in folders for path in folder.glob("*.yaml")})


@functools.lru_cache(maxsize=64)
def _read(path: Path, changed: int) -> LifeEvent:
    definition: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    laws = shared.parts()["laws"]
    for need in definition["needs"]:
        need["law"] = [{"text": law} | laws[law.split(" ")[0]] for law in need.get("law", [])]
    return LifeEvent.model_validate(definition)


def named(name: str) -> LifeEvent | None:
    """The event as the ward's own file says it, else the common one; None where there is none."""
    if name not in names():
        return None
    for folder in (settings.WARD, "_common"):
        path = Path(settings.WARDS_FOLDER) / folder / FOLDER / f"{name}.yaml"
        if path.exists():
            return _read(path, path.stat().st_mtime_ns)
    return None
