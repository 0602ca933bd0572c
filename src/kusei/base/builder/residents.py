"""Example residents with whom a manuscript is tried out. All are made up; none is in any register."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

SOURCE = "例"


@dataclass(frozen=True)
class Example:
    """Somebody to try a procedure with: a name for the list, and what the register would know."""

    key: str
    title: str
    facts: Mapping[str, Any]

    def given(self, today: date) -> dict[str, dict[str, Any]]:
        """The facts as a draft holds them."""
        return {name: {"value": value, "source": SOURCE, "as_of": str(today)} for name, value in self.facts.items()}


def _person(number: int, name: str, kana: str, born: date, relationship: str) -> dict[str, str]:
    party = f"00000000-0000-7000-8000-{number:012d}"
    return {"party_id": party, "name": name, "kana": kana, "birth_date": born.isoformat(), "relationship": relationship}


def _who(name: str, kana: str, born: date, **more: Any) -> dict[str, Any]:
    home = {
        "postal": "130-0000", "town": "", "town_name": "見本町一丁目", "block": "1番1号", "building": "見本ハイツ101",
        "text": "見本町一丁目1番1号　見本ハイツ101",
    }  # fmt: skip
    nobody = {"household.members": [], "household.children": [], "representatives": [], "protected": False}
    plain = {"former_name": "", "alias": "", "latin_name": "", "sex": "", "nationality": "JPN", "phone": "03-0000-0000"}
    return {"name": name, "kana": kana, "birth_date": born.isoformat(), "address": home, **plain, **nobody, **more}


def examples(today: date) -> list[Example]:
    """The example residents, with ages as of a day."""
    year = today.year
    young = _person(1, "見本　空", "ミホン　ソラ", date(year - 1, 5, 10), "子")
    older = _person(2, "見本　海", "ミホン　ウミ", date(year - 9, 8, 20), "子")
    partner = _person(3, "見本　一郎", "ミホン　イチロウ", date(year - 38, 3, 3), "夫")
    latin = "NGUYEN THI MIHON MARIA ELISABETH ALEXANDRA"
    return [
        Example("none", _("登録と結びついていない人（何も入っていない）"), {}),
        Example("family", _("子どもが2人いる親"), _who(
            "見本　花子", "ミホン　ハナコ", date(year - 36, 4, 1),
            **{"household.members": [partner, older, young], "household.children": [older, young]},
        )),
        Example("single", _("ひとり暮らしの25歳"), _who("見本　健", "ミホン　ケン", date(year - 25, 1, 15))),
        Example("elder", _("ひとり暮らしの82歳（電話の登録なし）"), _who(
            "見本　トメ", "ミホン　トメ", date(year - 82, 12, 31), phone=""
        )),
        Example("foreign", _("名前の長い外国籍の人"), _who(
            latin, "グエン　ティ　ミホン　マリア　エリザベス　アレクサンドラ", date(year - 30, 7, 7), nationality="VNM", latin_name=latin
        )),
    ]  # fmt: skip


def example(key: str, today: date) -> Example:
    """One of them; the first for an unknown key."""
    found = examples(today)
    return next((each for each in found if each.key == key), found[0])
