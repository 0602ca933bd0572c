"""A case in words: states, deadlines and events as the console shows them."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from kusei.base.decide import rules
from kusei.base.decide.models import ApprovalStep, Case, CheckItem, Entry
from kusei.base.kernel.calendar import wareki
from kusei.base.kernel.i18n import text

STATES = {
    "received": ("outline", lazy("未着手")),
    "checking": ("info", lazy("審査中")),
    "correcting": ("warning", lazy("補正待ち")),
    "approving": ("info", lazy("決裁中")),
    "decided": ("success", lazy("決定済み")),
    "withdrawn": ("neutral", lazy("取下げ")),
}

# event → (what happened, tone on the timeline)
EVENTS = {
    "received": (lazy("受け付けました"), "info"),
    "taken": (lazy("担当しました"), "neutral"),
    "released": (lazy("担当を外しました"), "neutral"),
    "assigned": (lazy("担当を替えました"), "neutral"),
    "checked": (lazy("審査項目を確認しました"), "neutral"),
    "noted": (lazy("メモ"), "neutral"),
    "correction_asked": (lazy("補正を求めました"), "warning"),
    "correction_received": (lazy("補正が届きました"), "info"),
    "correction_late": (lazy("補正が、起案のあとに届きました"), "warning"),
    "resumed": (lazy("補正を打ち切り、審査を続けます"), "neutral"),
    "drafted": (lazy("起案しました"), "info"),
    "pulled_back": (lazy("起案を引き戻しました"), "neutral"),
    "agreed": (lazy("確認しました"), "info"),
    "returned": (lazy("差し戻しました"), "warning"),
    "decided": (lazy("決裁しました"), "success"),
    "withdrawn": (lazy("申請者が取り下げました"), "neutral"),
}

RESULTS = {
    "ok": ("success", lazy("適")),
    "not_ok": ("danger", lazy("不適")),
    "not_needed": ("neutral", lazy("確認不要")),
    "": ("outline", lazy("未確認")),
}

APPROVALS = {
    "running": ("info", lazy("決裁中")),
    "decided": ("success", lazy("決裁済み")),
    "returned": ("warning", lazy("差戻し")),
    "pulled_back": ("neutral", lazy("引戻し")),
    "withdrawn": ("neutral", lazy("取下げ")),
}

POSTS = {
    "clerk": lazy("主事"),
    "subsection_chief": lazy("係長"),
    "section_chief": lazy("課長"),
    "department_chief": lazy("部長"),
}


def state_chip(case: Case) -> tuple[str, str]:
    """(tone, label) of a case's state; one sent back to its drafter says so."""
    if case.state == "checking" and getattr(case, "last_approval", None) == "returned":
        return "warning", _("差戻し")
    tone, label = STATES[case.state]
    return tone, str(label)


def deadline(case: Case, today: date) -> rules.Deadline | None:
    """How the case stands towards its deadline; None once it has ended."""
    return rules.deadline(case.due_on, case.paused_on, today) if case.state in rules.OPEN else None


def outcome_label(case: Case, key: str) -> str:
    """What an outcome is called in the procedure's own words."""
    found = rules.outcome_of(case.snapshot.content["decide"], key)
    return text(found["label"]) if found else key


def lines(parts: Iterable[Any]) -> SafeString:
    """Paragraphs of plain text, line ends kept; empty ones left out."""
    return format_html_join("", '<p class="lines">{}</p>', ((part,) for part in parts if part))


def happened(entries: Iterable[Entry], definition: Mapping, checks: Iterable[CheckItem]) -> list[dict]:
    """The case's course for `{% timeline %}`, in the order given."""
    items = {check.key: text(check.label) for check in checks}
    shown = []
    for entry in entries:
        title, tone = EVENTS[entry.event]
        shown.append({
            "at": entry.at, "title": title, "tone": tone, "who": entry.by.name if entry.by else "",
            "body": lines([entry.note, *_more(entry, definition, items)]),
        })  # fmt: skip
    return shown


def _more(entry: Entry, definition: Mapping, items: Mapping[str, str]) -> list[str]:
    detail = entry.detail
    more = []
    if "to" in detail:
        more.append(_("新しい担当：%(name)s") % {"name": detail["to"]})
    if "items" in detail:
        more += [
            f"{label}：{RESULTS[detail['items'][key]][1]}" for key, label in items.items() if key in detail["items"]
        ]
    for key in ("questions", "changed"):
        if detail.get(key):
            labels = [text(definition["questions"][q]["label"]) for q in detail[key] if q in definition["questions"]]
            more.append(_("項目：%(labels)s") % {"labels": "、".join(labels)})
    if detail.get("answer_by"):
        more.append(_("回答の期限：%(day)s") % {"day": wareki(date.fromisoformat(detail["answer_by"]))})
    if "step" in detail:
        more.append(detail["step"] + (_("（上位者による確認）") if detail.get("instead") else ""))
    if "outcome" in detail:
        more.append(_("処分の案：%(outcome)s") % {"outcome": detail["outcome"]})
    return more


def route(steps: Iterable[ApprovalStep]) -> list[dict]:
    """The steps of a run as the approval page lists them."""
    shown = []
    for step in steps:
        if step.result:
            tone, state = ("success", _("承認")) if step.result == "agreed" else ("warning", _("差戻し"))
        else:
            tone, state = ("info", _("いまここ")) if step.ready else ("outline", _("これから"))
        instead = step.taken_post and step.taken_post != step.post
        shown.append({
            "label": text(step.label), "tone": tone, "state": state, "comment": step.comment, "at": step.taken_at,
            "who": f"{POSTS[step.taken_post]} {step.taken_by.name}" if step.taken_by else "",
            "instead": _("上位者による確認") if instead else "",
        })  # fmt: skip
    return shown


def proposal_rows(proposal: Mapping) -> list[dict]:
    """What a module proposes, as rows of label and value: `proposal["lines"]` lists (label, value) in words."""
    return [{"label": label, "value": value} for label, value in proposal.get("lines", [])]


def correction_banner(case: Case, entries: Iterable[Entry]) -> SafeString:
    """What the applicant was last asked to correct, while it is awaited."""
    asked = next((entry for entry in entries if entry.event == "correction_asked"), None)
    if case.state != "correcting" or not asked:
        return SafeString("")
    return format_html("{}", lines([asked.note, *_more(asked, case.snapshot.content, {})]))
