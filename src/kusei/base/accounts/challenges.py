"""Challenges: what a sign-in under way must answer, bound to one session and worth one answer."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest

from kusei.base.accounts.models import Challenge

LIVES = timedelta(minutes=10)
_SESSION_KEY = "challenges"


def put(request: HttpRequest, kind: str, content: dict[str, Any]) -> None:
    """Keep `content` (JSON) for ten minutes; it replaces what this session had of the kind."""
    known = request.session.get(_SESSION_KEY, {})
    Challenge.objects.filter(id=known.get(kind)).delete()
    row = Challenge.objects.create(kind=kind, content=content, expires_at=request.now + LIVES)
    request.session[_SESSION_KEY] = known | {kind: str(row.id)}


def peek(request: HttpRequest, kind: str) -> dict[str, Any] | None:
    """What this session keeps of the kind, still to be used."""
    row = _mine(request, kind).first()
    return row.content if row else None


def take(request: HttpRequest, kind: str) -> dict[str, Any] | None:
    """What this session keeps of the kind, now used up: of two requests at once only one gets it. None where there is nothing (left)."""
    row = _mine(request, kind).first()
    used = row is not None and Challenge.objects.filter(id=row.id).delete()[0] == 1
    return row.content if used else None


def _mine(request: HttpRequest, kind: str):
    known = request.session.get(_SESSION_KEY, {}).get(kind)
    return Challenge.objects.filter(id=known, kind=kind, expires_at__gt=request.now)
