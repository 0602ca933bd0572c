"""`@endpoint`: what every view of the API declares; who asks, how often, in what form, and how faults are told."""

import functools
import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from jsonschema import Draft202012Validator

from kusei.base import audit
from kusei.base.accounts import throttle
from kusei.base.api import queries
from kusei.base.api.models import Answered
from kusei.base.api.problems import Problem, response
from kusei.base.kernel.errors import Invalid, NotNow, Refused
from kusei.base.kernel.pages import page, unreadable

SAFE = ("GET", "HEAD")
BEING_DONE = timedelta(minutes=1)


def endpoint(*, purpose: str, scope: str | None, methods: dict[str, Callable]) -> Callable:
    """A view of the API: `methods` maps GET, POST … to functions of (request, **path) that return JSON, or (JSON, status). scope: what a
    token must be given for; None: for everybody. Whoever signed in in a browser may do all, with the CSRF token of its pages."""

    @csrf_exempt
    @page(who="public", purpose=purpose, tells=True)
    def run(request: HttpRequest, **path: Any) -> HttpResponse:
        try:
            if unreadable_path(request):
                raise Problem(HTTPStatus.BAD_REQUEST)
            method = "GET" if request.method == "HEAD" else request.method
            if method not in methods:
                raise Problem(HTTPStatus.METHOD_NOT_ALLOWED, headers={"Allow": ", ".join(sorted(methods))})
            _who(request, scope)
            _limit(request)
            do = functools.partial(_do, methods[method], request, path)
            return _once(request, do) if method == "POST" and scope else do()
        except Problem as problem:
            return response(problem)
        except Refused as refused:
            if not refused.audited:
                audit.refusal(
                    request.actor,
                    refused.what,
                    obj=refused.obj,
                    subject=refused.subject,
                    purpose=purpose,
                    now=request.now,
                )
            return response(Problem(HTTPStatus.NOT_FOUND))
        except NotNow as not_now:
            return response(Problem(HTTPStatus.CONFLICT, str(not_now)))
        except Invalid as invalid:
            errors = [(f"/answers/{key}", detail) for key, detail in invalid.problems.items()]
            return response(Problem(HTTPStatus.UNPROCESSABLE_ENTITY, errors=errors))

    run.api = {"scope": scope, "methods": sorted(methods)}
    return run


def unreadable_path(request: HttpRequest) -> bool:
    """Whether the address holds what no text can."""
    return (
        "\0" in request.path
        or "\0" in request.META.get("QUERY_STRING", "")
        or any("\0" in v for v in request.GET.values())
    )


