"""The forms by which registrars do the acts on the register (異動): what each asks, when it is offered, and the act that its answers make.

The questions stand in `acts.yaml`; those about the household are asked once for each of its members.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml
from django.conf import settings
from django.utils.translation import gettext as _

from kusei.base import audit
from kusei.base.ask import queries as asking
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.calendar import DAY
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.countries import country
from kusei.base.kernel.errors import Invalid, Refused
from kusei.base.kernel.offers import Form, Option
from kusei.base.kernel.wards import load_ward
from kusei.base.parties import actions, queries
from kusei.base.parties.actions import MAY, PURPOSE, Newcomer, Place, Power
from kusei.base.parties.facts import facts
from kusei.base.parties.models import Act, Mandate, Membership, Party, Town
from kusei.base.parties.rules import is_corporate_number, plain, search_name
from kusei.base.parties.steps import Notice
from kusei.base.parties.words import relationship

RELATIONSHIPS = (
    "世帯主", "妻", "夫", "子", "父", "母", "妻の子", "夫の子", "子の妻", "子の夫", "子の子", "妻の父", "妻の母", "夫の父", "夫の母",
    "兄", "弟", "姉", "妹", "祖父", "祖母", "妻（未届）", "夫（未届）", "縁故者", "同居人",
)  # fmt: skip
"""The relationships to the head (続柄) that a form offers, as 住民基本台帳事務処理要領 第1-2-(1)-オ writes them."""
SAME, OWN, OTHER = "same", "own", "other"


@cache
def _written() -> dict:
    return yaml.safe_load((Path(__file__).parent / "acts.yaml").read_text("utf-8"))


@dataclass
class Household:
    """The household of the person a form is about, as staff may see it: member → name and relationship."""

    id: UUID | None = None
    members: dict[UUID, tuple[str, str]] = field(default_factory=dict)


def household_of(person: Party, by: Actor, now: datetime) -> Household:
    """The household the person stands in now. Logs one read for each member; leaves out whom `facts` leaves out."""
    own = Membership.objects.filter(queries.current(local_date(now)), person=person).order_by("-since").first()
    if own is None:
        return Household()
    others = facts(person.id, "household.members", PURPOSE, by=by, now=now)["household.members"].value
    listed = {UUID(each["party_id"]): (each["name"], each["relationship"]) for each in others}
    return Household(own.household_id, {person.id: (person.name, own.relationship)} | listed)


def offered(person: Party, by: Actor, now: datetime) -> list[str]:
    """The acts that can be done about a person as the register stands, for whoever may do them."""
    if not by.may(MAY, purpose=PURPOSE):
        return []
    names = []
    if person.is_resident:
        names += ["move_within", "move_out", "birth", "death", "household", "name"]
    elif not person.died_on:
        names += ["return"]
    if not person.died_on:
        names += ["mandate"]
    if _mandates(person, now):
        names += ["end_mandate"]
    if last_act(person.id):
        names += ["undo"]
    return names


def last_act(person: UUID) -> Act | None:
    """The last act about the person that still stands, if it is one that can be undone."""
    acts = Act.objects.filter(parties=person, reversed_by=None).exclude(kind="reversal")
    last = acts.order_by("-id").first()
    return last if last and last.kind != "import" else None


def titles() -> dict[str, Any]:
    """Act → its title, as a text in several languages."""
    return {name: form["title"] for name, form in _written()["acts"].items()}


def form_of(name: str, person: Party | None, by: Actor, now: datetime) -> Form:
    """The form of an act about a person, or about somebody new. Raises Refused for one that isn't offered."""
    if name not in (offered(person, by, now) if person else ["move_in"]) or not by.may(MAY, purpose=PURPOSE):
        raise Refused("parties.act", subject=person.id if person else None)
    described = _written()["acts"][name]
    home = household_of(person, by, now) if person else Household()
    questions: dict[str, Any] = {}
    for key in described["ask"]:
        asked = _written()["questions"][key]
        if key == "as":
            questions |= _afterwards(asked, home, leaving=person.id if name == "death" else None)
        else:
            questions[key] = asked

    def run(thing: Party | None, given: Mapping[str, Any], *, by: Actor, now: datetime) -> Act:
        try:
            return _RUN[name](Asking(thing, home, given, by, now))
        except Invalid as error:
            raise Invalid(_at_fields(error.problems, questions)) from None

    return Form(
        name=name, title=described["title"], run=run, questions=questions, may=MAY,
        choices={
            "members": lambda *_a: [Option(str(id), beside) for id, (beside, _r) in home.members.items()],
            "households": lambda *_a: _households(name),
            "relationships": lambda *_a: [Option(each, relationship(each)) for each in RELATIONSHIPS],
            "towns": lambda *_a: _towns(),
            "mandates": lambda row, _by, at: [Option(str(each.id), _power(each)) for each in _mandates(row, at)],
            "purposes": lambda _row, _by, at: _purposes(at),
        },
    )  # fmt: skip


