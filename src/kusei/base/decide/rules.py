"""How a case may move, when it is due, and who may take which step of an approval. Pure."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_lazy as _

from kusei.base.kernel.calendar import business_days_after, business_days_between
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
    ("decide", "checking"): _("この起案は引き戻されたか、差し戻されました。"),
    ("withdraw", "decided"): _("すでに決定しているため、取り下げられません。"),
}


def after(act: str, state: str) -> str:
    """The state after an act. Raises NotNow, saying why and what to do, where the act can't be done in this state; KeyError for
    an act that isn't there."""
    moves = MOVES[act]
    if state not in moves:
        raise NotNow(str(WHY_NOT.get((act, state)) or WHY_NOT[state]))
    return moves[state]


def can(act: str, state: str) -> bool:
    """Whether the act can be done in this state."""
    return state in MOVES[act]


# ---- deadlines (標準処理期間, 行政手続法6条) ---------------------------------------------------------------------------------


def due_on(received: date, within: int) -> date:
    """The day by which a case received on a day is to be decided: `within` working days later, the first not counted."""
    return business_days_after(received, within)


def due_after_pause(due: date, paused_on: date, resumed_on: date) -> date:
    """The deadline shifted by the working days that a correction took: the standard period does not run meanwhile (行政手続法7条)."""
    return business_days_after(due, business_days_between(paused_on, resumed_on))


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
        return str(_("自分が起案したものは、確認も決裁もできません。"))
    if rank(staff_post) < rank(post):
        return str(_("この段階は、より上の職の人が行います。"))
    if any(step.by == staff and rank(staff_post) <= rank(step.post) for step in taken):
        return str(_("前の段階を行った人は、この段階を行えません。"))
    return ""


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
