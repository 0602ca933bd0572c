"""Acts on the register (異動): each is one `Act` with the rows it opened and closed, and can be undone only by a further act.

Every act takes a `Notice` first. The same `event` again gives back the act already there, so a feed may repeat itself. Raises `Invalid` for
what cannot be, `NotNow` where the register stands otherwise than the act needs, `Refused` without `parties.change`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from kusei.base.kernel.actors import Actor
from kusei.base.kernel.acts import action
from kusei.base.kernel.errors import Invalid, NotNow
from kusei.base.parties.models import Act, Mandate, Membership, OtherName, Party, Residence
from kusei.base.parties.steps import Notice, Steps, begin, undo

PURPOSE = "住民異動"
MAY = "parties.change"
HEAD = "世帯主"


@dataclass(frozen=True)
class Place:
    """Where somebody lives: a town of the ward with block and building, or in words where it is elsewhere."""

    town: str | None = None
    block: str = ""
    building: str = ""
    postal_code: str = ""
    elsewhere: str = ""


@dataclass(frozen=True)
class Newcomer:
    """A person the register doesn't know yet, as notified. Foreign names: `latin_name` as in the residence card, `name` as it is written here."""

    name: str
    kana: str
    birth_date: date
    sex: str = ""
    nationality: str = "JPN"
    residence_status: str = ""
    latin_name: str = ""
    number: str | None = None


@action(purpose=PURPOSE, may=MAY)
def move_in(
    notice: Notice,
    people: Mapping[Newcomer | UUID, str],
    to: Place,
    *,
    household: UUID | None = None,
    by: Actor,
    now: datetime,
) -> Act:
    """転入: people (→ 続柄) come to live in the ward, into a household there is or one of their own. Who lived here before comes by their id."""
    if found := begin(notice, "move_in", now):
        return found
    steps = Steps(notice, by, now)
    persons = {_person(each, steps): relationship for each, relationship in people.items()}
    for person in persons:
        if person.is_resident and Residence.objects.filter(party=person, until=None).exists():
            raise NotNow(_("%(name)sさんは、すでに区内に住んでいます。") % {"name": person.name})
        _alive(person)
        steps.set(person, is_resident=True, as_of=notice.day)
        _live(steps, person, to)
    _join(steps, persons, household)
    return steps.keep("move_in")


@action(purpose=PURPOSE, may=MAY)
def move_within(
    notice: Notice,
    people: Mapping[UUID, str],
    to: Place,
    *,
    household: UUID | None = None,
    same_household: bool = False,
    staying: Mapping[UUID, str] | None = None,
    by: Actor,
    now: datetime,
) -> Act:
    """転居: people move within the ward, as the household they are (`same_household`), into another, or into one of their own.

    `staying` gives those who stay behind their new 続柄, where the head leaves.
    """
    if found := begin(notice, "move_within", now):
        return found
    steps = Steps(notice, by, now)
    persons = {_resident(person): relationship for person, relationship in people.items()}
    for person in persons:
        _live(steps, person, to)
    if not same_household:
        _join(steps, persons, household)
    _relate(steps, staying or {})
    return steps.keep("move_within")


@action(purpose=PURPOSE, may=MAY)
def move_out(
    notice: Notice,
    people: Sequence[UUID],
    to: str,
    *,
    staying: Mapping[UUID, str] | None = None,
    by: Actor,
    now: datetime,
) -> Act:
    """転出: people leave the ward for an address in words (転出先); whoever stays and changes 続柄 stands in `staying`."""
    if found := begin(notice, "move_out", now):
        return found
    steps = Steps(notice, by, now)
    for person in map(_resident, people):
        _live(steps, person, Place(elsewhere=to))
        _leave(steps, person)
        steps.set(person, is_resident=False, as_of=notice.day)
    _relate(steps, staying or {})
    return steps.keep("move_out")


