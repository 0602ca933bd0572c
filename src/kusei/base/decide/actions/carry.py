"""What follows from a decision: for a case the module's register, the notice, what the applicant is told; for a document its term."""

from collections.abc import Callable, Mapping

from kusei.base.ask import progress
from kusei.base.decide import routes, rules
from kusei.base.decide.models import Approval, Case, Document
from kusei.base.decide.moves import Thing, move
from kusei.base.decide.telling import tell_applicant
from kusei.base.kernel.actors import Actor
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.errors import Invalid
from kusei.base.kernel.i18n import text
from kusei.base.kernel.offers import registry
from kusei.base.papers.actions import issue, printable
from kusei.base.papers.pdf import Unprintable


def rule_of(procedure: str, name: str) -> Callable | None:
    """A rule that the procedure's module offers, or None."""
    module = registry.module_of(procedure)
    return module.rules.get(name) if module else None


def decided(thing: Thing, approval: Approval, post: str, *, by: Actor, now) -> None:
    """Bring what was decided into its state. `post`: whose decision it is."""
    if isinstance(thing, Document):
        day = local_date(now)
        move(thing, "decide", decided_at=now, decided_post=post, keep_until=routes.keep_until(day, thing.retention))
    else:
        move(thing, "decide", outcome=approval.outcome, decided_at=now)


def carry_out(thing: Thing, approval: Approval, *, by: Actor, now) -> None:
    """What follows from the decision besides; nothing for a document, which is issued by an act of its own (施行)."""
    if isinstance(thing, Case):
        _carry_out(thing, approval, by, now)


def _carry_out(case: Case, approval: Approval, by: Actor, now) -> None:
    """What follows from a decision: the module's register, the paper, what the applicant sees and is told."""
    outcome = rules.outcome_of(case.snapshot.content["decide"], approval.outcome)
    module = registry.module_of(case.procedure)
    if module and module.decided:
        module.decided(case, approval, by=by, now=now)
    paper = _notice(case, approval, outcome, by, now) if outcome.get("paper") else None
    detail = {"outcome": outcome["label"], "paper": paper.number if paper else ""}
    progress.note(case.id, "decided", now=now, detail=detail, state="decided")
    more = {"outcome": outcome["label"], "reason": approval.reason, "decided_on": local_date(now)}
    tell_applicant(case, outcome["message"], now=now, **more)


def _notice(case: Case, approval: Approval, outcome: Mapping, by: Actor, now):
    """Issue the notice of the decision (決定通知書)."""
    title, content = _on_notice(case, approval, outcome, now)
    return issue(outcome["paper"], title, content, about=case.id, party=case.party, by=by, now=now)


def _on_notice(case: Case, approval: Approval, outcome: Mapping, now) -> tuple[str, dict]:
    """The title of the notice, and what the module's `notice(case, approval, now)` puts on it."""
    notice = rule_of(case.procedure, "notice")
    content = notice(case, approval, now) if notice else {}
    return f"{text(case.title, 'ja')} {text(outcome['label'], 'ja')}", content


def can_be_printed(case: Case, approval: Approval, outcome: Mapping, now) -> None:
    """Raises Invalid where the notice would have a character that can't be printed: who drafts can do something about it, who decides can't."""
    try:
        printable(*_on_notice(case, approval, outcome, now))
    except Unprintable as error:
        raise Invalid({"outcome": str(error)}) from error
