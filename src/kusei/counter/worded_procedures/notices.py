"""What staff see when they draft, and what stands on the notice: both from the procedure's own words."""

from collections.abc import Mapping
from datetime import date, datetime

from kusei.base.ask.deadline import Deadline
from kusei.base.decide.models import Approval, Case
from kusei.base.decide.rules import outcome_of
from kusei.base.kernel.calendar import wareki
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.i18n import text
from kusei.base.papers import letters
from kusei.base.papers.appeals import appeal


def proposal(case: Case, outcome: str, now: datetime) -> dict:
    """Whether the application came in time, where the procedure has a term (期限) and the day of the event was answered."""
    term = case.snapshot.content.get("deadline")
    answer = case.answers.get(term.get("from")) if term else None
    if not answer:
        return {}
    last, came = Deadline.model_validate(term).last_day(date.fromisoformat(answer)), local_date(case.received_at)
    if last is None:
        return {}
    how = "期限内" if came <= last else "期限後"
    return {"lines": [("期限", f"{wareki(last)}まで：{how}（受付 {wareki(came)}）")]}


def notice(case: Case, approval: Approval, now: datetime) -> dict:
    """What stands on the notice of a decision: result, ground in law, reason, what to do next; and how to appeal where it is refused."""
    content = case.snapshot.content
    decide = content["decide"]
    outcome = outcome_of(decide, approval.outcome)
    to = decide.get("appeal_to") if outcome.get("needs_reason") else None
    return letters.head(case, now) | {
        "procedure": text(case.title, "ja"),
        "facts": _facts(case, content, outcome, now),
        "reason": approval.reason,
        "then": text(outcome.get("then"), "ja"),
        "appeal": appeal(to, first=decide["appeal_first"]) if to else [],
    }


def _facts(case: Case, content: Mapping, outcome: Mapping, now: datetime) -> list[list[str]]:
    facts = [
        ["決定", text(outcome["label"], "ja")],
        ["決定した日", wareki(local_date(now))],
        ["申請した方", case.applicant_name],
    ]
    if law := content.get("law"):
        facts.append(["根拠", "、".join(each["text"] for each in law)])
    return facts