@action(purpose=PURPOSE, may=MAY)
def birth(notice: Notice, child: Newcomer, relationship: str, parent: UUID, *, by: Actor, now: datetime) -> Act:
    """出生: a child comes into the household of a parent and lives where the parent lives."""
    if found := begin(notice, "birth", now):
        return found
    if child.birth_date != notice.day:
        raise Invalid({"day": _("出生の日と生年月日が違います。")})
    steps = Steps(notice, by, now)
    family = Membership.objects.filter(person=_resident(parent), until=None).first()
    home = Residence.objects.filter(party=parent, until=None).first()
    if not (family and home):
        raise NotNow(_("親の世帯または住所が登録されていません。"))
    made = _person(child, steps)
    place = Place(home.town_id, home.block, home.building, home.postal_code, home.elsewhere)
    _live(steps, made, place)
    _join(steps, {made: relationship}, family.household_id)
    return steps.keep("birth")


@action(purpose=PURPOSE, may=MAY)
def death(notice: Notice, person: UUID, *, staying: Mapping[UUID, str] | None = None, by: Actor, now: datetime) -> Act:
    """死亡: a person's residence, membership and every mandate (代理権; 民法111条) end with the day."""
    if found := begin(notice, "death", now):
        return found
    steps = Steps(notice, by, now)
    dead = _resident(person)
    if notice.day < dead.birth_date:
        raise Invalid({"day": _("出生より前の日です。")})
    for model, which in (
        (Residence, Q(party=dead)), (OtherName, Q(party=dead)), (Mandate, Q(principal=dead) | Q(agent=dead)),
    ):  # fmt: skip
        for row in model.objects.filter(which, Q(until=None) | Q(until__gt=notice.day)):
            steps.close(row)
    _leave(steps, dead)
    steps.set(dead, is_resident=False, died_on=notice.day, as_of=notice.day)
    _relate(steps, staying or {})
    return steps.keep("death")


@action(purpose=PURPOSE, may=MAY)
def change_household(
    notice: Notice,
    people: Mapping[UUID, str],
    *,
    household: UUID | None = None,
    staying: Mapping[UUID, str] | None = None,
    by: Actor,
    now: datetime,
) -> Act:
    """世帯変更 (世帯主変更・世帯合併・世帯分離): people with their new 続柄 go to a household, or make one of their own; nobody moves."""
    if found := begin(notice, "household", now):
        return found
    steps = Steps(notice, by, now)
    _join(steps, {_resident(person): relationship for person, relationship in people.items()}, household)
    _relate(steps, staying or {})
    return steps.keep("household")


@action(purpose=PURPOSE, may=MAY)
def name(notice: Notice, person: UUID, kind: str, written: str, kana: str = "", *, by: Actor, now: datetime) -> Act:
    """A former surname (旧氏併記), alias (通称) or name in Latin letters (ローマ字氏名) from the day on; an empty one ends it."""
    if found := begin(notice, "name", now):
        return found
    if kind not in dict(OtherName.KINDS):
        raise Invalid({"kind": _("氏名の種類が正しくありません。")})
    steps = Steps(notice, by, now)
    named = _resident(person)
    for row in OtherName.objects.filter(party=named, kind=kind, until=None):
        steps.close(row)
    if written:
        steps.open(OtherName(party=named, kind=kind, name=written, kana=kana, since=notice.day))
    steps.touch(named.id)
    return steps.keep("name")


@dataclass(frozen=True)
class Power:
    """What a mandate covers; see `Mandate`. `until`: the first day it no longer holds."""

    kind: str
    evidence: str
    purposes: tuple[str, ...] = ()
    until: date | None = None


@action(purpose="代理権の登録", may=MAY)
def empower(notice: Notice, principal: UUID, agent: UUID, power: Power, *, by: Actor, now: datetime) -> Act:
    """代理: `agent` may act for `principal` from the day on. Only the law gives everything without end (法定代理人)."""
    if found := begin(notice, "mandate", now):
        return found
    if principal == agent:
        raise Invalid({"agent": _("本人を代理人にすることはできません。")})
    if power.kind != "guardian" and not (power.purposes and power.until):
        raise Invalid({"until": _("任意の代理には、手続きと期限が必要です。")})
    if power.until and power.until <= notice.day:
        raise Invalid({"until": _("期限は、始まる日より後の日にしてください。")})
    steps = Steps(notice, by, now)
    for party in Party.objects.filter(id__in=[principal, agent]):
        _alive(party)
    mandate = Mandate(
        principal_id=principal, agent_id=agent, kind=power.kind, purposes=list(power.purposes), evidence=power.evidence,
        since=notice.day, until=power.until,
    )  # fmt: skip
    steps.open(mandate)
    steps.touch(principal, agent)
    return steps.keep("mandate")