def _afterwards(asked: Mapping[str, Any], home: Household, leaving: UUID | None) -> dict[str, Any]:
    """What each member is to the head afterwards, a question for each; its label names them."""
    return {
        f"as_{number}": dict(asked)
        | {"label": {lang: f"{name}（{now_is}）：{word}" for lang, word in asked["label"].items()}}
        for number, (id, (name, now_is)) in enumerate(home.members.items())
        if id != leaving
    }


def _households(name: str) -> list[Option]:
    same = _("いまの世帯のまま")
    if name == "move_within":
        same = _("世帯全員でいまの世帯のまま")
    return [
        Option(SAME, same),
        Option(OWN, _("新しい世帯をつくる")),
        Option(OTHER, _("ほかの世帯に入る")),
    ]


def _towns() -> list[Option]:
    of_ward = Town.objects.filter(ward_code=load_ward(settings.WARD).code).order_by("name")
    return [Option(id, name) for id, name in of_ward.values_list("id", "name")]


def _mandates(person: Party, now: datetime) -> list[Mandate]:
    """The powers that hold today: given by the person, or to them."""
    held = Mandate.objects.filter(queries.current(local_date(now))).select_related("principal", "agent")
    return [*held.filter(principal=person).order_by("id"), *held.filter(agent=person).order_by("id")]


def _power(mandate: Mandate) -> str:
    return _("%(principal)s → %(agent)s（%(kind)s）") % {
        "principal": mandate.principal.name, "agent": mandate.agent.name, "kind": mandate.get_kind_display(),
    }  # fmt: skip


def _purposes(now: datetime) -> list[Option]:
    found = {procedure.purpose for _snapshot, procedure in asking.in_force(local_date(now))}
    return [Option(each, each) for each in sorted(found)]


_FIELDS = {"people": "who", "household": "with_name", "to": "block", "kind": "kind_of_name", "until": "last_day", "agent": "agent_name"}  # fmt: skip


def _at_fields(problems: Mapping[str, str], questions: Iterable[str]) -> dict[str, str]:
    """What is wrong, at the fields that this form has; what belongs to none stands above the form."""
    there = list(questions)
    relations = [key for key in there if key.startswith("as_")] or ["relationship"]
    found = {}
    for key, problem in problems.items():
        wanted = [key, _FIELDS.get(key, ""), *(relations if key == "people" else [])]
        if key == "day":
            wanted.append("birth_date")
        found[next((each for each in wanted if each in there), "")] = problem
    return found


# ---- what the answers make --------------------------------------------------------------------------------------------------


