"""Which way a proposal takes (決裁ルート): who decides follows from dated rules (事案決定・専決), who is heard before from the line and the
departments concerned (審議, 合議). Pure, but for two data files of the ward."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import yaml
from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict, Field, model_validator

from kusei.base.kernel.calendar import WARDS, fiscal_year, fiscal_year_days
from kusei.base.kernel.errors import NotNow
from kusei.base.kernel.wards import posts
from kusei.base.staff.rules import POSTS_UPWARDS, rank

REVIEW, CONSULT, DECIDE = "review", "consult", "decide"
GRAVITIES = ("minor", "ordinary", "important")
Names = dict[str, str]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


# ---- who decides (専決) ----------------------------------------------------------------------------------------------------


class Delegation(_Data):
    """One row of the ward's table: in matters of this kind and gravity (any, where empty), for amounts `below` so many yen (any, where
    None), the post decides, from a day until a day."""

    matter: str
    gravity: str = ""
    below: int | None = Field(default=None, gt=0)
    post: str
    since: date
    until: date | None = None
    source: str

    def fits(self, matter: str, gravity: str, amount: int | None, on: date) -> bool:
        """Whether the row holds for a matter on a day. An amount that isn't known counts as larger than any."""
        in_force = self.since <= on and (self.until is None or on <= self.until)
        small = self.below is None or (amount is not None and amount < self.below)
        return in_force and self.matter == matter and self.gravity in ("", gravity) and small


def decider(table: Sequence[Delegation], matter: str, gravity: str, amount: int | None, on: date) -> Delegation:
    """The row by which a matter is decided on a day: of those that fit, the lowest post's (事案決定規程, 別表).

    amount: whole yen, None where the matter has none. Raises LookupError where the table says nothing about such a matter.
    """
    fitting = [row for row in table if row.fits(matter, gravity, amount, on)]
    if not fitting:
        raise LookupError(f"no rule says who decides {matter!r} ({gravity}, {amount}) on {on}")
    return min(fitting, key=lambda row: rank(row.post))


# ---- the stops of a route --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Stop:
    """One stop of a route: what is done there (review, consult, decide), by which post of which department. Stops of one stage are
    asked at once (並列), stages one after the other (直列)."""

    kind: str
    permission: str
    post: str
    department: str
    label: Mapping[str, str]
    stage: int


def label_of(kind: str, post: str, department: Mapping[str, str] | None = None) -> Names:
    """What a stop is called: 係長確認, 課長決裁, 総務課 合議."""
    said = {
        REVIEW: {"ja": "{}確認", "ja-easy": "{}が たしかめます", "en": "Review by the {}"},
        DECIDE: {"ja": "{}決裁", "ja-easy": "{}が きめます", "en": "Decision by the {}"},
        CONSULT: {"ja": "合議：{}", "ja-easy": "ほかの 課：{}", "en": "Consent: {}"},
    }[kind]
    names = department if kind == CONSULT and department else posts()[post]
    told = {language: names.get(language) or names["ja"] for language in said}
    return {language: words.format(_inside(told[language], language, kind)) for language, words in said.items()}


def _inside(name: str, language: str, kind: str) -> str:
    return name[:1].lower() + name[1:] if language == "en" and kind != CONSULT else name


def line(own: str, drafter_post: str, deciding: str, consulted: Sequence[tuple[str, Names]]) -> list[Stop]:
    """The route of a proposal of the department at `own`: up the line, post by post above the drafter's (審議), the departments concerned
    after the section chief, all at once (合議), last who decides (決裁).

    consulted: (path, names) of the departments. A department is not asked about its own proposal.
    """
    between = [post for post in POSTS_UPWARDS[1:] if rank(drafter_post) < rank(post) < rank(deciding)]
    early = [post for post in between if rank(post) <= rank("section_chief")]
    late = [post for post in between if post not in early]
    asked = [(path, names) for path, names in consulted if path != own]
    stages: list[list[tuple[str, str, str, Names | None]]] = [[(REVIEW, post, own, None)] for post in early]
    if asked:
        stages.append([(CONSULT, "section_chief", path, names) for path, names in asked])
    stages += [[(REVIEW, post, own, None)] for post in late]
    stages.append([(DECIDE, deciding, own, None)])
    return [
        Stop(kind, permission_for(kind, post), post, path, label_of(kind, post, names), number)
        for number, stage in enumerate(stages, start=1)
        for kind, post, path, names in stage
    ]


