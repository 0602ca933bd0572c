"""Made households in the towns of a ward, as many persons as asked for. Pure: the same seed and day give the same ward.

Kinds and ages follow what is generally known of Tokyo's wards: half of the households are one person, one in seven residents is
under fifteen and one in five over sixty-four, one in nineteen is foreign.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import accumulate
from random import Random

from kusei.base.demo.families import demonstration_families
from kusei.base.demo.people import Person, PersonMaker, Surname, names, status_of_family
from kusei.base.kernel.calendar import age_on

KINDS = {"single": 50, "couple": 19, "family": 20, "one_parent": 8, "three_generations": 1.5, "siblings": 1.5}
# Age of the head from, to (exclusive), weight.
SINGLE_AGES = [
    (18, 20, 2), (20, 25, 13), (25, 30, 16), (30, 35, 11), (35, 40, 8), (40, 45, 7), (45, 50, 7), (50, 55, 7),
    (55, 60, 7), (60, 65, 6), (65, 70, 6), (70, 75, 7), (75, 80, 8), (80, 85, 6), (85, 90, 4), (90, 99, 2),
]  # fmt: skip
COUPLE_AGES = [(23, 30, 9), (30, 40, 17), (40, 50, 11), (50, 60, 13), (60, 70, 19), (70, 80, 21), (80, 92, 11)]
FIRST_CHILD_AGES = [(0, 6, 28), (6, 12, 24), (12, 18, 23), (18, 24, 22), (24, 32, 12), (32, 55, 14)]
FOREIGN = {"single": 0.08, "couple": 0.06, "family": 0.04, "one_parent": 0.03, "siblings": 0.05}
MIXED_COUPLES = 0.02
PROTECTED = 0.001
PROTECTED_AT_LEAST = 3
GROUNDS = ["配偶者からの暴力", "配偶者からの暴力", "ストーカー行為等", "児童虐待等"]
LEAVES_HOME = 24


@dataclass(frozen=True, slots=True)
class Household:
    """Persons who live together, the head (世帯主) first, at an address in a town, since a day."""

    members: tuple[Person, ...]
    town: str
    block: str
    building: str
    since: date


def generate(ward: str, towns: Sequence[str], residents: int, seed: int, today: date) -> list[Household]:
    """Households of `residents` persons in `towns` (names), the same for the same arguments.

    First come the families of the demonstration logins, then one household for each difficult surname and long name while there is
    room for them. At least those families and three protected persons are made, however few residents are asked for.
    """
    chance = Random(f"{ward}/{seed}")  # noqa: S311 made people must come out the same again; nothing here is secret
    maker = _HouseholdMaker(chance, today, towns)
    made = [maker.settle(family.members, family.address) for family in demonstration_families(ward, today)]
    count = sum(len(household.members) for household in made)
    for special in maker.special():
        if count + len(special) <= residents // 2:
            made.append(maker.settle(special))
            count += len(special)
    fixed = len(made)
    while count < residents or len(made) < fixed + PROTECTED_AT_LEAST:
        members = maker.members()
        if count + len(members) > residents:
            members = maker.single()
        made.append(maker.settle(members))
        count += len(members)
    return made[:fixed] + maker.protect(made[fixed:], count)


class _HouseholdMaker(PersonMaker):
    def __init__(self, random: Random, today: date, towns: Sequence[str]) -> None:
        super().__init__(random, today)
        self.towns = list(towns)
        self.weights = list(accumulate(KINDS.values()))
        self.makers = [getattr(self, kind) for kind in KINDS]

    def members(self) -> list[Person]:
        """One household of a kind drawn by chance."""
        return self.random.choices(self.makers, cum_weights=self.weights)[0]()

    def age(self, table: list[tuple[int, int, int]]) -> int:
        low, high, _weight = self.random.choices(table, [row[2] for row in table])[0]
        return self.random.randrange(low, high)

    def single(self) -> list[Person]:
        age, sex = self.age(SINGLE_AGES), self.random.choice("mf")
        if age > 75:
            sex = "f" if self.chance(0.7) else "m"
        if age < 75 and self.chance(FOREIGN["single"]):
            return [self.newcomer(sex, age, alone=True)]
        return [self.japanese(sex, age, self.surname(), "世帯主")]

    def couple(self) -> list[Person]:
        age = self.age(COUPLE_AGES)
        return self.pair(age, self.partner_age(age), "m" if self.chance(0.9) else "f", FOREIGN["couple"])

    def family(self) -> list[Person]:
        first_child = self.age(FIRST_CHILD_AGES)
        mother = min(first_child + round(self.random.triangular(21, 43, 31)), 95)
        father = max(self.partner_age(mother) + 3, first_child + 20)
        parents = self.pair(*((father, mother, "m") if self.chance(0.85) else (mother, father, "f")), FOREIGN["family"])
        return parents + self.children(parents, first_child)

    def one_parent(self) -> list[Person]:
        first_child = self.age(FIRST_CHILD_AGES)
        age, sex = first_child + self.random.randrange(22, 38), "f" if self.chance(0.87) else "m"
        if self.chance(FOREIGN["one_parent"]):
            parent = self.newcomer(sex, age, alone=False)
        else:
            parent = self.japanese(sex, age, self.surname(), "世帯主")
        return [parent, *self.children([parent], first_child)]

    def three_generations(self) -> list[Person]:
        first_child = self.random.randrange(0, 19)
        father = first_child + self.random.randrange(27, 38)
        parents = self.pair(father, max(father - self.random.randrange(0, 5), first_child + 22), "m", 0)
        surname = _surname_of(parents[0])
        sex, relationship = ("f", "母") if self.chance(0.75) else ("m", "父")
        elder = self.japanese(sex, father + self.random.randrange(23, 33), surname, relationship)
        return [*parents, *self.children(parents, first_child), elder]

    def siblings(self) -> list[Person]:
        age = self.random.randrange(19, 60)
        head = self.japanese(self.random.choice("mf"), age, self.surname(), "世帯主")
        sex, relationship = self.random.choice([("m", "弟"), ("f", "妹"), ("f", "同居人")])
        surname = self.surname() if relationship == "同居人" else _surname_of(head)
        younger = max(age - self.random.randrange(1, 6), 18)
        other = self.japanese(sex, younger, surname, relationship)
        return [head, replace(other, birth_date=max(other.birth_date, head.birth_date + timedelta(days=320)))]

    def partner_age(self, age: int) -> int:
        return max(19, age + round(self.random.gauss(-1, 3.5)))

    def newcomer(self, sex: str, age: int, *, alone: bool) -> Person:
        """A foreign head of household."""
        nationality = self.nationality()
        status = self.status(nationality, age, alone)
        return self.foreign(nationality, sex, age, self.foreign_surname(nationality), "世帯主", status)

    def pair(self, head_age: int, spouse_age: int, head_sex: str, foreign: float) -> list[Person]:
        """A couple: both Japanese under one surname (民法第750条), both foreign, or one of each."""
        spouse_sex, relationship = ("f", "妻") if head_sex == "m" else ("m", "夫")
        if self.chance(0.02):
            relationship += "（未届）"
        if self.chance(foreign):
            head = self.newcomer(head_sex, head_age, alone=False)
            status = status_of_family(head.residence_status, relationship)
            surname = self.foreign_surname(head.nationality)
            return [head, self.foreign(head.nationality, spouse_sex, spouse_age, surname, relationship, status)]
        surname = self.surname()
        head = self.japanese(head_sex, head_age, surname, "世帯主")
        if foreign and self.chance(MIXED_COUPLES):
            nationality = self.nationality()
            own = self.foreign_surname(nationality)
            return [head, self.foreign(nationality, spouse_sex, spouse_age, own, relationship, "日本人の配偶者等")]
        own = surname if "未届" not in relationship else self.surname()
        return [head, self.japanese(spouse_sex, spouse_age, own, relationship)]

    def children(self, parents: list[Person], first_age: int) -> list[Person]:
        """The children who live with their parents: one to three, years apart; the grown-up have often left, the first stays."""
        head, ages = parents[0], [first_age]
        for _another in range(self.random.choices((0, 1, 2), (46, 44, 10))[0]):
            ages.append(ages[-1] - self.random.randrange(2, 5))
        staying = [
            age
            for age in ages
            if age == first_age or 0 <= age < LEAVES_HOME or (age >= LEAVES_HOME and self.chance(0.4))
        ]
        theirs = "妻の子" if len(parents) == 2 and head.sex == "m" and self.chance(0.015) else "子"
        made = []
        for age in staying:
            sex = self.random.choice("mf")
            if head.nationality == "JPN":
                made.append(self.japanese(sex, age, _surname_of(head), theirs))
                continue
            status = status_of_family(head.residence_status, "子")
            made.append(self.foreign(head.nationality, sex, age, _surname_of(head), "子", status))
        return made

    def special(self) -> list[list[Person]]:
        """One household for each difficult surname, one person for each long name."""
        made = [
            [self.japanese("f" if at % 2 else "m", 25 + 2 * at, Surname(written, kana), "世帯主")]
            for at, (written, kana, _weight) in enumerate(names()["variant_surnames"])
        ]
        for nationality, sex, latin, kana in names()["long_names"]:
            person = self.newcomer(sex, 34, alone=True)
            reading = kana.replace(" ", "\u3000")
            made.append(
                [
                    replace(
                        person,
                        name=latin,
                        latin_name=latin,
                        kana=reading,
                        nationality=nationality,
                        residence_status="技能",
                    )
                ]
            )
        return made

    def settle(self, members: Sequence[Person], address: tuple[str, str, str] | None = None) -> Household:
        """Give a household an address and the day it moved there."""
        town, block, building = address or self.address(alone=len(members) == 1)
        if town not in self.towns:
            town = self.towns[0]
        adult = max(age_on(members[0].birth_date, self.today) - 18, 0)
        years = min(self.random.expovariate(1 / 9), adult)
        return Household(tuple(members), town, block, building, self.today - timedelta(days=7 + int(years * 365)))

    def address(self, *, alone: bool) -> tuple[str, str, str]:
        """Town, block and number (住居表示), and for most a building with its room."""
        random = self.random
        block = f"{random.randrange(1, 46)}番{random.randrange(1, 26)}号"
        building = ""
        if self.chance(0.85 if alone else 0.65):
            parts = names()["buildings"]
            name, floors = random.choice(parts["first"]) + random.choice(parts["second"]), 11
            if name.startswith("第"):
                name, floors = name + "荘", 2
            building = f"{name} {random.randrange(floors) + 1}{random.randrange(1, 9):02d}号室"
        return random.choice(self.towns), block, building

    def protect(self, households: list[Household], count: int) -> list[Household]:
        """Put about one in a thousand persons, whole households at a time, under protection (支援措置)."""
        wanted, found = max(PROTECTED_AT_LEAST, round(count * PROTECTED)), 0
        order = list(range(len(households)))
        self.random.shuffle(order)
        for at in sorted(order, key=lambda at: not _is_woman_without_partner(households[at])):
            if found >= wanted:
                break
            household, ground = households[at], self.random.choice(GROUNDS)
            members = tuple(replace(person, protected=ground) for person in household.members)
            households[at] = replace(household, members=members)
            found += len(members)
        return households


def _is_woman_without_partner(household: Household) -> bool:
    people = household.members
    return people[0].sex == "f" and all(person.relationship in ("世帯主", "子") for person in people)


def _surname_of(person: Person) -> Surname:
    """The surname a child shares with this person."""
    if person.nationality == "JPN":
        return Surname(person.name.split("\u3000")[0], person.kana.split("\u3000")[0])
    for latin, kana, *characters in names()["foreign"][person.nationality]["surnames"]:
        if person.latin_name.startswith(latin + " "):
            written = characters[0] if characters and person.name.startswith(characters[0]) else latin
            return Surname(written, kana, latin)
    raise ValueError(f"no surname of {person.nationality} begins {person.latin_name!r}")
