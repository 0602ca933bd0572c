"""What the portal may know of the register: made by the office for each person whose account is tied, kept by the portal, gone in the end."""

import hashlib
import json
from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from kusei.base import audit
from kusei.base.kernel.actors import SYSTEM
from kusei.base.parties import queries
from kusei.base.parties.facts import PROVIDERS, Register
from kusei.base.parties.models import KnownFacts, Party

LIVES = timedelta(days=35)
RENEWED_AFTER = timedelta(days=14)
NEVER = frozenset({"protected", "representatives"})
"""Facts that stay in the office: that somebody is protected is itself to be protected."""
WHEREABOUTS = frozenset({"address", "phone"})
PURPOSE = "本人による確認"


def snapshot(person: Party, now: datetime) -> tuple[dict, set[UUID]]:
    """The facts about a person that may leave the office, and whose data they are. The whereabouts of a protected person (支援措置), and of
    whoever lives with one, are left out."""
    hidden = queries.is_hidden(person.id, now)
    register = Register(person, now, hidden)
    names = set(PROVIDERS) - NEVER - (WHEREABOUTS if hidden else set())
    return {name: PROVIDERS[name](register) for name in sorted(names)}, register.disclosed


def digest(facts: dict, person: Party) -> str:
    """SHA-256 of what is said, hexadecimal."""
    plain = json.dumps([facts, person.name, person.kana, str(person.birth_date)], sort_keys=True, default=str)
    return hashlib.sha256(plain.encode()).hexdigest()


def said(person: Party, facts: dict, disclosed: Collection[UUID], now: datetime) -> datetime:
    """Note, in the office, that these facts go to the portal; returns until when they are good there. Logged as a read of each person in them."""
    until = now + LIVES
    KnownFacts.objects.update_or_create(
        party=person,
        defaults={
            "facts": None, "digest": digest(facts, person), "whereabouts": bool(WHEREABOUTS & {n for n in facts if facts[n]}),
            "as_of": person.as_of, "source": person.source, "taken_at": now, "until": until,
        },
    )  # fmt: skip
    audit.log(
        SYSTEM,
        "read",
        "parties.known",
        subjects=sorted(disclosed),
        purpose=PURPOSE,
        now=now,
        detail={"what": sorted(facts), "of": str(person.id)},
    )
    return until


def stale(person: Party, now: datetime) -> bool:
    """Whether the portal should hear of this person again: something changed, or it is some time ago."""
    kept = KnownFacts.objects.filter(party=person).first()
    if kept is None or kept.taken_at < now - RENEWED_AFTER:
        return True
    return kept.digest != digest(snapshot(person, now)[0], person)


def newly_hidden(now: datetime) -> list[UUID]:
    """Persons whose whereabouts the portal holds and that must not be shown by now."""
    held = list(KnownFacts.objects.filter(whereabouts=True).values_list("party_id", flat=True))
    return sorted(queries.hidden_ids(held, now))


def keep(body, now: datetime) -> Party:
    """On the portal: keep what the office said of a person."""
    person, _new = Party.objects.update_or_create(
        id=body.party_id,
        defaults={
            "kind": "person", "name": body.name, "kana": body.kana, "birth_date": body.birth_date, "source": body.source[:40],
            "as_of": body.as_of,
        },
    )  # fmt: skip
    for each in body.facts.get("represents") or []:
        organisation = {key: each[key] for key in ("name", "kana")} | {
            "corporate_number": each["corporate_number"] or None
        }
        Party.objects.update_or_create(
            id=each["party_id"],
            defaults=organisation | {"kind": "organisation", "source": body.source[:40], "as_of": body.as_of},
        )
    kept = KnownFacts.objects.filter(party=person).first() or KnownFacts(party=person)
    kept.facts, kept.digest, kept.as_of, kept.source = body.facts, "", body.as_of, body.source
    kept.whereabouts = bool(WHEREABOUTS & {name for name, value in body.facts.items() if value})
    kept.taken_at, kept.until = now, body.until
    kept.save()
    return person


def forget_expired(now: datetime) -> None:
    """Daily, on the portal: what no longer holds goes."""
    KnownFacts.objects.filter(until__lt=now).delete()
