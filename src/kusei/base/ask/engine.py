"""Kinds by name, and one page of questions read or drawn with them."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.http import QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from kusei.base.ask import kinds
from kusei.base.ask.applicant_kind import ApplicantKind
from kusei.base.ask.bank_kind import BankKind
from kusei.base.ask.groups import GroupKind
from kusei.base.ask.kinds import Forged, Kind, Setting
from kusei.base.ask.schema import Page, Procedure, Question
from kusei.base.kernel.errors import Invalid
from kusei.base.kernel.i18n import text
from kusei.base.kernel.offers import registry
from kusei.base.web import kit

KINDS: dict[str, Kind] = {
    "text": kinds.TextKind("text", 200),
    "textarea": kinds.TextKind("textarea", 2000),
    "phone": kinds.PhoneKind(),
    "number": kinds.NumberKind(),
    "date": kinds.DateKind(),
    "choice": kinds.ChoiceKind(),
    "choices": kinds.ChoicesKind(),
    "tick": kinds.TickKind(),
    "known": kinds.KnownKind(),
    "people": kinds.PeopleKind(),
    "bank": BankKind(),
    "file": kinds.FileKind(),
    "applicant": ApplicantKind(),
}


def read(procedure: Procedure, page: Page, post: QueryDict, setting: Setting) -> dict[str, Any]:
    """The page's answers from a post. Raises Invalid with every problem of the page at once; Forged where one was never offered."""
    return read_all({key: procedure.questions[key] for key in page.ask}, post, setting)


def read_all(questions: Mapping[str, Question], post: QueryDict, setting: Setting) -> dict[str, Any]:
    """The answers to these questions. Raises as `read`."""
    answers, problems, forged = {}, {}, False
    for key, question in questions.items():
        try:
            answers[key] = KINDS[question.kind].read(key, question, post, setting)
        except Invalid as invalid:
            problems |= invalid.problems
            forged = forged or isinstance(invalid, Forged)
    if problems:
        raise (Forged if forged else Invalid)(problems)
    return answers


GROUP = GroupKind(KINDS, read_all)
KINDS["group"] = GROUP


def read_json(
    procedure: Procedure, answers: Mapping[str, Any], setting: Setting, kept: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Answers sent as JSON (by question, each as its kind's `json_schema` says), read as the pages read them; `kept` are those so far.
    Raises as `read`."""
    groups = [key for key in answers if procedure.questions[key].kind == "group"]
    reads = [
        lambda key=key: {
            key: GROUP.read_json(key, procedure.questions[key], answers[key], setting, (kept or {}).get(key) or [])
        }
        for key in groups
    ]
    reads.append(lambda: _read_fields(procedure, {k: v for k, v in answers.items() if k not in groups}, setting))
    found, problems, forged = {}, {}, False
    for read_some in reads:
        try:
            found |= read_some()
        except Invalid as invalid:
            problems |= invalid.problems
            forged = forged or isinstance(invalid, Forged)
    if problems:
        raise (Forged if forged else Invalid)(problems)
    return found


def _read_fields(procedure: Procedure, answers: Mapping[str, Any], setting: Setting) -> dict[str, Any]:
    post = QueryDict(mutable=True)
    questions = {key: procedure.questions[key] for key in answers}
    for key, question in questions.items():
        for name, values in KINDS[question.kind].from_json(key, answers[key]).items():
            post.setlist(name, values)
    try:
        return read_all(questions, post, setting)
    except Invalid as invalid:
        problems: dict[str, str] = {}
        for field, problem in invalid.problems.items():  # `bank_number` is told at `bank`
            key = next((k for k in questions if field == k), None) or next(
                k for k in questions if field.startswith(f"{k}_")
            )
            problems[key] = f"{problems[key]} {problem}" if key in problems else problem
        raise type(invalid)(problems) from None


def draw(
    procedure: Procedure,
    page: Page,
    answers: Mapping[str, Any],
    setting: Setting,
    post: QueryDict | None = None,
    errors: Mapping[str, str] | None = None,
) -> list[SafeString]:
    """The page's questions as HTML: with what was typed when it did not hold, else the answer so far, else what the register knows."""
    questions = {key: procedure.questions[key] for key in page.ask}
    return draw_all(questions, answers, setting, post, errors, heading=len(questions) == 1)


def draw_all(
    questions: Mapping[str, Question],
    answers: Mapping[str, Any],
    setting: Setting,
    post: QueryDict | None = None,
    errors: Mapping[str, str] | None = None,
    *,
    heading: bool = False,
) -> list[SafeString]:
    """These questions as HTML; `heading`: the label of the only one is the page's heading."""
    drawn = []
    for key, question in questions.items():
        kind = KINDS[question.kind]
        if post is not None and question.kind != "file":
            value = kind.typed(key, post)
        else:
            value = answers[key] if key in answers else kind.initial(question, setting)
        drawn.append(kind.draw(key, question, value, errors or {}, setting, heading=heading) + held(question, setting))
    return drawn


def held(question: Question, setting: Setting) -> SafeString:
    """What a module of the ward holds for a question, with its source and day: said below the field it is prefilled from."""
    known = setting.given.get(question.fact or "") or {}
    if known.get("value") is None or not registry.named("facts", question.fact):
        return SafeString("")
    values = {
        "value": " ".join(KINDS[question.kind].tell(question, known["value"], {})),
        "source": known["source"],
        "day": kit.day(date.fromisoformat(known["as_of"])),
    }
    return format_html('<p class="hint">{}</p>', _("区が持っている情報：%(value)s（%(source)s、%(day)s）") % values)


def lines(procedure: Procedure, key: str, value: Any, given: Mapping) -> list[str]:
    """An answer in lines of plain text, in the active language; no lines for none."""
    if value in (None, "", []):
        return []
    question = procedure.questions[key]
    return KINDS[question.kind].tell(question, value, given)


def label(procedure: Procedure, key: str) -> str:
    """The question's label in the active language."""
    return text(procedure.questions[key].label.mapping())
