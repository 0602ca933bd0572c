"""How a case may move, when it is due, and who may take which step of an approval. Pure."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_lazy as _

from kusei.base.kernel.calendar import DAY, business_days_after, business_days_between, is_business_day
from kusei.base.kernel.errors import NotNow
from kusei.base.staff.rules import rank

# ---- states (状態) ---------------------------------------------------------------------------------------------------------

OPEN = ("received", "checking", "correcting", "approving")
ENDED = ("decided", "withdrawn")
STATES = OPEN + ENDED

# act → {state it may be done in: state the case is in afterwards}
MOVES: dict[str, dict[str, str]] = {
    "take": {"received": "checking", "checking": "checking", "correcting": "correcting"},
    "release": {"checking": "checking", "correcting": "correcting"},
    "assign": {"received": "checking", "checking": "checking", "correcting": "correcting"},
    "check": {"checking": "checking", "correcting": "correcting"},
    "ask_correction": {"checking": "correcting"},
    "receive_correction": {"correcting": "checking"},
    "resume": {"correcting": "checking"},
    "draft": {"checking": "approving"},
    "pull_back": {"approving": "checking"},
    "agree": {"approving": "approving"},
    "take_back": {"approving": "approving"},
    "return_step": {"approving": "approving"},
    "send_back": {"approving": "checking"},
    "decide": {"approving": "decided"},
    "withdraw": {"received": "withdrawn", "checking": "withdrawn", "correcting": "withdrawn", "approving": "withdrawn"},
    "note": {state: state for state in STATES},
}

# Why an act can't be done in a state, and what to do instead. An act's own sentence wins over the state's.
WHY_NOT: dict[str | tuple[str, str], str] = {
    "received": _("まだ担当者がいません。先に担当してください。"),
    "checking": _("この案件は審査中です。"),
    "correcting": _("申請者の補正を待っています。補正が届いてから行ってください。"),
    "approving": _("決裁中です。変えるには、起案した人が引き戻してください。"),
    "decided": _("この案件は決定済みです。"),
    "withdrawn": _("この案件は取り下げられました。"),
    ("receive_correction", "checking"): _("この補正はすでに届いています。"),
    ("receive_correction", "received"): _("補正をお願いしていません。"),
    ("receive_correction", "approving"): _("この補正はすでに届いています。"),
    ("resume", "checking"): _("補正はすでに届いたか、打ち切られました。"),
    ("ask_correction", "correcting"): _("補正はすでにお願いしています。"),
    ("draft", "approving"): _("すでに起案されています。"),
    ("pull_back", "checking"): _("この起案はもう決裁中ではありません。画面を読み直してください。"),
    ("agree", "checking"): _("この起案は引き戻されたか、差し戻されました。"),
    ("send_back", "checking"): _("この起案は引き戻されたか、差し戻されました。"),
    ("return_step", "checking"): _("この起案は引き戻されたか、差し戻されました。"),
    ("take_back", "checking"): _("この起案は引き戻されたか、差し戻されました。"),
    ("decide", "checking"): _("この起案は引き戻されたか、差し戻されました。"),
    ("withdraw", "decided"): _("すでに決定しているため、取り下げられません。"),
}

UNCORRECTABLE = ("applicant",)
"""Kinds of questions that a correction can't ask anew: another applicant is another application."""


def correctable(definition: Mapping) -> set[str]:
    """The questions of a procedure that a correction may ask anew."""
    return {key for key, question in definition["questions"].items() if question["kind"] not in UNCORRECTABLE}


