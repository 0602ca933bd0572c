"""Examining a case (審査): who has it, what was checked, what is to be corrected."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from django.utils.translation import gettext as _

from kusei.base.ask import progress
from kusei.base.decide import rules
from kusei.base.decide.models import Case, CheckItem, Entry
from kusei.base.decide.moves import PURPOSE, enter, move
from kusei.base.decide.queries import locked
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.acts import action
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.errors import Invalid, NotNow, Refused
from kusei.base.staff.models import StaffMember
from kusei.base.staff.queries import colleagues, member

NOTE_LIMIT = 2000
CHECK_NOTE_LIMIT = 500
LONGEST_TO_ANSWER = timedelta(days=92)


def held_by(case: Case, by: Actor) -> StaffMember:
    """The member who acts and has the case. Raises NotNow for another member, who must take or be given it first."""
    me = member(by)
    if case.assignee_id == me.id:
        return me
    if case.assignee_id is None:
        raise NotNow(_("まだ担当者がいません。先に担当してください。"))
    raise NotNow(
        _("この案件は%(name)sさんが担当しています。担当を替えてから行ってください。") % {"name": case.assignee.name}
    )


@action(may="decide.take", where="department_id", purpose=PURPOSE)
def take(case: Case, *, by: Actor, now) -> None:
    """Take a case that nobody has (担当する). Raises NotNow where somebody has it, or was faster."""
    me = member(by)
    if case.assignee_id:
        raise NotNow(_("この案件は%(name)sさんが担当しています。") % {"name": case.assignee.name})
    _give(case, "take", me, now)
    enter(case, "taken", me, by=by, now=now)


@action(purpose=PURPOSE)
def release(case: Case, *, by: Actor, now) -> None:
    """Put a case back, so that anybody may take it. Only who has it, or a superior, may."""
    me = _over(case, by, "decide.release")
    if not case.assignee_id:
        raise NotNow(_("この案件には、担当者がいません。"))
    _give(case, "release", None, now)
    enter(case, "released", me, by=by, now=now)


@action(purpose=PURPOSE)
def assign(case: Case, to: StaffMember, *, by: Actor, now) -> None:
    """Give a case to somebody who may work on it. Only who has it, or a superior, may. Raises Invalid where `to` may not work on
    cases of this department."""
    me = _over(case, by, "decide.assign")
    if not colleagues(case.department_id, "decide.take", now).filter(id=to.id).exists():
        raise Invalid({"to": _("この人は、この課の案件を担当できません。")})
    if case.assignee_id == to.id:
        raise NotNow(_("この案件は、すでに%(name)sさんが担当しています。") % {"name": to.name})
    _give(case, "assign", to, now)
    enter(case, "assigned", me, by=by, now=now, to=to.name)


def _over(case: Case, by: Actor, what: str) -> StaffMember:
    """The member who acts, if they have the case or review those who do. Raises Refused."""
    me = member(by)
    own = case.assignee_id == me.id and by.may("decide.take", case.department_id, PURPOSE)
    if not (own or by.may("decide.review", case.department_id, PURPOSE)):
        raise Refused(what, obj=case, subject=case.party_id)
    return me


def _give(case: Case, act: str, to: StaffMember | None, now) -> None:
    new = case.state == "received"
    move(case, act, assignee=to)
    if new:
        progress.note(case.id, "checking", now=now, state="checking")


@action(may="decide.take", where="department_id", purpose=PURPOSE)
def check(case: Case, results: Mapping[str, tuple[str, str]], *, by: Actor, now) -> list[CheckItem]:
    """Set check items (審査項目): key → (result ok | not_ok | not_needed | "", note). Returns those that changed.

    Raises Invalid for an unknown item or result, for an over-long note, and where 不適 or 確認不要 gives no ground.
    """
    me = held_by(case, by)
    items = {item.key: item for item in case.checks.all()}
    problems = {}
    for key, (result, note) in results.items():
        if key not in items or result not in ("", *dict(CheckItem.RESULTS)):
            problems[f"check-{key}"] = _("この項目と結果の組み合わせはありません。")
        elif len(note) > CHECK_NOTE_LIMIT:
            problems[f"note-{key}"] = _("%(most)s文字までで書いてください。") % {"most": CHECK_NOTE_LIMIT}
        elif result in ("not_ok", "not_needed") and not note.strip():
            problems[f"note-{key}"] = _("「不適」と「確認不要」には、根拠を書いてください。")
    if problems:
        raise Invalid(problems)
    new = {key: (result, note.strip()) for key, (result, note) in results.items()}
    changed = [items[key] for key, value in new.items() if (items[key].result, items[key].note) != value]
    if not changed:
        return []
    for item in changed:
        item.result, item.note = new[item.key]
        item.checked_by, item.checked_at = me, now
    move(case, "check")
    CheckItem.objects.bulk_update(changed, ["result", "note", "checked_by", "checked_at"])
    enter(case, "checked", me, by=by, now=now, items={item.key: item.result for item in changed})
    return changed


@action(may="decide.view", where="department_id", purpose=PURPOSE)
def add_note(case: Case, text: str, *, by: Actor, now) -> Entry:
    """Leave a note (メモ) for colleagues, in any state. Raises Invalid for an empty or over-long one."""
    text = text.strip()
    if not text or len(text) > NOTE_LIMIT:
        raise Invalid({"note": _("メモを%(most)s文字までで書いてください。") % {"most": NOTE_LIMIT}})
    return enter(case, "noted", member(by), by=by, now=now, note=text)


@action(may="decide.take", where="department_id", purpose=PURPOSE)
def ask_correction(
    case: Case, questions: Sequence[str], message: str, answer_by: date | None, *, by: Actor, now
) -> None:
    """Ask the applicant to correct or complete answers (補正, 行政手続法7条); the deadline stands still until they have.

    Raises Invalid with what is wrong in `questions`, `message` or `answer_by`.
    """
    me = held_by(case, by)
    today = local_date(now)
    problems = {}
    if not questions or set(questions) - rules.correctable(case.snapshot.content):
        problems["questions"] = _("直してもらう項目を1つ以上選んでください。")
    if not message.strip() or len(message) > NOTE_LIMIT:
        problems["message"] = _("申請者に伝えることを%(most)s文字までで書いてください。") % {"most": NOTE_LIMIT}
    if answer_by and not today < answer_by <= today + LONGEST_TO_ANSWER:
        problems["answer_by"] = _("回答の期限は、明日から3か月以内の日にしてください。")
    if problems:
        raise Invalid(problems)
    move(case, "ask_correction", paused_on=today)
    detail = {"questions": list(questions), "answer_by": answer_by.isoformat() if answer_by else None}
    enter(case, "correction_asked", me, by=by, now=now, note=message.strip(), **detail)
    progress.ask_correction(case.id, list(questions), message.strip(), answer_by, by=by, now=now)


@action(may="decide.take", where="department_id", purpose=PURPOSE)
def resume(case: Case, *, by: Actor, now) -> None:
    """Stop waiting for a correction that doesn't come and go on (補正の打切り; then 行政手続法7条 lets the ward refuse): the deadline
    runs on, later by the working days it stood still. Raises NotNow where the answer arrived meanwhile, or may still arrive in time."""
    me = held_by(case, by)
    rules.after("resume", case.state)
    today = local_date(now)
    asked = case.entries.filter(event="correction_asked").order_by("-at").values_list("detail", flat=True).first()
    if asked and asked.get("answer_by") and today <= date.fromisoformat(asked["answer_by"]):
        raise NotNow(_("回答の期限までは、打ち切れません。"))
    locked(case.id)  # before the correction and the application, as every act of the applicant's does
    if not progress.end_correction(case.id, now=now):
        raise NotNow(str(rules.WHY_NOT["resume", "checking"]))
    move(case, "resume", due_on=rules.due_after_pause(case.due_on, case.paused_on, today), paused_on=None)
    enter(case, "resumed", me, by=by, now=now)
