"""The API: every published procedure, filled in and submitted by programs with the engine that the pages use."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from kusei.base.api import openapi, schemas
from kusei.base.api.endpoint import body, endpoint, upload
from kusei.base.api.problems import Problem
from kusei.base.ask import actions, catalogue, engine, queries, rules
from kusei.base.ask.filling import Filling
from kusei.base.ask.models import Application, Draft, Snapshot
from kusei.base.ask.schema import Procedure
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.errors import Invalid, Refused
from kusei.base.kernel.i18n import text
from kusei.base.papers import queries as papers

PURPOSE = "APIでの申請"


def _in_force(module: str, name: str, request: HttpRequest) -> tuple[str, Snapshot, Procedure]:
    slug = f"{module}/{name}"
    snapshot = catalogue.current(slug, local_date(request.now))
    if snapshot is None:
        raise Refused("api.procedure", obj=("ask.procedure", slug[:80]))
    return slug, snapshot, catalogue.procedure_of(snapshot.id)


def _brief(slug: str, snapshot: Snapshot, found: Procedure) -> dict[str, Any]:
    return {
        "slug": slug,
        "version": snapshot.number,
        "valid_from": snapshot.valid_from.isoformat(),
        "title": text(found.title.mapping()),
        "summary": text(found.summary.mapping()),
        "assurance": found.assurance,
        "url": reverse("api:procedure", args=slug.split("/")),
    }


def list_procedures(request: HttpRequest) -> dict[str, Any]:
    """Every procedure in force."""
    today = local_date(request.now)
    return {
        "procedures": [_brief(s.procedure, s, p) for s, p in queries.in_force(today) if s.procedure.count("/") == 1]
    }


def show_procedure(request: HttpRequest, module: str, name: str) -> dict[str, Any]:
    """One procedure: its words, and its answers as JSON Schema."""
    slug, snapshot, found = _in_force(module, name, request)
    return {
        **_brief(slug, snapshot, found),
        "guide": {key: text(words.mapping()) for key, words in found.guide.items()},
        "files": [key for key, each in found.questions.items() if each.kind == schemas.FILES or each.files()],
        "schema": schemas.whole(found),
    }


def _draft(draft: Draft, request: HttpRequest) -> dict[str, Any]:
    filling = Filling(draft, request.actor, request.now)
    return {
        "id": str(draft.id),
        "procedure": draft.procedure,
        "answers": dict(filling.answers),
        "lacking": [] if filling.closed else _lacking(filling),
        "submitted": filling.closed,
        "files": [each.listed() | {"question": each.question} for each in queries.attachments(draft)],
        "url": reverse("api:draft", args=[draft.id]),
    }


def _lacking(filling: Filling) -> list[str]:
    """The questions that still lack an answer, in order."""
    return [
        key
        for page in filling.pages()
        for key in page.ask
        if not rules.is_answered(filling.procedure, key, filling.answers)
    ]


def start(request: HttpRequest, module: str, name: str) -> tuple[dict[str, Any], HTTPStatus]:
    """Begin a draft, or open the one there is, with some answers or none."""
    slug, _snapshot, found = _in_force(module, name, request)
    sent = body(request, openapi.answers_body(found))
    before = queries.drafts(request.actor, PURPOSE, request.now).filter(procedure=slug, submitted_at=None).first()
    draft = actions.start(slug, by=request.actor, now=request.now, today=local_date(request.now))
    _keep(draft, sent.get("answers", {}), request)
    return _draft(draft, request), HTTPStatus.OK if before else HTTPStatus.CREATED


def show_draft(request: HttpRequest, id: UUID) -> dict[str, Any]:
    """A draft as it stands."""
    return _draft(queries.draft(request.actor, id, request.now), request)


def change_draft(request: HttpRequest, id: UUID) -> dict[str, Any]:
    """Keep some answers; each is checked as its page would."""
    draft = queries.draft(request.actor, id, request.now)
    sent = body(request, openapi.answers_body(catalogue.procedure_of(draft.snapshot_id)))
    _keep(draft, sent.get("answers", {}), request)
    return _draft(draft, request)


def _keep(draft: Draft, answers: dict[str, Any], request: HttpRequest) -> None:
    """Check answers with the engine of the pages, and keep them. Raises Invalid, NotNow."""
    filling = Filling(draft, request.actor, request.now)
    read = _read(filling, answers)
    if read:
        actions.save(draft, read, by=request.actor, now=request.now)


def _read(filling: Filling, answers: dict[str, Any]) -> dict[str, Any]:
    """For whom one applies comes first: what else is read may depend on it."""
    whom = filling.procedure.for_whom
    first = engine.read_json(filling.procedure, {k: v for k, v in answers.items() if k == whom}, filling.setting())
    filling.answers = {**filling.answers, **first}
    rest = {k: v for k, v in answers.items() if k != whom}
    return first | engine.read_json(filling.procedure, rest, filling.setting(), filling.answers)


def discard(request: HttpRequest, id: UUID) -> dict[str, Any]:
    """Throw a draft away."""
    actions.discard(queries.draft(request.actor, id, request.now), by=request.actor, now=request.now)
    return {"id": str(id), "discarded": True}


def add_file(request: HttpRequest, id: UUID, question: str) -> tuple[dict[str, Any], HTTPStatus]:
    """Add a file as (part of) the answer to a question; to a group of questions, for its items to name."""
    draft = queries.draft(request.actor, id, request.now)
    asked = catalogue.procedure_of(draft.snapshot_id).questions.get(question)
    if asked is None or not (asked.kind == schemas.FILES or asked.files()):
        raise Refused("api.file", obj=("ask.draft", str(id)))
    if draft.submitted_at:
        raise Problem(HTTPStatus.CONFLICT, _("この申請はもう提出されています。マイページで内容を確認できます。"))
    file = upload(request)
    if asked.kind != schemas.FILES:  # an item names it by its id
        actions.attach(draft, question, file, by=request.actor, now=request.now)
        return _draft(draft, request), HTTPStatus.CREATED
    kept = draft.answers.get(question) or []
    if len(kept) >= asked.most:
        raise Invalid({question: _("%(most)sつまでです。") % {"most": asked.most}})
    entry = actions.attach(draft, question, file, by=request.actor, now=request.now)
    actions.save(draft, {question: [*kept, entry]}, by=request.actor, now=request.now)
    return _draft(draft, request), HTTPStatus.CREATED


def submit(request: HttpRequest, id: UUID) -> tuple[dict[str, Any], HTTPStatus]:
    """Submit a draft; again it is the same application."""
    draft = queries.draft(request.actor, id, request.now)
    filling = Filling(draft, request.actor, request.now)
    if not filling.closed and (lacking := filling.lacking()):
        if lacking.stop:
            raise Problem(HTTPStatus.CONFLICT, text(lacking.stop.mapping()))
        raise Invalid(dict.fromkeys(_lacking(filling), _("まだ答えていない質問があります。")))
    before = draft.submitted_at
    application = actions.submit(draft, by=request.actor, now=request.now)
    return _application(application, request), HTTPStatus.OK if before else HTTPStatus.CREATED


def _application(found: Application, request: HttpRequest) -> dict[str, Any]:
    return {
        "id": str(found.id),
        "procedure": found.procedure,
        "title": queries.title(found.snapshot_id),
        "receipt_number": found.receipt_number,
        "submitted_at": found.submitted_at.isoformat(),
        "state": found.state,
        "url": reverse("api:application", args=[found.id]),
    }


def list_applications(request: HttpRequest) -> dict[str, Any]:
    """One's applications, newest first."""
    found = queries.applications(request.actor, PURPOSE, request.now)[:100]
    return {"applications": [_application(each, request) for each in found]}


