"""What a decision about a place comes to, and the words of its notice."""

from datetime import datetime

from django.utils.translation import gettext as _

from kusei.base.decide.models import Approval, Case
from kusei.base.kernel.calendar import wareki
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.errors import Invalid
from kusei.base.papers import letters
from kusei.counter.bicycle_parking import queries
from kusei.counter.bicycle_parking.models import Use


def proposal(case: Case, outcome: str, now: datetime) -> dict:
    """What a decision comes to. Raises Invalid where a place is to be granted but none is reserved, or one is and the line is proposed."""
    use = Use.objects.select_related("lot", "place").get(case=case)
    if outcome == "granted" and use.state != "held":
        raise Invalid({"outcome": _("空いている場所がありません。空き待ちとして決定してください。")})
    if outcome == "waiting" and use.state != "waiting":
        raise Invalid({"outcome": _("場所が空いています。利用を承認できます。")})
    lines = [
        ("駐車場", str(use.lot)),
        ("期間", f"{use.months}か月"),
        ("利用料", f"{use.yen:,}円" if use.yen else "免除"),
    ]
    if use.place:
        lines.insert(1, ("区画番号", str(use.place.number)))
    else:
        lines.insert(1, ("空き待ちの順番", f"{queries.ahead_of(use) + 1}番目"))
    return {"lines": [*lines, ("根拠", queries.tariff(local_date(now)).source)]}


def notice(case: Case, approval: Approval, now: datetime) -> dict:
    """What stands on the notice of a decision (決定通知書)."""
    facts = [["申込者", case.applicant_name], *([label, value] for label, value in approval.proposal.get("lines", []))]
    use = Use.objects.get(case=case)
    if use.state == "due":
        charge = case.charges.get(state="unpaid")
        facts.append(["納期限", f"{wareki(use.due_on)}（請求番号 {charge.number}）"])
    return letters.head(case, now) | {"facts": facts, "reason": approval.reason, "outcome": approval.outcome}
