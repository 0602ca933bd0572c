"""Logs: one JSON object a line on stderr, which the supervisor keeps in `KUSEI_HOME/log`. Never personal data.

What may hold some is left out by construction: of a request only its route, never address, query or body; of an error its type and where it
arose, never its message; of a foreign library's line only the template, never what was filled in. Our own lines name rows by their id.
"""

import json
import logging
import traceback
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

OURS = ("kusei", "_granian")
"""Loggers whose messages are trusted to hold no personal data."""
MOST_FRAMES = 12


class JsonLines(logging.Formatter):
    """Formats a record as one line of JSON: at, level, logger, event, and where there are: request, route, status, ms, error."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": "warning" if refused(record) else record.levelname.lower(),
            "logger": record.name,
            "event": event(record),
        }
        request = getattr(record, "request", None)
        if request is not None:
            line |= {"request": getattr(request, "request_id", ""), "route": route_of(request)}
        for name in ("status_code", "ms"):
            if hasattr(record, name):
                line[name.removesuffix("_code")] = getattr(record, name)
        if record.exc_info and record.exc_info[1]:
            line["error"] = described(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False)


def event(record: logging.LogRecord) -> str:
    """What happened: a message of ours as it is; of Django's about requests nothing but the kind; of others the template."""
    if record.name.split(".")[0] in OURS:
        return record.getMessage()
    if record.name.startswith(("django.request", "django.security")):
        return "the request was refused" if refused(record) else "the request failed"
    return str(record.msg)


def refused(record: logging.LogRecord) -> bool:
    """Whether this tells of a request that was at fault itself: Django logs some of those as errors, and errors call somebody out of bed."""
    status = getattr(record, "status_code", HTTPStatus.INTERNAL_SERVER_ERROR)
    return record.name.startswith(("django.request", "django.security")) and status < HTTPStatus.INTERNAL_SERVER_ERROR


def route_of(request: Any) -> str:
    """The name of the route a request took, "" for none: never its address, which may hold somebody's number."""
    match = getattr(request, "resolver_match", None)
    return (match.view_name or match.route) if match else ""


def described(error: BaseException) -> dict[str, Any]:
    """An error without its message, which may quote what was typed: type, place, cause; of the database's, code and constraint."""
    found: dict[str, Any] = {
        "type": f"{type(error).__module__}.{type(error).__qualname__}",
        "where": [
            f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)
        ][-MOST_FRAMES:],
    }
    if code := getattr(error, "sqlstate", None):
        found |= {"sqlstate": code, "constraint": error.diag.constraint_name}
    if cause := error.__cause__ or (None if error.__suppress_context__ else error.__context__):
        found["cause"] = described(cause)
    return found


CONFIGURATION = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"lines": {"()": "kusei.site.logs.JsonLines"}},
    "handlers": {"lines": {"class": "logging.StreamHandler", "formatter": "lines"}},
    "root": {"handlers": ["lines"], "level": "WARNING"},
    "loggers": {
        "kusei": {"level": "INFO"},
        "django": {"level": "ERROR", "handlers": [], "propagate": True},
        # Many hosts knock with made-up names; each is answered 400 and counted in the metrics.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}
"""Django's LOGGING."""
