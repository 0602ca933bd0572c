"""A case in words: states, deadlines and events as the console shows them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from kusei.base.decide import rules
from kusei.base.decide.models import Addressee, ApprovalStep, Case, CheckItem, Document, Entry
from kusei.base.decide.routes import Stop, delegations, documents
from kusei.base.kernel.calendar import wareki
from kusei.base.kernel.clock import JAPAN, local_date
from kusei.base.kernel.i18n import text
from kusei.base.web.kit import day, yen

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
    "opinion": (lazy("意見を付けて回しました"), "warning"),
    "taken_back": (lazy("確認を引き戻しました"), "neutral"),
    "returned_to_stage": (lazy("前の段階に差し戻しました"), "warning"),
    "seen_afterwards": (lazy("代決を後閲しました"), "neutral"),
    "written": (lazy("文書を作り始めました"), "neutral"),
    "rewritten": (lazy("文書を直しました"), "neutral"),
    "attached": (lazy("ファイルを添付しました"), "neutral"),
    "detached": (lazy("添付を外しました"), "neutral"),
    "addressed": (lazy("宛先を加えました"), "neutral"),
    "unaddressed": (lazy("宛先を外しました"), "neutral"),
    "abandoned": (lazy("廃案にしました"), "neutral"),
    "issued": (lazy("施行しました"), "success"),
    "recorded_paper": (lazy("紙で決裁したことを記録しました"), "success"),
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
    "deputy_mayor": lazy("副区長"),
    "mayor": lazy("区長"),
}

MODES = {
    "": "",
    "superior": lazy("上位者による確認"),
    "deputy": lazy("代決"),
}

DOCUMENTS = {
    "drafting": ("outline", lazy("作成中")),
    "approving": ("info", lazy("決裁中")),
    "decided": ("success", lazy("決裁済み")),
    "issued": ("success", lazy("施行済み")),
    "abandoned": ("neutral", lazy("廃案")),
}

MEANS = {"department": lazy("庁内"), "mail": lazy("メール"), "letter": lazy("郵送")}


def state_chip(case: Case) -> tuple[str, str]:
    """(tone, label) of a case's state; one sent back to its drafter says so."""
    if case.state == "checking" and getattr(case, "last_approval", None) == "returned":
        return "warning", _("差戻し")
    tone, label = STATES[case.state]
    return tone, str(label)


def deadline(case: Case, today: date) -> rules.Deadline | None:
    """How the case stands towards its deadline; None once it has ended."""
    return rules.deadline(case.due_on, case.paused_on, today) if case.state in rules.OPEN else None


def pauses(case: Case, entries: Iterable[Entry], today: date) -> list[dict]:
    """When the deadline stood still because a correction was awaited (補正), and what each pause made of it, in words, oldest first.

    entries: the case's course, newest first.
    """
    spans: list[tuple[date, date | None]] = []
    for entry in reversed(list(entries)):
        if entry.event == "correction_asked":
            spans.append((local_date(entry.at), None))
        elif entry.event in ("correction_received", "resumed", "withdrawn") and spans and spans[-1][1] is None:
            spans[-1] = (spans[-1][0], local_date(entry.at))
    first = rules.due_on(local_date(case.received_at), case.working_days)
    shown = []
    for pause in rules.pauses(first, spans, today):
        said = {"since": day(pause.since), "until": day(pause.until), "n": pause.days, "due": day(pause.due)}
        if pause.until is None:
            words = _("%(since)sから停止中（%(n)s営業日）。きょう補正が届くと、期限は%(due)sになります。") % said
        else:
            words = _("%(since)sから%(until)sまで停止（%(n)s営業日）。期限は%(due)sになりました。") % said
        shown.append({"words": words, "running": pause.until is None})
    return shown


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
    if detail.get("agent"):
        more.append(_("代理人：%(name)s") % {"name": detail["agent"]})
    if signed := detail.get("signed"):
        more.append(_("電子署名：%(signer)s") % {"signer": signed["signer"]})
        more.append(
            _("確認：%(at)s（証明書 %(serial)s）") % {"at": _when(signed["checked_at"]), "serial": signed["serial"]}
        )
    if detail.get("answer_by"):
        more.append(_("回答の期限：%(day)s") % {"day": wareki(date.fromisoformat(detail["answer_by"]))})
    if "step" in detail:
        more.append(detail["step"] + (_("（上位者による確認）") if detail.get("instead") else ""))
    if "deputy" in detail:
        more.append(_("代決（%(name)sの不在のため）") % {"name": detail["deputy"] or _("本来の決裁者")})
    if detail.get("whom"):
        more.append(_("差戻し先：%(step)s") % {"step": detail["whom"]})
    if "outcome" in detail:
        more.append(_("処分の案：%(outcome)s") % {"outcome": detail["outcome"]})
    if "post" in detail:
        more.append(_("決裁：%(post)s") % {"post": detail["post"]})
    return more