def _who(request: HttpRequest, scope: str | None) -> None:
    """Set `request.actor` from the bearer token, where there is one. Raises Problem."""
    header = request.headers.get("Authorization", "")
    if header:
        kind, _space, token = header.partition(" ")
        found = queries.bearer(token.strip(), request.now) if kind.lower() == "bearer" else None
        if found is None:
            raise Problem(HTTPStatus.UNAUTHORIZED, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
        request.actor, scopes = found
        if scope and scope not in scopes:
            raise Problem(
                HTTPStatus.FORBIDDEN,
                headers={"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'},
            )
    elif scope and request.actor.kind != "resident":
        raise Problem(HTTPStatus.UNAUTHORIZED, headers={"WWW-Authenticate": "Bearer"})
    elif request.method not in SAFE and request.actor.kind != "public":
        check = CsrfViewMiddleware(lambda _request: HttpResponse())
        check.process_request(request)
        if check.process_view(request, lambda: None, (), {}) is not None:
            raise Problem(HTTPStatus.FORBIDDEN, _("この画面の確認用の値（CSRFトークン）がありません。"))


def _limit(request: HttpRequest) -> None:
    account = request.actor.account_id
    keys = {"account": str(account)} if account else {"address": throttle.network(request.META.get("REMOTE_ADDR", ""))}
    try:
        throttle.take("api", keys, request.now)
    except throttle.TooMany as shut:
        seconds = max(1, int((shut.until - request.now).total_seconds()) + 1)
        raise Problem(HTTPStatus.TOO_MANY_REQUESTS, headers={"Retry-After": str(seconds)}) from None


def _do(act: Callable, request: HttpRequest, path: dict[str, Any]) -> JsonResponse:
    done = act(request, **path)
    body, status = done if isinstance(done, tuple) else (done, HTTPStatus.OK)
    answer = JsonResponse(body, status=status, safe=False, json_dumps_params={"ensure_ascii": False})
    answer["Cache-Control"] = "private, no-store" if request.actor.account_id else "public, max-age=60"
    return answer


def _once(request: HttpRequest, do: Callable[[], JsonResponse]) -> HttpResponse:
    """Do it, or with an Idempotency-Key that was used already give the answer that was given then. Raises Problem where the key came with another
    request, or is still being worked on."""
    key = request.headers.get("Idempotency-Key", "")
    if not key:
        return do()
    if len(key) > 64 or not key.isascii() or not key.isprintable():
        raise Problem(HTTPStatus.BAD_REQUEST, _("Idempotency-Keyは、64文字までの英数字です。"))
    asked = hashlib.sha256(f"{request.method} {request.path}\n".encode() + read(request)).hexdigest()
    row = _claim(request, key, asked)
    if row.status is not None:
        return JsonResponse(row.body, status=row.status, safe=False, json_dumps_params={"ensure_ascii": False})
    try:
        answer = do()
    except BaseException:
        Answered.objects.filter(id=row.id).delete()
        raise
    Answered.objects.filter(id=row.id).update(status=answer.status_code, body=json.loads(answer.content))
    return answer


def _claim(request: HttpRequest, key: str, asked: str) -> Answered:
    """The row of the key: a new one, to be done now, or one that has its answer."""
    account = request.actor.account_id
    try:
        with transaction.atomic():
            return Answered.objects.create(account_id=account, key=key, request=asked, at=request.now)
    except IntegrityError:
        row = Answered.objects.filter(account_id=account, key=key).first()
    if row is None or (row.status is None and not _taken_over(row, request)):
        raise Problem(HTTPStatus.CONFLICT, _("同じ操作を処理しています。少し待って、もう一度送ってください。"))
    if row.request != asked:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, _("このIdempotency-Keyは、ほかの操作で使われています。"))
    return row


def _taken_over(row: Answered, request: HttpRequest) -> bool:
    """Whether the row was left by a server that died meanwhile, and is ours now."""
    old = Answered.objects.filter(id=row.id, status=None, at__lt=request.now - BEING_DONE)
    return bool(old.update(at=request.now))


def read(request: HttpRequest) -> bytes:
    """The body. Raises Problem where it is too large."""
    try:
        return request.body
    except RequestDataTooBig:
        raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE) from None


def body(request: HttpRequest, schema: dict[str, Any]) -> Any:
    """The JSON sent, where it is as the schema says. Raises Problem with every fault."""
    if request.content_type != "application/json":
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "application/json")
    try:
        sent = json.loads(read(request).decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Problem(HTTPStatus.BAD_REQUEST) from None
    faults = sorted(
        Draft202012Validator(schema).iter_errors(sent), key=lambda fault: list(map(str, fault.absolute_path))
    )
    if faults:
        errors = [("/" + "/".join(map(str, fault.absolute_path)), fault.message[:300]) for fault in faults[:20]]
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, errors=[(p.rstrip("/") or "", d) for p, d in errors])
    return sent


def _no_constant(name: str) -> None:
    raise ValueError(name)


def upload(request: HttpRequest) -> Any:
    """The file sent as `file` in multipart/form-data. Raises Problem."""
    if request.content_type != "multipart/form-data":
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "multipart/form-data")
    try:
        found = request.FILES.get("file")
    except (MultiPartParserError, RequestDataTooBig, ValueError):
        found = None
    if found is None or unreadable(request):
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, errors=[("/file", _("ファイルを選んでください。"))])
    return found
