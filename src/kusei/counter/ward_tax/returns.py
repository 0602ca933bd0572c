"""From the answers of a return (申告書) to what the rules compute with. Pure."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from kusei.counter.ward_tax import law as L
from kusei.counter.ward_tax.rules import Return

SAME = (
    "salary",
    "pension",
    "other",
    "social_insurance",
    "mutual_aid",
    "quake",
    "old_long",
    "medical",
    "self_medication",
    "under_16",
)
LIFE = ("new_general", "new_medical", "new_pension", "old_general", "old_pension")


def fiscal_year(answers: Mapping[str, Any]) -> int | None:
    """The fiscal year the return is for, None before that is answered."""
    year = answers.get("year")
    return int(year) if year else None


def of_answers(answers: Mapping[str, Any]) -> Return | None:
    """The return these answers make; None before the birth date is known. What isn't answered counts as none."""
    if not answers.get("birth"):
        return None
    number = lambda key: answers.get(key) or 0  # noqa: E731
    own, spouse = answers.get("self_disabled") or "none", answers.get("spouse") or "none"
    disabled = {kind: number(f"disabled_{kind}") for kind in L.DISABILITY}
    if own in disabled:
        disabled[own] += 1
    status, also = answers.get("status") or "none", answers.get("also") or []
    return Return(
        birth=date.fromisoformat(answers["birth"]),
        **{key: number(key) for key in SAME},
        child_or_disabled=answers.get("child_or_disabled") == "yes",
        life={kind: number(f"life_{kind}") for kind in LIFE},
        spouse_income=number("spouse_income") if spouse in ("younger", "elderly") else None,
        spouse_elderly=spouse == "elderly",
        dependants={kind: number(f"dependants_{kind}") for kind in L.DEPENDANTS},
        special_relatives=[yen for key in ("relative_1", "relative_2") if (yen := number(key))],
        disabled=disabled,
        self_disabled=own in disabled,
        status="" if status == "none" else status,
        student="student" in also,
        welfare="welfare" in also,
    )