@dataclass
class Asking:
    """The answers to a form, about a person and their household."""

    person: Party | None
    home: Household
    given: Mapping[str, Any]
    by: Actor
    now: datetime

    @property
    def notice(self) -> Notice:
        """On which day; under the name of the sheet (`sheet`), so that one sent twice is one act."""
        return Notice(
            self.given.get("day") or self.given.get("birth_date") or local_date(self.now), self.given["sheet"]
        )

    @property
    def who(self) -> dict[str, Any]:
        """by and now, for an act."""
        return {"by": self.by, "now": self.now}

    def place(self) -> Place:
        """The new address."""
        given = self.given
        return Place(given["town"], plain_spaces(given["block"]), given["building"], given["postal_code"])

    def afterwards(self) -> dict[UUID, str]:
        """Member → what they are to the head afterwards, for those of whom it was said."""
        told = {id: self.given.get(f"as_{number}") for number, id in enumerate(self.home.members)}
        return {id: said for id, said in told.items() if said}

    def people(self) -> list[UUID]:
        """Who was ticked."""
        return [UUID(each) for each in self.given["who"]]

    def into(self) -> UUID | None:
        """The household that people go to; None for one of their own."""
        if self.given["into"] == OWN:
            return None
        if self.given["into"] == SAME:
            return self.home.id
        return self.joined() or _unknown("with_name", _("入る世帯の人の氏名を書いてください。"))

    def joined(self) -> UUID | None:
        """The household of the person named; None where nobody is. Raises Invalid where it isn't exactly one resident in a household."""
        if not self.given["with_name"]:
            return None
        found = named(self.given["with_name"], self.given["with_born"], "with_name", self.by, self.now)
        row = Membership.objects.filter(person=found, until=None).first()
        return row.household_id if row else _unknown("with_name", _("この人は世帯に入っていません。"))

    def newcomer(self) -> Newcomer:
        """Somebody the register doesn't know yet."""
        given = self.given
        code = given["nationality"].strip().upper() or "JPN"
        if country(code) == code:
            raise Invalid({"nationality": _("国コード（例：JPN、VNM）を英大文字3字で書いてください。")})
        return Newcomer(
            given["name"], given["kana"], given["birth_date"], given["sex"], code, given["residence_status"], given.get("latin_name", "")
        )  # fmt: skip


def plain_spaces(text: str) -> str:
    """Typed text on one line without spaces around it."""
    return " ".join(text.split())


def _unknown(key: str, problem: str) -> UUID:
    raise Invalid({key: problem})


def named(name: str, born: date | None, key: str, by: Actor, now: datetime) -> UUID:
    """The one person of exactly this name (異体字 or not) and birthday. Logs who was found; raises Invalid unless it is one."""
    people = queries.search(name, born, purpose=PURPOSE, by=by, now=now)
    wanted = search_name(name)
    found = [each for each in people if wanted in (search_name(each.name), search_name(each.kana))]
    if not found:
        raise Invalid({key: _("この氏名と生年月日の人は登録されていません。")})
    if len(found) > 1:
        raise Invalid({key: _("同じ氏名の人が複数います。生年月日も書いてください。")})
    return found[0].id


def _agent(asking: Asking) -> UUID:
    """Who may act: a person by name and birthday, or an organisation by name or corporate number."""
    name, born = asking.given["agent_name"], asking.given["agent_born"]
    if not born:
        number = plain(name)
        wanted = {"corporate_number": number} if is_corporate_number(number) else {"name": name}
        found = list(Party.objects.filter(kind="organisation", **wanted).values_list("id", flat=True)[:2])
        if len(found) > 1:
            raise Invalid({"agent_name": _("同じ名称の法人・団体が複数あります。法人番号を書いてください。")})
        if found:
            audit.log(asking.by, "read", "parties.search", subjects=found, purpose=PURPOSE, now=asking.now)
            return found[0]
    return named(name, born, "agent_name", asking.by, asking.now)


