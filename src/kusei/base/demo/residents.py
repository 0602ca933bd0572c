"""Made households go into the register, by COPY: a hundred thousand rows in seconds, all of them or none."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.db import connection, models
from psycopg import sql

from kusei.base import audit
from kusei.base.accounts.models import Account, PartyLink
from kusei.base.accounts.ties import tie_at_counter
from kusei.base.demo.families import Family
from kusei.base.demo.households import Household
from kusei.base.kernel.acts import action
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.ids import new_id
from kusei.base.kernel.wards import Ward
from kusei.base.parties.models import Membership, Party, Protection, Residence

MADE = "住民記録（デモ）"
PURPOSE = "デモの準備"
PROTECTED_FOR = timedelta(days=365)  # 支援措置 runs for a year and is then asked for anew


def made_residents() -> int:
    """How many made persons there are."""
    return Party.objects.filter(kind="person", source=MADE).count()


@action(purpose=PURPOSE, may="operate")
def fill_residents(ward: Ward, households: Sequence[Household], *, by, now: datetime) -> int:
    """Put the households into the register; the towns must be there. Returns how many persons."""
    rows = _Rows(ward.code, local_date(now), Party.objects.filter(kind="person", source=MADE).count())
    for household in households:
        rows.add(household)
    for model, columns, values in rows.tables():
        _copy(model, columns, values)
    count = len(rows.people) - len(households)
    detail = {"persons": count, "households": len(households)}
    audit.log(by, "change", "residents.made", obj=("ward", ward.code), purpose=PURPOSE, now=now, detail=detail)
    return count


class _Rows:
    """The rows of four tables, gathered household by household."""

    PEOPLE = (
        "id", "kind", "name", "kana", "latin_name", "former_name", "birth_date", "sex", "nationality", "residence_status",
        "is_resident", "phone", "source", "as_of", "number",
    )  # fmt: skip

    def __init__(self, ward_code: str, today: date, made: int = 0) -> None:
        self.ward_code, self.today, self.made = ward_code, today, made
        self.people: list[tuple] = []
        self.memberships: list[tuple] = []
        self.residences: list[tuple] = []
        self.protections: list[tuple] = []

    def next_number(self) -> str:
        """The next 宛名番号: the ward's last three digits, then eight that count."""
        self.made += 1
        return f"{self.ward_code[-3:]}{self.made:08}"

    def add(self, household: Household) -> None:
        """One household: its own row, its members, where they live since when, and who is protected."""
        head, home = household.members[0], new_id()
        town = f"{self.ward_code}/{household.town}"
        self.people.append(
            (home, "household", head.name, head.kana, "", "", None, "", "", "", True, "", MADE, self.today, None)
        )
        for person in household.members:
            key, since = new_id(), max(household.since, person.birth_date)
            self.people.append(
                (
                    key, "person", person.name, person.kana, person.latin_name, person.former_name, person.birth_date, person.sex,
                    person.nationality, person.residence_status, True, person.phone, MADE, self.today, self.next_number(),
                )
            )  # fmt: skip
            self.memberships.append((new_id(), home, key, person.relationship, since))
            self.residences.append((new_id(), key, town, household.block, household.building, "", "", since))
            if person.protected:
                begun = max(since, self.today - timedelta(days=len(self.protections) * 37 % 300))
                self.protections.append((new_id(), key, begun, begun + PROTECTED_FOR, person.protected))

    def tables(self) -> list[tuple[type[models.Model], Sequence[str], list[tuple]]]:
        """Model, fields and rows, in the order in which they refer to each other."""
        return [
            (Party, self.PEOPLE, self.people),
            (Membership, ("id", "household", "person", "relationship", "since"), self.memberships),
            (
                Residence,
                ("id", "party", "town", "block", "building", "elsewhere", "postal_code", "since"),
                self.residences,
            ),
            (Protection, ("id", "party", "since", "until", "ground"), self.protections),
        ]


def _copy(model: type[models.Model], fields: Sequence[str], rows: Iterable[tuple]) -> None:
    """COPY rows into a model's table."""
    meta = model._meta
    columns = sql.SQL(", ").join(sql.Identifier(meta.get_field(name).column) for name in fields)
    command = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(meta.db_table), columns)
    with connection.cursor() as cursor, cursor.copy(command) as copy:
        for row in rows:
            copy.write_row(row)


def person_of(family: Family) -> Party:
    """The registered person who signs in for a demonstration family. Their birthday stays what it was on the day they were made."""
    return Party.objects.get(kind="person", name=family.person.name, source=MADE)


@action(purpose=PURPOSE, may="operate")
def fill_accounts(families: Sequence[Family], *, tie: bool = True, by, now: datetime) -> int:
    """Make the accounts of the demonstration's families, and tie (unless not wanted) those that are to be tied. Returns how many are new."""
    made = 0
    for family in families:
        account, new = Account.objects.get_or_create(
            login=family.email,
            defaults={"kind": "resident", "email": family.email, "created_at": now, "password": make_password(None)},
        )
        made += new
        if new and family.tied and tie:
            person = person_of(family)
            PartyLink.objects.create(account=account, party=person, means="counter", since=now)
            detail = {"means": "counter"}
            audit.log(
                by, "change", "accounts.tie", subject=person, obj=account, purpose=PURPOSE, now=now, detail=detail
            )
    return made


@action(purpose=PURPOSE, may="operate")
def tie_families(families: Sequence[Family], *, by, now: datetime) -> int:
    """In an office apart from the portal: tie those that are to be tied, as at a counter. Returns how many are new."""
    made = 0
    for family in families:
        person = person_of(family)
        if family.tied and not PartyLink.objects.filter(party=person, until=None).exists():
            tie_at_counter(person, family.email, by=by, now=now)
            made += 1
    return made
