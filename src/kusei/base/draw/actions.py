"""A draw from beginning to publication: begin → enter → commit → draw → publish. What is fixed is fixed, by triggers of the database too."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from kusei.base import audit
from kusei.base.draw import rules
from kusei.base.draw.models import Draw, DrawEntry
from kusei.base.events.actions import happened
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.acts import action
from kusei.base.kernel.errors import Invalid, NotNow
from kusei.base.staff.models import Department

PURPOSE = "抽選"
LONGEST = 300
LONGEST_REFERENCE = 60


@dataclass(frozen=True)
class Entering:
    """An entry as it comes in: what it refers to (受付番号), its weight and priority group, and the household it is tied to."""

    reference: str
    weight: int = 1
    group: str = ""
    tie: str = ""


@action(purpose=PURPOSE, may="draw.hold", where="path")
def begin(
    department: Department, title: str, places: int, groups: Sequence[str] = (), *, by: Actor, now: datetime
) -> Draw:
    """Begin a draw: what for, how many places, and the priority groups in their order. Raises Invalid."""
    title = title.strip()
    if not title or len(title) > 100:
        raise Invalid({"title": _("抽選の名前を、100文字までで書いてください。")})
    groups = [name.strip() for name in groups if name.strip()]
    try:
        rules.check(rules.Terms(places, tuple(groups)), [rules.Entry(1)])
    except rules.Unsound:
        raise Invalid({"places": _("定員は1から、優先の名前は重ならないようにしてください。")}) from None
    made = Draw.objects.create(title=title, department=department, places=places, groups=groups, begun_at=now)
    _log(by, "begin", made, now)
    return made


@action(purpose=PURPOSE, may="draw.hold", where="department_id")
def enter(draw: Draw, entries: Sequence[Entering], *, by: Actor, now: datetime) -> int:
    """Put entries into an open draw, numbered on from those there are; one that is in it already (by its reference) stays. Returns how many are
    new. Raises NotNow for a draw that is no longer open, Invalid for entries that can't be drawn."""
    held = _held(draw, "open")
    if any(not each.reference or max(len(each.reference), len(each.tie)) > LONGEST_REFERENCE for each in entries):
        raise Invalid({"entries": _("どの行にも、60文字までの受付番号が必要です。")})
    there = set(held.entries.values_list("reference", flat=True))
    wanted = {each.reference: each for each in entries if each.reference not in there}
    ties = _ties(held, wanted.values())
    new = [
        DrawEntry(
            draw=held, number=at, weight=each.weight, group=each.group, tie=ties.get(each.tie, ""),
            reference=each.reference, tied_by=each.tie,
        )
        for at, each in enumerate(wanted.values(), start=len(there) + 1)
    ]  # fmt: skip
    try:
        rules.check(_terms(held), [*_entries(held), *map(_plain, new)])
    except rules.Unsound as error:
        raise Invalid({"entries": str(error)}) from error
    DrawEntry.objects.bulk_create(new, batch_size=1000)
    _log(by, "enter", held, now, entries=len(new))
    return len(new)


@action(purpose=PURPOSE, may="draw.hold", where="department_id")
def commit(draw: Draw, source: str, known_from: datetime, *, by: Actor, now: datetime) -> Draw:
    """Fix the list and a fresh secret (確定), and publish the commitment to both. `source` says which public value will go into the seed, such as
    「2026年12月1日の日経平均株価（終値）」, and `known_from` when it is known, which is still to come. Raises NotNow, Invalid."""
    held = _held(draw, "open")
    problems = {}
    if not 10 <= len(source.strip()) <= LONGEST:
        problems["source"] = _("どの値を使うかを、だれでも確かめられるように書いてください（10文字から300文字）。")
    if known_from <= now:
        problems["known_from"] = _("これから先の日時にしてください。確定するときに、だれも値を知らないことが必要です。")
    if not held.entries.exists():
        problems["entries"] = _("申込みがまだありません。")
    if problems:
        raise Invalid(problems)
    held.list_sha256 = rules.list_digest(_terms(held), _entries(held))
    held.secret, held.source, held.known_from = secrets.token_hex(32), source.strip(), known_from
    held.commitment = rules.commitment(held.list_sha256, held.source, held.secret)
    held.state, held.committed_at, held.committed_by = "committed", now, _name(by)
    held.save()
    _log(by, "commit", held, now, commitment=held.commitment, entries=held.entries.count())
    happened("draw.committed", held, {"entries": held.entries.count()}, now=now)
    return held