def _moving_in(asking: Asking) -> Act:
    who = asking.person.id if asking.person else asking.newcomer()
    household = asking.joined()
    if household is None and asking.given["relationship"] != actions.HEAD:
        raise Invalid({"relationship": _("新しい世帯をつくる人は世帯主です。ほかの世帯に入るときは、その世帯の人の氏名を書いてください。")})  # fmt: skip
    people = {who: asking.given["relationship"]}
    return actions.move_in(asking.notice, people, asking.place(), household=household, **asking.who)


def _movers(asking: Asking) -> tuple[dict[UUID, str], dict[UUID, str]]:
    """Who goes, and who stays and changes, each with what they are to the head afterwards."""
    said, going = asking.afterwards(), asking.people()
    kept = asking.given["into"] == SAME
    problems = {}
    for number, id in enumerate(asking.home.members):
        if id in going and id not in said and not kept:
            problems[f"as_{number}"] = _("新しい世帯での続柄を選んでください。")
    if problems:
        raise Invalid(problems)
    going_as = {id: said.get(id) or asking.home.members[id][1] for id in going}
    return going_as, {id: value for id, value in said.items() if id not in going_as}


def _moving_within(asking: Asking) -> Act:
    going, staying = _movers(asking)
    same = asking.given["into"] == SAME
    if same and set(going) != set(asking.home.members):
        raise Invalid({"into": _("世帯の一部の人だけが引っ越すときは、新しい世帯か、ほかの世帯を選んでください。")})
    if same and asking.afterwards():
        raise Invalid({"into": _("世帯のまま引っ越すときは、続柄は変わりません。続柄の変更は世帯変更で届け出てください。")})  # fmt: skip
    household = None if same else asking.into()
    return actions.move_within(
        asking.notice, going, asking.place(), household=household, same_household=same, staying=staying, **asking.who
    )


def _moving_out(asking: Asking) -> Act:
    going = asking.people()
    staying = {id: said for id, said in asking.afterwards().items() if id not in going}
    return actions.move_out(asking.notice, going, asking.given["to"], staying=staying, **asking.who)


def _changing_household(asking: Asking) -> Act:
    going, staying = _movers(asking)
    changed = {id for id, said in asking.afterwards().items() if said != asking.home.members[id][1]}
    if asking.given["into"] == SAME and not changed:
        raise Invalid({"into": _("何も変わりません。続柄か世帯を選んでください。")})
    return actions.change_household(asking.notice, going, household=asking.into(), staying=staying, **asking.who)


def _naming(asking: Asking) -> Act:
    given = asking.given
    person, kind = asking.person, given["kind_of_name"]
    if not given["written"] and not person.other_names.filter(kind=kind, until=None).exists():
        raise Invalid({"written": _("登録がないので、書き方を書いてください。")})
    return actions.name(asking.notice, person.id, kind, given["written"], given["reading"], **asking.who)


def _empowering(asking: Asking) -> Act:
    given = asking.given
    until = given["last_day"] and given["last_day"] + DAY
    power = Power(given["kind_of_mandate"], given["evidence"], tuple(given["purposes"]), until or None)
    return actions.empower(asking.notice, asking.person.id, _agent(asking), power, **asking.who)


def _undoing(asking: Asking) -> Act:
    last = last_act(asking.person.id)
    return actions.reverse(Notice(last.day, asking.given["sheet"]), last.id, asking.given["reason"], **asking.who)


_RUN = {
    "move_in": _moving_in,
    "return": _moving_in,
    "move_within": _moving_within,
    "move_out": _moving_out,
    "birth": lambda a: actions.birth(a.notice, a.newcomer(), a.given["relationship"], a.person.id, **a.who),
    "death": lambda a: actions.death(a.notice, a.person.id, staying=a.afterwards(), **a.who),
    "household": _changing_household,
    "name": _naming,
    "mandate": _empowering,
    "end_mandate": lambda a: actions.end_mandate(a.notice, UUID(a.given["mandate"]), **a.who),
    "undo": _undoing,
}
