"""What the API says when something can't be done: problem details (RFC 9457), in the language asked for."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from django.http import JsonResponse
from django.utils.translation import gettext as _

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):
    """Ends a request of the API with this status. `errors` lists (JSON pointer, what is wrong)."""

    def __init__(
        self,
        status: HTTPStatus,
        detail: str = "",
        errors: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ):
        super().__init__(detail or status.phrase)
        self.status, self.detail, self.errors, self.headers = status, detail, errors, headers


def title(status: HTTPStatus) -> str:
    """What the status means, in the active language."""
    return {
        HTTPStatus.BAD_REQUEST: _("送られた内容を読み取れませんでした"),
        HTTPStatus.UNAUTHORIZED: _("ログインするか、トークンを付けてください"),
        HTTPStatus.FORBIDDEN: _("このトークンでは、この操作はできません"),
        HTTPStatus.NOT_FOUND: _("見つかりません"),
        HTTPStatus.METHOD_NOT_ALLOWED: _("この方法では使えません"),
        HTTPStatus.CONFLICT: _("いまは、この操作ができません"),
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: _("送られたものが大きすぎます"),
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE: _("この形式は読み取れません"),
        HTTPStatus.UNPROCESSABLE_ENTITY: _("内容に直すところがあります"),
        HTTPStatus.TOO_MANY_REQUESTS: _("回数が多すぎます。少し待ってください"),
    }[status]


def response(problem: Problem) -> JsonResponse:
    """The answer."""
    body = {"type": "about:blank", "title": title(problem.status), "status": int(problem.status)}
    if problem.detail:
        body["detail"] = problem.detail
    if problem.errors:
        body["errors"] = [{"pointer": pointer, "detail": detail} for pointer, detail in problem.errors]
    answer = JsonResponse(
        body, status=problem.status, content_type=MEDIA_TYPE, json_dumps_params={"ensure_ascii": False}
    )
    for name, value in (problem.headers or {}).items():
        answer[name] = value
    return answer