@action(purpose=PURPOSE, may="draw.hold", where="department_id")
def draw(draw: Draw, value: str, *, by: Actor, now: datetime) -> Draw:
    """Draw (抽選), with the public value that has become known. Once: whoever comes second gets NotNow. Raises Invalid without a value."""
    held = _held(draw, "committed")
    if now < held.known_from:
        raise NotNow(_("使う値は、まだ発表されていません。発表の日時を過ぎてから抽選してください。"))
    value = rules.plain(value)
    if not value or len(value) > LONGEST:
        raise Invalid({"value": _("発表された値を、そのまま書いてください。")})
    seed = rules.seed(held.commitment, held.secret, value)
    results = {each.number: each for each in rules.draw(_terms(held), _entries(held), seed)}
    rows = list(held.entries.all())
    for row in rows:
        found = results[row.number]
        row.rank, row.won, row.waiting = found.rank, found.won, found.waiting
    DrawEntry.objects.bulk_update(rows, ["rank", "won", "waiting"], batch_size=1000)
    Draw.objects.filter(id=held.id).update(state="drawn", value=value, drawn_at=now, drawn_by=_name(by))
    held.refresh_from_db()
    _log(by, "draw", held, now, won=sum(each.won for each in results.values()))
    happened("draw.drawn", held, {"entries": len(rows)}, now=now)
    return held


@action(purpose=PURPOSE, may="draw.hold", where="department_id")
def publish(draw: Draw, *, by: Actor, now: datetime) -> Draw:
    """Publish the results with the secret (公開): from now on everybody can run the draw again. Raises NotNow before it is drawn."""
    held = _held(draw, "drawn")
    Draw.objects.filter(id=held.id).update(state="published", published_at=now)
    held.refresh_from_db()
    _log(by, "publish", held, now)
    happened("draw.published", held, {}, now=now)
    return held


def _ties(draw: Draw, entries: Iterable[Entering]) -> dict[str, str]:
    """The public name of each tie: T1, T2 … in the order in which they came, so that it says nothing about the household."""
    names = dict(draw.entries.exclude(tied_by="").values_list("tied_by", "tie"))
    for each in entries:
        if each.tie:
            names.setdefault(each.tie, f"T{len(names) + 1}")
    return names


def _held(draw: Draw, state: str) -> Draw:
    """The draw, its row locked until the transaction ends. Raises NotNow where it is in another state."""
    held = Draw.objects.select_for_update(no_key=True).get(id=draw.id)
    if held.state != state:
        raise NotNow(_("この抽選は「%(state)s」です。画面を読み直してください。") % {"state": held.get_state_display()})
    return held


def _terms(draw: Draw) -> rules.Terms:
    return rules.Terms(draw.places, tuple(draw.groups))


def _entries(draw: Draw) -> list[rules.Entry]:
    return [_plain(entry) for entry in draw.entries.order_by("number")]


def _plain(entry: DrawEntry) -> rules.Entry:
    return rules.Entry(entry.number, entry.weight, entry.group, entry.tie)


def _name(by: Actor) -> str:
    return " ".join(part for part in (by.department, by.post, by.name) if part)[:120]


def _log(by: Actor, what: str, draw: Draw, now: datetime, **detail) -> None:
    audit.log(by, "change", f"draw.{what}", obj=draw, purpose=PURPOSE, now=now, detail=detail)
