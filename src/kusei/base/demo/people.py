"""Made persons: names, birthdays, nationalities and residence statuses as a resident register holds them. Pure.

Common names combined by chance from `wards/_common/demo/names.yaml`; nobody is taken from anywhere. Telephone numbers begin with
090-0000, which is assigned to nobody.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import accumulate
from random import Random

import yaml

from kusei.base.kernel.calendar import WARDS

SPECIAL_PERMANENT = "特別永住者"
PERMANENT = "永住者"
WORK_STATUSES = [
    "技術・人文知識・国際業務",
    PERMANENT,
    "定住者",
    "特定技能1号",
    "経営・管理",
    "高度専門職1号ロ",
    "技能",
    "企業内転勤",
]
WORK_WEIGHTS = [34, 36, 6, 8, 5, 4, 5, 2]


@dataclass(frozen=True, slots=True)
class Person:
    """A made person. `sex` is m or f, `nationality` ISO 3166-1 alpha-3, `relationship` stands towards the head (続柄)."""

    name: str
    kana: str
    birth_date: date
    sex: str
    relationship: str = "世帯主"
    latin_name: str = ""
    former_name: str = ""
    nationality: str = "JPN"
    residence_status: str = ""
    phone: str = ""
    protected: str = ""
    """The ground of protection (支援措置), "" for nearly everybody."""


@dataclass(frozen=True, slots=True)
class Surname:
    """A family's name as written and read; in Latin letters only for foreign families."""

    written: str
    kana: str
    latin: str = ""


@cache
def names() -> dict:
    """The tables of names."""
    return yaml.safe_load((WARDS / "_common" / "demo" / "names.yaml").read_text("utf-8"))


@cache
def _surnames() -> tuple[list[Surname], list[int]]:
    entries = names()["surnames"] + names()["variant_surnames"]
    return [Surname(written, kana) for written, kana, _weight in entries], list(accumulate(e[2] for e in entries))


@cache
def _nationalities() -> tuple[list[str], list[int]]:
    foreign = names()["foreign"]
    return list(foreign), list(accumulate(entry["weight"] for entry in foreign.values()))


class PersonMaker:
    """Makes persons from one source of chance, as of one day."""

    def __init__(self, random: Random, today: date) -> None:
        self.random, self.today = random, today

    def chance(self, probability: float) -> bool:
        """True with that probability."""
        return self.random.random() < probability

    def birthday(self, age: int) -> date:
        """A birthday that makes somebody `age` years old today."""
        latest = date(self.today.year - age, self.today.month, min(self.today.day, 28))
        return latest - timedelta(days=self.random.randrange(364))

    def surname(self) -> Surname:
        """A Japanese surname, as frequent as it is."""
        surnames, weights = _surnames()
        return self.random.choices(surnames, cum_weights=weights)[0]

    def nationality(self) -> str:
        """A foreign nationality, as frequent as in Tokyo."""
        codes, weights = _nationalities()
        return self.random.choices(codes, cum_weights=weights)[0]

    def foreign_surname(self, nationality: str) -> Surname:
        """A surname of that nationality; in characters for about half of those who have them."""
        latin, kana, *characters = self.random.choice(names()["foreign"][nationality]["surnames"])
        written = characters[0] if characters and self.chance(0.5) else latin
        return Surname(written, kana, latin)

    def japanese(self, sex: str, age: int, surname: Surname, relationship: str) -> Person:
        """A Japanese person; given names follow the decade of birth, a few married women keep a former surname (旧氏) on record."""
        birth = self.birthday(age)
        decades = names()["given"][sex]
        given, kana = self.random.choice(decades[min(max(birth.year // 10 * 10, min(decades)), max(decades))])
        former = ""
        if relationship in ("妻", "世帯主") and sex == "f" and 25 < age < 65 and self.chance(0.06):
            former = self.surname().written
        return Person(
            name=f"{surname.written}\u3000{given}",
            kana=f"{surname.kana}\u3000{kana}",
            birth_date=birth,
            sex=sex,
            relationship=relationship,
            former_name="" if former == surname.written else former,
            phone=self.phone(age),
        )

    def foreign(self, nationality: str, sex: str, age: int, surname: Surname, relationship: str, status: str) -> Person:
        """A foreign person, written in Latin letters as on the residence card, in characters, or rarely in katakana."""
        latin, kana, *characters = self.random.choice(names()["foreign"][nationality][sex])
        full_latin, full_kana = f"{surname.latin} {latin}", f"{surname.kana} {kana}".replace(" ", "\u3000")
        name = full_latin
        if surname.written != surname.latin and characters:
            name = f"{surname.written}\u3000{characters[0]}"
        elif not characters and self.chance(0.04):
            name = full_kana
        return Person(
            name=name,
            kana=full_kana,
            birth_date=self.birthday(age),
            sex=sex,
            relationship=relationship,
            latin_name=full_latin,
            nationality=nationality,
            residence_status=status,
            phone=self.phone(age),
        )

    def status(self, nationality: str, age: int, alone: bool) -> str:
        """A residence status (在留資格) that a grown-up of that nationality and age might hold."""
        if nationality == "KOR" and self.chance(0.35 if age > 30 else 0.15):
            return SPECIAL_PERMANENT
        if alone and age < 28 and self.chance(0.6):
            return "留学"
        if age > 60:
            return PERMANENT
        return self.random.choices(WORK_STATUSES, WORK_WEIGHTS)[0]

    def phone(self, age: int) -> str:
        """A mobile number nobody can have, for some grown-ups."""
        return f"090-0000-{self.random.randrange(1000, 10000)}" if age >= 18 and self.chance(0.4) else ""


def status_of_family(head_status: str, relationship: str) -> str:
    """The residence status of a spouse or child whose foreign head of household holds `head_status`."""
    if head_status == SPECIAL_PERMANENT:
        return SPECIAL_PERMANENT
    if head_status == PERMANENT:
        return PERMANENT if relationship == "子" else "永住者の配偶者等"
    return "定住者" if head_status == "定住者" else "家族滞在"
