"""The two families of the demonstration logins: made names, known addresses, children of the ages that the allowance turns on. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta

from kusei.base.demo.people import Person
from kusei.base.kernel.wards import made_towns


@dataclass(frozen=True)
class Family:
    """A family whose first or second member signs in with `email`; `tied` means the account is tied to that person from the start."""

    email: str
    login: int
    tied: bool
    members: tuple[Person, ...]
    address: tuple[str, str, str]

    @property
    def person(self) -> Person:
        """The member who signs in."""
        return self.members[self.login]


def _born(today: date, years: int, days: int) -> date:
    """A birthday `years` and some days ago."""
    return date(today.year - years, today.month, min(today.day, 28)) - timedelta(days=days)


def demonstration_families(ward: str, today: date) -> list[Family]:
    """Hanako, tied to her family with children of 19, 8 and 1; Yuki, not tied yet, with a child born twelve days ago."""
    towns = made_towns(ward)
    return [
        Family(
            email="hanako@example.jp",
            login=1,
            tied=True,
            address=(towns[1], "5番8号", "コーポみほん 203号室"),
            members=(
                Person(
                    "桜木\u3000一郎",
                    "サクラギ\u3000イチロウ",
                    _born(today, 46, 40),
                    "m",
                    "世帯主",
                    phone="090-0000-0001",
                ),
                Person(
                    "桜木\u3000花子",
                    "サクラギ\u3000ハナコ",
                    _born(today, 43, 170),
                    "f",
                    "妻",
                    former_name="見本",
                    phone="090-0000-0002",
                ),
                Person("桜木\u3000大地", "サクラギ\u3000ダイチ", _born(today, 19, 75), "m", "子"),
                Person("桜木\u3000海", "サクラギ\u3000ウミ", _born(today, 8, 150), "f", "子"),
                Person("桜木\u3000空", "サクラギ\u3000ソラ", _born(today, 1, 100), "m", "子"),
            ),
        ),
        Family(
            email="yuki@example.jp",
            login=0,
            tied=False,
            address=(towns[2], "11番4号", ""),
            members=(
                Person(
                    "朝倉\u3000由紀", "アサクラ\u3000ユキ", _born(today, 34, 220), "f", "世帯主", phone="090-0000-0003"
                ),
                Person("朝倉\u3000健", "アサクラ\u3000ケン", _born(today, 35, 20), "m", "夫", phone="090-0000-0004"),
                Person("朝倉\u3000光", "アサクラ\u3000ヒカル", today - timedelta(days=12), "f", "子"),
            ),
        ),
    ]
