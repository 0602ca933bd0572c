"""Who deals with what waits: each queue, kind of task and regular duty by name."""

from kusei.base.jobs.handlers import Handlers, Regular


def register_all(handlers: Handlers) -> None:
    """Register every handler of this installation."""
    from kusei.base import audit
    from kusei.base.files.rebuild import rebuild
    from kusei.base.jobs import daily, queries
    from kusei.base.papers import actions as papers
    from kusei.base.tell.actions import forget
    from kusei.base.tell.deliver import deliveries

    handlers.queue(deliveries())
    handlers.register(daily.KIND, daily.perform)
    handlers.register("files.rebuild", rebuild)
    handlers.register(papers.MAKE_PDF, papers.make_pdf)
    handlers.regularly(Regular("jobs.report", 60, queries.report))
    handlers.regularly(Regular("tell.forget", 60, forget))
    handlers.regularly(Regular("audit.anchor", 60, audit.anchor))
