"""Who may see which draw, and what everybody may."""

from datetime import datetime

from django.db.models import Count, Q, QuerySet

from kusei.base.draw import rules
from kusei.base.draw.models import Draw
from kusei.base.kernel.actors import Actor
from kusei.base.staff.queries import below

PURPOSE = "抽選"
PUBLIC = ("committed", "drawn", "published")


def visible(by: Actor, purpose: str, now: datetime) -> QuerySet[Draw]:
    """The draws `by` may see whole: staff with draw.hold those of their departments; the system all; others none (see `public`)."""
    if by.kind == "system":
        return Draw.objects.all()
    if by.kind != "staff":
        return Draw.objects.none()
    return Draw.objects.filter(below(by.paths("draw.hold"), "department__path"))


def public() -> QuerySet[Draw]:
    """The draws everybody may know of: those committed to, the newest first, with how many entries each has."""
    return (
        Draw.objects.filter(state__in=PUBLIC)
        .select_related("department")
        .defer("secret")
        .annotate(size=Count("entries"), winners=Count("entries", filter=Q(entries__won=True)))
        .order_by("-committed_at")
    )


def as_file(draw: Draw) -> dict:
    """The open-data file of a draw, which `rules.verify` checks: entry numbers alone, nothing about people. Secret, value and results are
    in it once the draw is published."""
    entries = list(draw.entries.order_by("number"))
    published = draw.state == "published"
    numbered = [
        {"number": each.number, "weight": each.weight, "group": each.group, "tie": each.tie} for each in entries
    ]
    file = {
        "format": rules.FORMAT,
        "title": draw.title,
        "places": draw.places,
        "groups": draw.groups,
        "list_sha256": draw.list_sha256,
        "source": draw.source,
        "known_from": draw.known_from.isoformat(),
        "commitment": draw.commitment,
        "committed_at": draw.committed_at.isoformat(),
        "entries": numbered,
    }
    if published:
        results = [
            {"number": each.number, "rank": each.rank, "won": each.won, "waiting": each.waiting} for each in entries
        ]
        file |= {
            "secret": draw.secret,
            "value": draw.value,
            "drawn_at": draw.drawn_at.isoformat(),
            "results": results,
        }
    return file