@action(purpose="代理権の登録", may=MAY)
def end_mandate(notice: Notice, mandate: UUID, *, by: Actor, now: datetime) -> Act:
    """代理権の消滅: the mandate holds no more from the day on."""
    if found := begin(notice, "mandate", now):
        return found
    steps = Steps(notice, by, now)
    row = Mandate.objects.select_for_update().get(id=mandate)
    if row.until and row.until <= notice.day:
        raise NotNow(_("この代理権は、すでに終わっています。"))
    steps.close(row)
    steps.touch(row.principal_id, row.agent_id)
    return steps.keep("mandate")


@action(purpose=PURPOSE, may=MAY)
def reverse(notice: Notice, act: UUID, reason: str, *, by: Actor, now: datetime) -> Act:
    """取消: what the act opened holds on no day, what it closed goes on. Only the last act of everybody in it can be undone."""
    if found := begin(notice, "reversal", now):
        return found
    if not reason.strip():
        raise Invalid({"reason": _("取消の理由を書いてください。")})
    return undo(notice, act, reason, by, now)


# ---- what acts are made of ------------------------------------------------------------------------------------------------


def _person(given: Newcomer | UUID, steps: Steps) -> Party:
    if isinstance(given, UUID):
        return _locked(given)
    if given.birth_date > steps.day:
        raise Invalid({"birth_date": _("生年月日が異動の日より後です。")})
    made = Party(kind="person", as_of=steps.day, **vars(given))
    steps.open(made)
    return made


def _locked(person: UUID) -> Party:
    found = Party.objects.select_for_update(no_key=True).filter(id=person, kind="person").first()
    if not found:
        raise Invalid({"person": _("この人は登録されていません。")})
    return found


def _alive(party: Party) -> None:
    if party.died_on:
        raise NotNow(_("%(name)sさんは亡くなっています。") % {"name": party.name})


def _resident(person: UUID) -> Party:
    found = _locked(person)
    _alive(found)
    if not found.is_resident:
        raise NotNow(_("%(name)sさんは区内に住んでいません。") % {"name": found.name})
    return found


def _live(steps: Steps, person: Party, place: Place) -> None:
    """The person lives at the place from the day on."""
    if not place.elsewhere and not (place.town and place.block):
        raise Invalid({"to": _("町名と番地を書いてください。")})
    for row in Residence.objects.filter(party=person, until=None):
        steps.close(row)
    steps.open(
        Residence(
            party=person, town_id=place.town, block=place.block, building=place.building, postal_code=place.postal_code,
            elsewhere=place.elsewhere, since=steps.day,
        )
    )  # fmt: skip
    steps.touch(person.id)


def _leave(steps: Steps, person: Party) -> None:
    for row in Membership.objects.filter(person=person, until=None):
        steps.close(row)


def _join(steps: Steps, people: Mapping[Party, str], household: UUID | None) -> None:
    """The people belong to the household from the day on, or to a new one with the name of its head."""
    if household is None:
        heads = [person for person, relationship in people.items() if relationship == HEAD]
        if len(heads) != 1:
            raise Invalid({"people": _("世帯主を1人選んでください。")})
        home = Party(kind="household", name=heads[0].name, kana=heads[0].kana, as_of=steps.day)
        steps.open(home)
        household = home.id
    elif not Party.objects.filter(id=household, kind="household").exists():
        raise Invalid({"household": _("この世帯は登録されていません。")})
    for person, relationship in people.items():
        _leave(steps, person)
        row = Membership(household_id=household, person=person, relationship=relationship, since=steps.day)
        steps.open(row)
        steps.touch(person.id)


def _relate(steps: Steps, staying: Mapping[UUID, str]) -> None:
    """Who stays gets the relationship to the new head."""
    for row in Membership.objects.filter(person__in=staying, until=None).select_related("person"):
        steps.close(row)
        changed = Membership(
            household_id=row.household_id, person=row.person, relationship=staying[row.person_id], since=steps.day
        )
        steps.open(changed)
        steps.touch(row.person_id)
