"""What an act on the register changes, in words: before → after, for the page on which it is confirmed and for the history.

Where somebody's whereabouts must not be shown (支援措置), no place is, except one that was typed in this very act.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Model
from django.utils.translation import gettext as _

from kusei.base.kernel.countries import country
from kusei.base.parties import queries
from kusei.base.parties.models import Act, Mandate, Membership, OtherName, Party, Residence
from kusei.base.parties.steps import DATED
from kusei.base.parties.words import relationship
from kusei.base.web.kit import wareki


@dataclass
class Change:
    """One thing of one party: what it was and what it is, each in words. `raw` holds the places as they are, never for showing."""

    party: UUID
    name: str
    label: str
    before: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)


def changes(act: Act, now: datetime, *, typed: str = "") -> list[Change]:
    """What the act changes of everybody in it, as it has just been done; `typed`: the place that whoever did it wrote."""
    rows = rows_of([act])
    parties = set(act.parties.values_list("id", flat=True))
    named = Party.objects.in_bulk(parties | {_owner(row) for row in rows.values() if not isinstance(row, Mandate)})
    hidden = queries.hidden_ids(named, now)
    found: dict[tuple, Change] = {}
    for step in act.steps:
        for change, side, shown, raw in _told(step, rows, named, hidden, typed):
            kept = found.setdefault((change.party, change.label), change)
            if side == "before" and shown in kept.after:
                continue
            getattr(kept, side).append(shown)
            kept.raw.append(f"{side} {raw}")
    return list(found.values())


def in_words(acts: Iterable[Act], person: UUID, hidden: bool) -> dict[UUID, list[str]]:
    """Of each act what it opened about this one person, for the history; nothing of others."""
    acts = list(acts)
    rows = rows_of(acts)
    told: dict[UUID, list[str]] = {}
    for act in acts:
        lines = told.setdefault(act.id, [])
        for step in act.steps:
            row = rows.get(step.get("id"))
            if step["did"] == "open" and row is not None and person in _owners(row):
                lines.append(f"{label_of(row)} {words_of(row, hidden, '')}")
    return told


def rows_of(acts: Iterable[Act]) -> dict[str, Model]:
    """The dated rows that the acts opened or closed, by id."""
    wanted: dict[str, set[str]] = {}
    for act in acts:
        for step in act.steps:
            if step.get("what") in DATED:
                wanted.setdefault(step["what"], set()).add(step["id"])
    related = {"Residence": ["town"], "Membership": ["household"], "Mandate": ["principal", "agent"], "OtherName": []}
    found: dict[str, Model] = {}
    for what, ids in wanted.items():
        for row in DATED[what].objects.filter(id__in=ids).select_related(*related[what] or [None]):
            found[str(row.id)] = row
    return found


def _owners(row: Model) -> set[UUID]:
    if isinstance(row, Mandate):
        return {row.principal_id, row.agent_id}
    return {_owner(row)}


def _owner(row: Model) -> UUID:
    if isinstance(row, Membership):
        return row.person_id
    return row.principal_id if isinstance(row, Mandate) else row.party_id


def label_of(row: Model) -> str:
    """What kind of thing a dated row says."""
    if isinstance(row, OtherName):
        return row.get_kind_display()
    return {Residence: _("住所"), Membership: _("世帯"), Mandate: _("代理人")}[type(row)]


def words_of(row: Model, hidden: bool, typed: str) -> str:
    """A dated row in words."""
    if isinstance(row, Residence):
        return str(row) if not hidden or (typed and str(row) == typed) else _("表示しません")
    if isinstance(row, Membership):
        return _("%(household)sの世帯の%(relationship)s") % {
            "household": row.household.name, "relationship": relationship(row.relationship),
        }  # fmt: skip
    if isinstance(row, OtherName):
        return f"{row.name}（{row.kana}）" if row.kana else row.name
    covers = "、".join(row.purposes) or _("すべて")
    return f"{row.principal.name} → {row.agent.name}（{row.get_kind_display()}、{covers}）"


def _told(step: Mapping[str, Any], rows: Mapping, named: Mapping[UUID, Party], hidden: set[UUID], typed: str):
    """(change, side, words, raw words) of one step."""
    if row := rows.get(step["id"]):
        party = named[_owner(row)] if _owner(row) in named else Party.objects.get(id=_owner(row))
        shown = words_of(row, party.id in hidden, typed)
        raw = words_of(row, False, "")
        side = "before" if step["did"] == "close" else "after"
        if row.until and step["did"] == "open":
            shown = _("%(what)s（%(day)sの前日まで）") % {"what": shown, "day": wareki(row.until)}
        yield Change(party.id, party.name, label_of(row)), side, shown, raw
    elif step["did"] == "set" and (party := named.get(UUID(step["id"]))):
        for name, was in step["was"].items():
            if name in LABELS:
                label = LABELS[name]()
                yield Change(party.id, party.name, label), "before", _value(name, was), str(was)
                is_now = getattr(party, name)
                yield Change(party.id, party.name, label), "after", _value(name, is_now), str(is_now)
    elif step["did"] == "open" and (party := named.get(UUID(step["id"]))) and party.kind != "household":
        known = [
            party.name,
            party.kana,
            wareki(party.birth_date) if party.birth_date else "",
            country(party.nationality),
        ]
        shown = "　".join(part for part in known if part)
        yield Change(party.id, party.name, _("新しい登録")), "after", shown, shown


LABELS = {
    "is_resident": lambda: _("区民"),
    "died_on": lambda: _("死亡の日"),
    "name": lambda: _("名称"),
    "kana": lambda: _("フリガナ"),
    "phone": lambda: _("電話番号"),
    "corporate_number": lambda: _("法人番号"),
    "ended_on": lambda: _("解散・閉鎖の日"),
}
"""What is said of the values that an act sets; of others nothing is."""


def _value(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return _("はい") if value else _("いいえ")
    if value and name in ("died_on", "ended_on"):
        return wareki(value if isinstance(value, date) else date.fromisoformat(value))
    return str(value or "—")