# The same for documents (文書).
DOCUMENT_MOVES: dict[str, dict[str, str]] = {
    "edit": {"drafting": "drafting"},
    "draft": {"drafting": "approving"},
    "pull_back": {"approving": "drafting"},
    "agree": {"approving": "approving"},
    "take_back": {"approving": "approving"},
    "return_step": {"approving": "approving"},
    "send_back": {"approving": "drafting"},
    "decide": {"approving": "decided"},
    "issue": {"decided": "issued"},
    "abandon": {"drafting": "abandoned"},
}
DOCUMENT_WHY_NOT: dict[str | tuple[str, str], str] = {
    "drafting": _("この文書はまだ作成中か、差し戻されました。"),
    "approving": _("この文書は決裁中です。変えるには、起案した人が引き戻してください。"),
    "decided": _("この文書は決裁済みです。"),
    "issued": _("この文書は施行済みです。"),
    "abandoned": _("この文書は廃案になりました。"),
    ("draft", "approving"): _("すでに起案されています。"),
    ("issue", "approving"): _("決裁が済んでから施行してください。"),
    ("issue", "drafting"): _("決裁が済んでから施行してください。"),
}


def after(act: str, state: str, *, document: bool = False) -> str:
    """The state of a case (or a document) after an act. Raises NotNow, saying why and what to do, where the act can't be done in this
    state; KeyError for an act that isn't there."""
    moves, why = (DOCUMENT_MOVES, DOCUMENT_WHY_NOT) if document else (MOVES, WHY_NOT)
    if state not in moves[act]:
        raise NotNow(str(why.get((act, state)) or why[state]))
    return moves[act][state]


def can(act: str, state: str, *, document: bool = False) -> bool:
    """Whether the act can be done in this state."""
    return state in (DOCUMENT_MOVES if document else MOVES)[act]


# ---- deadlines (標準処理期間, 行政手続法6条) ---------------------------------------------------------------------------------


def due_on(received: date, within: int) -> date:
    """The day by which a case received on a day is to be decided: `within` working days later, the first not counted."""
    return business_days_after(received, within)


def due_after_pause(due: date, paused_on: date, resumed_on: date) -> date:
    """The deadline shifted by the working days that a correction took: the standard period does not run meanwhile (行政手続法7条)."""
    return business_days_after(due, business_days_between(paused_on, resumed_on))


@dataclass(frozen=True)
class Pause:
    """Days on which the standard period stood still because a correction was awaited (補正); `until` None while it still does.

    `days` are the working days it stood still so far, `due` the deadline after it (as if the answer came today, while it runs).
    """

    since: date
    until: date | None
    days: int
    due: date


def pauses(due: date, spans: Iterable[tuple[date, date | None]], today: date) -> list[Pause]:
    """What each pause did to a deadline that stood at `due` before the first: spans of (asked on, answered on), in their order."""
    listed = []
    for since, until in spans:
        end = until or max(today, since)
        due = due_after_pause(due, since, end)
        listed.append(Pause(since, until, business_days_between(since, end), due))
    return listed


@dataclass(frozen=True)
class Deadline:
    """A deadline as staff see it. `days` are working days left (negative: over); `tone` is a chip's."""

    on: date
    days: int
    paused: bool
    tone: str

    @property
    def label(self) -> str:
        """期限超過3日, 今日まで, あと3日; 停止中 while a correction is awaited."""
        if self.paused:
            return str(_("停止中（残り%(days)s日）") % {"days": max(self.days, 0)})
        if self.days < 0:
            return str(_("期限超過%(days)s日") % {"days": -self.days})
        return str(_("あと%(days)s日") % {"days": self.days}) if self.days else str(_("今日まで"))


SOON = 3


def deadline(due: date, paused_on: date | None, today: date) -> Deadline:
    """How a case stands towards its deadline; while paused, as on the day it was paused. Over only from the day after."""
    day = paused_on or today
    days = business_days_between(day, due)
    if day > due:
        days = min(days, -1)  # over on a Saturday is over all the same, though no working day has passed
    tone = "info" if paused_on else "danger" if days < 0 else "warning" if days <= SOON else "neutral"
    return Deadline(due, days, paused_on is not None, tone)


AGES = (0, 5, 10, 20)
"""Classes of age: from so many working days after arrival on (滞留)."""


