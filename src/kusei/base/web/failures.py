"""What a page says when something can't be done: what happened, and what to do now. Machines get the same as JSON."""

import errno
from collections.abc import Sequence
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from psycopg.errors import DiskFull

from kusei.base.kernel.i18n import html_language

TEXTS = {
    HTTPStatus.BAD_REQUEST: (
        lazy("送られた内容を読み取れませんでした"),
        lazy("前の画面に戻り、入力を確かめて、もう一度送ってください。入力の途中のものは、下書きとして残っています。"),
    ),
    HTTPStatus.FORBIDDEN: (
        lazy("画面の有効期限が切れました"),
        lazy(
            "安全のため、送信を受け付けませんでした。前の画面を開き直して、もう一度送ってください。下書きは残っています。"
        ),
    ),
    HTTPStatus.NOT_FOUND: (
        lazy("ページが見つかりません"),
        lazy("アドレスが違うか、ページがなくなったか、このアカウントでは見られないページです。"),
    ),
    HTTPStatus.CONFLICT: (
        lazy("いまは、この操作ができません"),
        lazy("ほかの人が先に進めたか、状態が変わっています。前の画面を開き直して、確かめてください。"),
    ),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (
        lazy("送られたものが大きすぎます"),
        lazy("ファイルを小さくするか、分けて送ってください。下書きは残っています。"),
    ),
    HTTPStatus.INSUFFICIENT_STORAGE: (
        lazy("いまは保存できません"),
        lazy(
            "区の側の保存場所がいっぱいです。いま送られたものは受け付けていません。前のページまでの下書きは残っています。しばらくしてから前の画面に戻り、もう一度送ってください。お急ぎのときは、担当の窓口にお電話ください。"
        ),
    ),
    HTTPStatus.INTERNAL_SERVER_ERROR: (
        lazy("申し訳ありません。うまく動きませんでした"),
        lazy("少し待ってから、もう一度お試しください。受付番号が表示された申請は、届いています。"),
    ),
}


def wants_json(request: HttpRequest) -> bool:
    """Whether the one who asks is a machine: it prefers JSON to a page."""
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def failure(request: HttpRequest, status: HTTPStatus, problems: Sequence[str] = ()) -> HttpResponse:
    """The answer to a request that can't be fulfilled; `problems` say in the reader's language what is wrong."""
    title, advice = TEXTS[status]
    if request.path.startswith("/api/"):  # problem details (RFC 9457), as the API itself answers
        body = {
            "type": "about:blank",
            "title": str(title),
            "status": int(status),
            "detail": " ".join(problems) or str(advice),
        }
        return JsonResponse(body, status=status, content_type="application/problem+json")
    if wants_json(request):
        return JsonResponse({"error": str(title), "advice": str(advice), "problems": list(problems)}, status=status)
    context = {"title": title, "advice": advice, "problems": problems, "status": int(status)}
    return render(request, "web/error.html", context, status=status)


RETRY_AFTER = 600
"""Seconds after which it is worth while to try again where the disk is full."""
FULL = (errno.ENOSPC, errno.EDQUOT)


def is_full(error: BaseException | None) -> bool:
    """Whether the disk being full, of this machine or of the database, is at the root of the error."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, DiskFull) or (isinstance(error, OSError) and error.errno in FULL):
            return True
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return False


def broken(status: HTTPStatus = HTTPStatus.INTERNAL_SERVER_ERROR, *, api: bool = False) -> HttpResponse:
    """The answer to a fault of ours, and where nothing can be saved: a page (for the API, JSON) that needs neither database nor session."""
    title, advice = TEXTS[status]
    if api:
        body = {"type": "about:blank", "title": str(title), "status": int(status), "detail": str(advice)}
        answer = JsonResponse(body, status=status, content_type="application/problem+json")
    else:
        page = render_to_string(
            "web/broken.html",
            {
                "title": title,
                "advice": advice,
                "home": _("トップページ"),
                "html_language": html_language(get_language() or "ja"),
            },
        )
        answer = HttpResponse(page, status=status)
    if status == HTTPStatus.INSUFFICIENT_STORAGE:
        answer.headers["Retry-After"] = str(RETRY_AFTER)
    return answer
