"""Deciding like proposals together (一括決裁): side by side with what differs, each decided by itself."""

from collections.abc import Sequence
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from kusei.base.decide import actions, batches
from kusei.base.decide.batches import Group
from kusei.base.decide.models import ApprovalStep
from kusei.base.decide.moves import DECISION
from kusei.base.decide.views.found import log_listed, uuid_in
from kusei.base.kernel.errors import Invalid, NotNow, Refused
from kusei.base.kernel.pages import page
from kusei.base.staff.queries import member


@page(who="staff", purpose=DECISION, may="decide.view")
def batch(request: HttpRequest) -> HttpResponse:
    """Like proposals side by side; those chosen are agreed to, or decided, one after the other."""
    asked = request.POST if request.method == "POST" else request.GET
    key = asked.get("group", "")
    listed = batches.groups(request.actor, member(request.actor), request.now)
    group = next((each for each in listed if each.key == key), None)
    if request.method == "POST":
        ids = [uuid_in(each) for each in request.POST.getlist("step")[: batches.MOST]]
        return _decide(request, key, group, ids)
    if group is None:
        return redirect("decide:approvals")
    shown, rows = batches.table(group, request.now)
    log_listed(
        request, [row.waiting.approval.case for row in rows if row.waiting.approval.case], "approval.list", DECISION
    )
    context = {"group": group, "shown": shown, "rows": rows, "left": max(len(group.steps) - batches.MOST, 0)}
    return render(request, "decide/batch.html", context)


def _decide(request: HttpRequest, key: str, group: Group | None, ids: Sequence) -> HttpResponse:
    """Each in a transaction of its own, with its own row in the log: one that fails stops none of the others."""
    back = f"{reverse('decide:batch')}?{urlencode({'group': key[:300]})}"
    if not ids:
        messages.error(request, _("1件も選ばれていません。"))
        return redirect(back)
    done, failed = 0, []
    for step_id in ids:
        step = batches.step_of(group, step_id) if group else None
        problem = _one(request, step) if step else _("すでに済んだか、あなたの段階ではなくなっています。")
        if problem:
            failed.append(f"{_name(step)}：{problem}" if step else problem)
        done += not problem
    if done:
        what = _("%(n)s件を決裁しました。") if group.deciding else _("%(n)s件を確認しました。")
        messages.success(request, what % {"n": done})
    for sentence in dict.fromkeys(failed):
        messages.error(request, sentence)
    return redirect(back)


def _one(request: HttpRequest, step: ApprovalStep) -> str:
    """Decide one; returns what stood in the way, or ""."""
    try:
        actions.agree(step.approval, step.id, request.POST.get("comment", ""), by=request.actor, now=request.now)
    except (NotNow, Refused) as error:
        return str(error) if isinstance(error, NotNow) else _("この段階は行えません。")
    except Invalid as error:
        return " ".join(error.problems.values())
    return ""


def _name(step: ApprovalStep) -> str:
    approval = step.approval
    return f"{approval.case.number} {approval.case.applicant_name}" if approval.case_id else str(approval.document)