def _when(text: str) -> str:
    """An instant as plain text, in Japan."""
    return datetime.fromisoformat(text).astimezone(JAPAN).strftime("%Y-%m-%d %H:%M")


RESULT_CHIPS = {
    "agreed": ("success", lazy("承認")),
    "opinion": ("warning", lazy("意見付き")),
    "returned": ("warning", lazy("差戻し")),
}


def route(steps: Iterable[ApprovalStep]) -> list[dict]:
    """The steps of a run as the approval page lists them, stage by stage; those of one stage are asked at once."""
    listed = sorted(steps, key=lambda step: (step.stage, step.order))
    sizes = Counter(step.stage for step in listed if not step.repeated)
    shown = []
    for step in listed:
        if step.result:
            tone, state = RESULT_CHIPS[step.result]
        else:
            tone, state = ("info", _("いまここ")) if step.ready else ("outline", _("これから"))
        mode = str(MODES[step.mode]) if step.taken_by_id else ""
        if step.mode == "deputy" and step.holder:
            mode = _("%(name)sの代決") % {"name": step.holder.name}
        shown.append({
            "label": text(step.label), "tone": tone, "state": str(state), "comment": step.comment, "at": step.taken_at,
            "who": f"{POSTS[step.taken_post]} {step.taken_by.name}" if step.taken_by else "",
            "instead": mode, "seen": step.seen_at, "unseen": step.mode == "deputy" and step.holder_id and not step.seen_at,
            "together": sizes[step.stage] > 1, "repeated": step.repeated, "department": text(step.department.name),
        })  # fmt: skip
    return shown


def stages(stops: Iterable[Stop]) -> list[dict]:
    """A route before it is run: the labels of each stage."""
    found: dict[int, list[str]] = {}
    for stop in stops:
        found.setdefault(stop.stage, []).append(text(stop.label))
    return [{"labels": labels, "together": len(labels) > 1} for labels in found.values()]


def rule_words(rule: Mapping) -> str:
    """Why this post decides: 課長の専決（給付・許認可の決定、通常）：source. Empty where no rule of the table was asked."""
    if not rule:
        return ""
    table = delegations(settings.WARD)
    about = [text(table.matters[rule["matter"]]), text(table.gravities[rule["gravity"]])]
    if rule.get("amount") is not None:
        about.append(yen(rule["amount"]))
    said = {"post": POSTS[rule["post"]], "about": "、".join(about), "source": rule["source"]}
    return _("%(post)sが決裁（%(about)s）。根拠：%(source)s") % said


# ---- documents (文書) ----------------------------------------------------------------------------------------------------------


def kind_name(document: Document) -> str:
    """What kind of document it is."""
    kind = documents(settings.WARD).kinds.get(document.kind)
    return text(kind.title) if kind else document.kind


def document_facts(document: Document) -> list[dict]:
    """The sheet of a document as rows of label and value."""
    table, gravities = documents(settings.WARD), delegations(settings.WARD).gravities
    rows = [
        (_("種別"), kind_name(document)),
        (_("所管"), text(document.department.name)),
        (_("重要度"), text(gravities[document.gravity])),
        (_("金額"), yen(document.amount)),
        (_("文書分類"), text(table.classes.get(document.doc_class, {"ja": document.doc_class}))),
        (_("保存年限"), text(table.retention.get(document.retention, {"ja": str(document.retention)}))),
        (_("保存期限"), day(document.keep_until)),
        (_("取扱注意"), _("はい") if document.restricted else ""),
        (_("決裁希望日"), day(document.due_on)),
    ]
    return [{"label": str(label), "value": value} for label, value in rows if value]


def addressee(to: Addressee) -> dict:
    """An addressee: how, and to whom."""
    who = text(to.department.name) if to.department else to.name
    return {"id": to.id, "means": str(MEANS[to.means]), "who": who, "address": to.address}


def proposal_rows(proposal: Mapping) -> list[dict]:
    """What a module proposes, as rows of label and value: `proposal["lines"]` lists (label, value) in words."""
    return [{"label": label, "value": value} for label, value in proposal.get("lines", [])]


def correction_banner(case: Case, entries: Iterable[Entry]) -> SafeString:
    """What the applicant was last asked to correct, while it is awaited."""
    asked = next((entry for entry in entries if entry.event == "correction_asked"), None)
    if case.state != "correcting" or not asked:
        return SafeString("")
    return format_html("{}", lines([asked.note, *_more(asked, case.snapshot.content, {})]))
