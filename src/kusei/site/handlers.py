"""Who deals with what waits: each queue, kind of task and regular duty by name."""

from django.conf import settings

from kusei.base.jobs.handlers import Handlers, Queue, Regular


def register_all(handlers: Handlers) -> None:
    """Register every handler of this installation."""
    from kusei.base import audit
    from kusei.base.decide import notices
    from kusei.base.events.hearing import hearings
    from kusei.base.files.rebuild import rebuild
    from kusei.base.jobs import daily, queries
    from kusei.base.kernel import parts
    from kusei.base.papers import actions as papers
    from kusei.base.printing import actions as printing
    from kusei.base.record import work as imports
    from kusei.base.signing import actions as signing
    from kusei.base.signing import lists
    from kusei.base.tell.actions import forget
    from kusei.base.tell.deliver import deliveries

    handlers.queue(deliveries())
    handlers.queue(hearings())
    handlers.queue(imports.QUEUE)
    handlers.register(daily.KIND, daily.perform)
    handlers.register("files.rebuild", rebuild)
    handlers.register(papers.MAKE_PDF, papers.make_pdf)
    handlers.register(signing.CHECK, signing.check)
    handlers.regularly(Regular("signing.lists", 3600, lists.fetch))
    handlers.register(printing.MAKE_RUN, printing.make_run)
    handlers.regularly(Regular("jobs.report", 60, queries.report))
    handlers.regularly(Regular("tell.forget", 60, forget))
    handlers.regularly(Regular("audit.anchor", 60, audit.anchor))
    if parts.here("office"):
        handlers.regularly(Regular("decide.at_once", 300, notices.tell_at_once))
    if parts.split():
        _line(handlers)


def _line(handlers: Handlers) -> None:
    """What there is to do where portal and office are two installations."""
    from kusei.base.accounts import ties
    from kusei.base.files import crossing
    from kusei.base.line.actions import apply
    from kusei.base.line.models import Incoming
    from kusei.base.line.ways import way

    handlers.queue(Queue("line", Incoming, apply, batch=20))
    handlers.register(crossing.TASK, crossing.cross)
    handlers.regularly(Regular("accounts.hide", 60, ties.hide))
    if dial := way(settings.LINE, settings.LINE_SECONDS, settings.LINE_LONGEST):
        handlers.regularly(Regular("line", settings.LINE_SECONDS, dial.turn, apart=True))