def show_application(request: HttpRequest, id: UUID) -> dict[str, Any]:
    """One application: where it stands, its course, its answers, its papers' numbers."""
    found = queries.application(request.actor, id, request.now)
    return {
        **_application(found, request),
        "course": [{"at": step.at.isoformat(), "event": step.event} for step in found.steps.order_by("at")],
        "answers": dict(queries.answers_of(found).answers),
        "papers": [paper.number for paper in papers.about(found.id, request.actor, request.now)],
    }


def show_description(request: HttpRequest) -> dict[str, Any]:
    """The API described in OpenAPI 3.1, from the procedures in force."""
    return openapi.description(local_date(request.now))


def show_nothing(request: HttpRequest, rest: str) -> dict[str, Any]:
    """What has no such address is told of as every other problem."""
    raise Problem(HTTPStatus.NOT_FOUND)


description = endpoint(purpose="APIの案内", scope=None, methods={"GET": show_description})
procedures = endpoint(purpose="手続の案内", scope=None, methods={"GET": list_procedures})
procedure = endpoint(purpose="手続の案内", scope=None, methods={"GET": show_procedure})
drafts = endpoint(purpose=PURPOSE, scope="apply", methods={"POST": start})
draft = endpoint(purpose=PURPOSE, scope="apply", methods={"GET": show_draft, "PATCH": change_draft, "DELETE": discard})
files = endpoint(purpose=PURPOSE, scope="apply", methods={"POST": add_file})
submission = endpoint(purpose=PURPOSE, scope="apply", methods={"POST": submit})
applications = endpoint(purpose=PURPOSE, scope="read", methods={"GET": list_applications})
application = endpoint(purpose=PURPOSE, scope="read", methods={"GET": show_application})
nothing = endpoint(
    purpose=PURPOSE, scope=None, methods=dict.fromkeys(("GET", "POST", "PUT", "PATCH", "DELETE"), show_nothing)
)
