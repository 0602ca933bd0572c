"""What staff of an office do, by the same acts as their pages: [[act, receipt number], …] on standard input; prints the state of each case then."""

import json
import sys

import django


def main(acts: list[list[str]]) -> list[str]:
    """One act after the other."""
    from kusei.base import audit
    from kusei.base.kernel import clock

    states = []
    for act, number in acts:
        with audit.page_scope():
            states.append(do(act, number, clock.now()))
    return states


def do(act: str, number: str, now) -> str:
    """One act on the case with that number; returns its state afterwards."""
    from kusei.base.accounts.queries import actor_for
    from kusei.base.decide import actions as office
    from kusei.base.decide.models import Approval, Case
    from kusei.base.staff.models import StaffMember

    def by(login: str):
        return actor_for(StaffMember.objects.get(account__login=login).account, now)

    clerk, reviewer, chief = by("100101"), by("100102"), by("100103")
    case = Case.objects.get(number=number)
    if act == "take":
        office.take(case, by=clerk, now=now)
    elif act == "ask_correction":
        office.ask_correction(case, ["bank_document"], "写真が暗くて読めません。", None, by=clerk, now=now)
    elif act in ("granted", "refused"):
        office.check(case, {item.key: ("ok", "") for item in case.checks.all()}, by=clerk, now=now)
        case.refresh_from_db()
        office.draft(case, act, "支給の要件に当たらないため。" if act == "refused" else "", by=clerk, now=now)
        for superior in (reviewer, chief):
            approval = Approval.objects.get(case=case, state="running")
            office.agree(approval, approval.steps.get(ready=True, result="").id, by=superior, now=now)
    case.refresh_from_db()
    return case.state


if __name__ == "__main__":
    django.setup()
    print(json.dumps(main(json.load(sys.stdin))))