def permission_for(kind: str, post: str) -> str:
    """The permission a stop needs: to decide, from the section chief up; what a subsection chief decides by the table (係長専決) is within
    the right to review."""
    return "decide.decide" if kind == DECIDE and rank(post) > rank("subsection_chief") else "decide.review"


def written(route: Iterable[Mapping], own: str, paths: Mapping[str, str], deciding: str | None = None) -> list[Stop]:
    """The stops of a route as a procedure writes it: steps one after the other, those marked `together` at once with the step before.

    paths: the path of each department by code, for steps of other departments (合議). deciding: the post that the table names, where
    the last step follows a rule: reviews by that post or a higher one of one's own department are not needed any more.
    """
    steps = list(route)
    stops: list[Stop] = []
    stage = 0
    for number, step in enumerate(steps, start=1):
        last = number == len(steps)
        path = paths[step["department"]] if step.get("department") else own
        post, label = step["post"], step["label"]
        if last and deciding and deciding != post:
            post, label = deciding, label_of(DECIDE, deciding)
        kind = DECIDE if last else CONSULT if path != own else REVIEW
        if deciding and kind == REVIEW and rank(post) >= rank(deciding):
            continue
        stage += not (step.get("together") and stops)
        permission = permission_for(DECIDE, post) if last and deciding else step["permission"]
        stops.append(Stop(kind, permission, post, path, label, stage))
    return stops


# ---- the ward's tables -----------------------------------------------------------------------------------------------------


class Delegations(_Data):
    """`wards/_common/delegation.yaml`, or the ward's own: matters, gravities, and who decides."""

    matters: dict[str, Names]
    gravities: dict[str, Names]
    rules: tuple[Delegation, ...]

    @model_validator(mode="after")
    def _known(self) -> "Delegations":
        for row in self.rules:
            if row.matter not in self.matters or row.gravity not in ("", *self.gravities) or row.post not in posts():
                raise ValueError(f"a rule names an unknown matter, gravity or post: {row}")
        return self


class Consulted(_Data):
    """A department whose consent a kind of document needs, from an amount on."""

    department: str
    from_: int = Field(default=0, alias="from", ge=0)


class Kind(_Data):
    """A kind of document (起案の種別)."""

    title: Names
    matter: str
    asks_amount: bool = False
    retention: int
    consult: tuple[Consulted, ...] = ()

    def asked(self, amount: int | None) -> list[str]:
        """The codes of the departments to be asked for an amount."""
        return [each.department for each in self.consult if each.from_ <= (amount or 0)]


class Documents(_Data):
    """`wards/_common/documents.yaml`, or the ward's own."""

    kinds: dict[str, Kind]
    retention: dict[int, Names]
    classes: dict[str, Names]


@cache
def delegations(ward: str, folder: Path = WARDS) -> Delegations:
    """The ward's table of who decides."""
    return Delegations.model_validate(_table(ward, "delegation.yaml", folder))


@cache
def documents(ward: str, folder: Path = WARDS) -> Documents:
    """The ward's kinds of documents, retention periods and classes."""
    return Documents.model_validate(_table(ward, "documents.yaml", folder))


def _table(ward: str, name: str, folder: Path) -> dict:
    own = folder / ward / name
    return yaml.safe_load((own if own.exists() else folder / "_common" / name).read_text("utf-8"))


def deciding(ward: str, matter: str, gravity: str, amount: int | None, on: date) -> Delegation:
    """`decider` in the ward's table, for people. Raises NotNow where the table says nothing."""
    try:
        return decider(delegations(ward).rules, matter, gravity, amount, on)
    except LookupError:
        raise NotNow(_("だれが決裁するかが、事案決定の表にありません。文書担当に知らせてください。")) from None


# ---- how long a document is kept (保存年限) ------------------------------------------------------------------------------------


def keep_until(decided_on: date, years: int) -> date | None:
    """The last day a document is kept: `years` from the 1 April after the day it was decided (文書管理規程; 公文書等の管理に関する
    法律施行令 8条 counts likewise). None for 0: kept for good (長期)."""
    if years == 0:
        return None
    return fiscal_year_days(fiscal_year(decided_on) + years)[1]


# ---- letters of numbers (文書記号) ----------------------------------------------------------------------------------------------


def series_letter(ward: str, name: str, others: Iterable[str]) -> str:
    """The letter of a department's documents: the ward's first character and as many of the department's as tell it from all others.

    墨田区, 総務課 → 墨総; beside 総合防災課 → 墨総務.
    """
    names = {other for other in others if other != name}
    for length in range(1, len(name)):
        if not any(other.startswith(name[:length]) for other in names):
            return ward[:1] + name[:length]
    return ward[:1] + name
