"""Handing files out: only what was rebuilt, only as an attachment. Who may have it is for the caller to have judged."""

from django.http import FileResponse
from django.utils.translation import gettext as _

from kusei.base.files import storage
from kusei.base.files.models import StoredFile
from kusei.base.files.problems import PROBLEMS
from kusei.base.kernel.errors import NotNow


def response(stored: StoredFile) -> FileResponse:
    """The rebuilt file as a download (RFC 6266, names by RFC 8187). Raises `NotNow` while it is being checked, or where it was refused."""
    if stored.state == "received":
        raise NotNow(_("ファイルを確認しています。1分ほどたってから、もう一度開いてください。"))
    if stored.state != "ready":
        raise NotNow(str(PROBLEMS.get(stored.problem, PROBLEMS["unreadable"])))
    answer = FileResponse(
        storage.get(stored.rebuilt_sha256), as_attachment=True, filename=stored.name, content_type=stored.media_type
    )
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["Cross-Origin-Resource-Policy"] = "same-origin"
    answer["Cache-Control"] = "private, no-store"
    return answer
