"""The answers of a case as staff read them: page by page, beside what the register says, with the files that were handed in."""

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import get_language

from kusei.base.ask.answers import readable
from kusei.base.decide import compare
from kusei.base.decide.models import Case
from kusei.base.decide.moves import PURPOSE
from kusei.base.decide.views.found import uuid_in
from kusei.base.files.models import StoredFile
from kusei.base.kernel.actors import Actor
from kusei.base.parties.facts import Fact, facts


def lent(by: Actor, case: Case) -> Actor:
    """The actor with the right to look at the register of this case's persons: who decides a case may see whom it is about,
    without a right to look up just anybody. Whoever calls this has found the case visible to them."""
    return by.lent("parties.view", case.department_id)


def register_of(case: Case, by: Actor, now: datetime) -> dict[str, Fact]:
    """What the register says about the applicant; nothing where the applicant isn't a person of the register."""
    if not case.party_id:
        return {}
    wanted = compare.facts_needed(case.snapshot.content)
    return facts(case.party_id, wanted, PURPOSE, by=lent(by, case), now=now)


def corrected_in(case: Case) -> set[str]:
    """The questions whose answers the applicant has put right since (補正)."""
    details = case.entries.filter(event="correction_received").values_list("detail", flat=True)
    return {key for detail in details for key in detail.get("changed", [])}


def answers_of(case: Case, known: Mapping[str, Fact]) -> list[dict]:
    """The answers by section, each row with what the register says beside it and with its files."""
    files = StoredFile.objects.in_bulk([file["file_id"] for file in case.files])
    values = {name: fact.value for name, fact in known.items()}
    source = {
        key: known[question["fact"]].source
        for key, question in case.snapshot.content["questions"].items()
        if question.get("fact") in known
    }
    beside = compare.beside(case.snapshot.content, case.answers, values) if known else {}
    ids = {(file["question"], file["name"]): file["file_id"] for file in case.files}
    corrected = corrected_in(case)
    sections = []
    for section in readable(case.snapshot.content, case.answers, get_language() or "ja"):
        rows = []
        for row in section.rows:
            listed = [
                {"id": file.get("file") or ids.get((row.key, file["name"])), "name": file["name"]} for file in row.files
            ]
            for file in listed:
                stored = files.get(uuid_in(str(file["id"])))
                file["state"] = stored.state if stored else "refused"
            rows.append({
                "row": row, "beside": beside.get(row.key, []), "files": listed, "corrected": row.key in corrected,
                "source": source.get(row.key, ""),
            })  # fmt: skip
        sections.append({"title": section.title, "rows": rows})
    return sections


def person_of(known: Mapping[str, Fact]) -> dict | None:
    """The applicant as the register has them."""
    if not known:
        return None
    name = known["name"]
    shown = [
        "name",
        "kana",
        "corporate_number" if known["corporate_number"].value else "birth_date",
        "address",
        "phone",
    ]
    rows = [{"label": compare.fact_label(what), "value": compare.fact_text(what, known[what].value)} for what in shown]
    members = [
        {
            "label": person["relationship"],
            "value": f"{person['name']}（{compare.fact_text('birth_date', person['birth_date'])}）",
        }
        for person in known["household.members"].value
    ]
    is_person = not known["corporate_number"].value
    return {"rows": rows, "members": members, "is_person": is_person, "source": name.source, "as_of": name.as_of}


def shown(case: Case, by: Actor, now: datetime) -> dict:
    """What `decide/_answers.html` needs."""
    known = register_of(case, by, now)
    return {
        "sections": answers_of(case, known),
        "register": person_of(known),
        "protected": known["protected"].value if known else False,
    }