def day_before(today: date, working_days: int) -> date:
    """The last day such that so many working days have passed since: what came on it or before is at least so old."""
    day = today
    while working_days:
        working_days -= is_business_day(day)
        day -= DAY
    return day


# ---- outcomes and checks -------------------------------------------------------------------------------------------------


def outcome_of(decide: Mapping, key: str) -> Mapping | None:
    """The outcome `key` of a procedure's `decide` part, or None."""
    return next((outcome for outcome in decide["outcomes"] if outcome["key"] == key), None)


def open_checks(checks: Iterable, outcome: Mapping) -> list:
    """The check items that stand in the way of an outcome: for a grant all that are neither 適 nor 確認不要; a refusal, which must
    give its reasons (行政手続法8条), can be drafted as soon as one is found wanting."""
    if outcome.get("needs_reason"):
        return []
    return [check for check in checks if check.result not in ("ok", "not_needed")]


# ---- approval (決裁) --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Taken:
    """A step already taken in the same run: by whom, and for which post it stood."""

    by: object
    post: str


def why_not_step(*, post: str, staff, staff_post: str, drafter, taken: Iterable[Taken]) -> str:
    """Why a member of staff, who holds the step's permission, may not take a step that stands for `post`; "" if they may.

    Nobody reviews or decides what they drafted themselves. The step is for its post; a superior may take it (上位者による確認), an
    inferior not. Who took an earlier step of the run may take this one only if they stood in for an inferior there.
    """
    if staff == drafter:
        return str(OWN_DRAFT)
    if rank(staff_post) < rank(post):
        return str(_("この段階は、より上の職の人が行います。"))
    if any(step.by == staff and rank(staff_post) <= rank(step.post) for step in taken):
        return str(_("前の段階を行った人は、この段階を行えません。"))
    return ""


OWN_DRAFT = _("自分が起案したものは、確認も決裁もできません。")


def why_no_deputy(kind: str, gravity: str, opinions: bool) -> str:
    """Why a step can't be taken by a deputy (代決の制限), "" if it can: what is important or without precedent, and what the departments
    asked do not agree on, is decided by the post itself or by a superior. Wards' rules say so alike (例：南部水道企業団事務専決規程5条)."""
    if kind == "decide" and gravity == "important":
        return str(_("重要・異例な事案は、代決できません。本人か上位者の決裁を待ってください。"))
    if kind == "decide" and opinions:
        return str(_("合議で意見が付いた事案は、代決できません。本人か上位者の決裁を待ってください。"))
    return ""


# ---- stages of a run (直列と並列) -------------------------------------------------------------------------------------------


def open_stage(steps: Iterable) -> int | None:
    """The stage whose turn it is: the lowest in which a step is still to be taken; None once all are. Steps that are repeated count
    through their copies. steps: with `stage`, `result`, `repeated`."""
    return min((step.stage for step in steps if not step.result and not step.repeated), default=None)


def earlier_stages(steps: Iterable, stage: int) -> list[int]:
    """The stages before one to which it can be sent back (前の段階への差戻し), lowest first."""
    return sorted({step.stage for step in steps if step.stage < stage and step.result and not step.repeated})


# ---- search --------------------------------------------------------------------------------------------------------------

_HIRAGANA_TO_KATAKANA = {code: code + 0x60 for code in range(0x3041, 0x3097)}


def search_words(text: str) -> list[str]:
    """The words of a name, a reading or a number in one form (NFKC, small letters, katakana), so that what is typed is found."""
    plain = unicodedata.normalize("NFKC", text).casefold().translate(_HIRAGANA_TO_KATAKANA)
    return [word for word in plain.replace("-", " ").split() if word]


def words_of(number: str, name: str, kana: str) -> list[str]:
    """Everything a case is found by, once each: its number, name and reading, in words and each run together."""
    found: list[str] = []
    for text in (number, name, kana):
        words = search_words(text)
        found += [*words, "".join(words)]
    return sorted({word for word in found if word})
