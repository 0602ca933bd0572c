"""The API in OpenAPI 3.1, generated from the procedures in force: the same definitions that the pages and the engine read."""

from datetime import date
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from kusei.base.api import schemas
from kusei.base.api.problems import MEDIA_TYPE
from kusei.base.ask import queries
from kusei.base.ask.schema import Procedure
from kusei.base.kernel.i18n import text
from kusei.base.kernel.wards import load_ward

VERSION = "1.0"
UUID = {"type": "string", "format": "uuid"}
TEXT = {"type": "string"}


def answers_body(procedure: Procedure) -> dict[str, Any]:
    """What a draft is sent: some answers or none."""
    return {"type": "object", "properties": {"answers": schemas.partial(procedure)}, "additionalProperties": False}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


BRIEF = {
    "slug": TEXT, "version": {"type": "integer"}, "valid_from": {"type": "string", "format": "date"}, "title": TEXT, "summary": TEXT,
    "assurance": {"enum": ["email", "tied"]}, "url": TEXT,
}  # fmt: skip
APPLICATION = {
    "id": UUID, "procedure": TEXT, "title": TEXT, "receipt_number": TEXT, "submitted_at": {"type": "string", "format": "date-time"},
    "state": {"enum": ["received", "checking", "correcting", "decided", "withdrawn"]}, "url": TEXT,
}  # fmt: skip
SCHEMAS = {
    "Problem": {
        "type": "object",
        "properties": {
            "type": TEXT, "title": TEXT, "status": {"type": "integer"}, "detail": TEXT, "errors": _list(_object(pointer=TEXT, detail=TEXT)),
        },
        "required": ["type", "title", "status"],
    },
    "Procedures": _object(procedures=_list(_object(**BRIEF))),
    "Procedure": _object(**BRIEF, guide={"type": "object", "additionalProperties": TEXT}, files=_list(TEXT), schema={"type": "object"}),
    "Draft": _object(
        id=UUID, procedure=TEXT, answers={"type": "object"}, lacking=_list(TEXT), submitted={"type": "boolean"}, url=TEXT,
        files=_list(_object(attachment=UUID, question=TEXT, name=TEXT)),
    ),
    "Discarded": _object(id=UUID, discarded={"const": True}),
    "Applications": _object(applications=_list(_object(**APPLICATION))),
    "Application": _object(**APPLICATION),
    "ApplicationInFull": _object(
        **APPLICATION,
        course=_list(_object(at={"type": "string", "format": "date-time"}, event=TEXT)),
        answers={"type": "object"},
        papers=_list(TEXT),
    ),
}  # fmt: skip


def _answer(name: str, description: str = "OK") -> dict[str, Any]:
    return {
        "description": description,
        "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}},
    }


def _operation(
    id: str,
    summary: str,
    answers: dict[str, str],
    *problems: str,
    scope: str | None = None,
    body: dict | None = None,
    once: bool = False,
) -> dict[str, Any]:
    """One operation: what it answers (status → schema), which problems it may tell, what it is sent."""
    codes = ["429", *problems, *(["401", "403"] if scope else []), *(["400", "413", "415", "422"] if body else [])]
    if once:
        codes += ["400", "409", "413", "422"]
    told = {code: {"$ref": "#/components/responses/Problem"} for code in codes}
    operation: dict[str, Any] = {
        "operationId": id,
        "summary": summary,
        "responses": {code: _answer(name) for code, name in answers.items()} | told,
        "security": [{"bearer": []}, {"session": []}] if scope else [],
    }
    if body:
        operation["requestBody"] = {"required": True, "content": body}
    if once:
        operation["parameters"] = [{"$ref": "#/components/parameters/IdempotencyKey"}]
    return operation


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _path(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": schema}


FILE = {
    "type": "object",
    "properties": {"file": {"type": "string", "contentMediaType": "application/octet-stream"}},
    "required": ["file"],
}
ANY_ANSWERS = {"type": "object", "properties": {"answers": {"type": "object"}}, "additionalProperties": False}


def _fixed() -> dict[str, Any]:
    """The paths that are the same for every procedure."""
    draft = [_path("id", UUID)]
    return {
        "/api/procedures": {"get": _operation("listProcedures", _("手続きの一覧"), {"200": "Procedures"})},
        "/api/drafts/{id}": {
            "parameters": draft,
            "get": _operation("getDraft", _("下書き"), {"200": "Draft"}, "404", scope="apply"),
            "patch": _operation(
                "changeDraft", _("答えを保存する"), {"200": "Draft"}, "404", "409", scope="apply", body=_json(ANY_ANSWERS)
            ),
            "delete": _operation("discardDraft", _("下書きを消す"), {"200": "Discarded"}, "404", "409", scope="apply"),
        },
        "/api/drafts/{id}/files/{question}": {
            "parameters": [*draft, _path("question", {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]{0,59}$"})],
            "post": _operation(
                "addFile", _("ファイルを加える"), {"201": "Draft"}, "404", "409", scope="apply", body={"multipart/form-data": {"schema": FILE}}, once=True
            ),
        },
        "/api/drafts/{id}/submission": {
            "parameters": draft,
            "post": _operation(
                "submitDraft", _("申請する"), {"201": "Application", "200": "Application"}, "404", scope="apply", once=True
            ),
        },
        "/api/applications": {"get": _operation("listApplications", _("申請の一覧"), {"200": "Applications"}, scope="read")},
        "/api/applications/{id}": {
            "parameters": [_path("id", UUID)],
            "get": _operation("getApplication", _("申請の状況"), {"200": "ApplicationInFull"}, "404", scope="read"),
        },
    }  # fmt: skip


def description(today: date) -> dict[str, Any]:
    """The whole description, with the procedures in force on a day, in the active language."""
    paths = _fixed()
    answers = {}
    for snapshot, found in queries.in_force(today):
        if snapshot.procedure.count("/") != 1:
            continue
        name = snapshot.procedure.replace("/", "-").replace("_", "-")
        answers[name] = schemas.partial(found)
        words, base = text(found.title.mapping()), f"/api/procedures/{snapshot.procedure}"
        body = {
            "type": "object",
            "properties": {"answers": {"$ref": f"#/components/schemas/{name}"}},
            "additionalProperties": False,
        }
        paths[base] = {"get": _operation(f"get-{name}", words, {"200": "Procedure"}, "404")}
        started = {"200": "Draft", "201": "Draft"}
        paths[base + "/drafts"] = {
            "post": _operation(
                f"start-{name}", words, started, "404", "409", scope="apply", body=_json(body), once=True
            )
        }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"Kusei – {text(load_ward(settings.WARD).name)}",
            "version": VERSION,
            "description": _("すべての手続きを、画面と同じ決まりで、プログラムから申請できます。"),
        },
        "servers": [{"url": settings.ADDRESS}],
        "paths": paths,
        "components": {
            "schemas": SCHEMAS | answers,
            "parameters": {
                "IdempotencyKey": {
                    "name": "Idempotency-Key",
                    "in": "header",
                    "required": False,
                    "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"},
                }
            },
            "responses": {
                "Problem": {
                    "description": _("できなかったわけ（RFC 9457）"),
                    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
                }
            },
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME},
            },
        },
    }
