"""Throttles on what can be guessed or abused: by device, network address and name at once, each within a sliding window.

Nothing is ever locked: a window passes. And a name alone can't be shut out by strangers who guess at it, since devices that have
signed in to it before are counted apart (see `devices`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from django.utils.crypto import salted_hmac

from kusei.base.accounts.models import Attempt

_QUARTER, _DAY, _MONTH = timedelta(minutes=15), timedelta(days=1), timedelta(days=30)


@dataclass(frozen=True)
class Limit:
    """At most so many attempts within the time before now."""

    most: int
    within: timedelta


# A person mistypes a few times; whole schools and telephone networks share one address. `name` counts strangers' devices only.
LIMITS: dict[str, dict[str, tuple[Limit, ...]]] = {
    "email_code": {
        "device": (Limit(10, _QUARTER),),
        "name_on_device": (Limit(5, _QUARTER),),
        "name": (Limit(10, _QUARTER), Limit(30, _DAY)),
        "address": (Limit(100, _QUARTER),),
    },
    "code_try": {"device": (Limit(20, _QUARTER),), "address": (Limit(200, _QUARTER),)},
    "staff_sign_in": {
        "device": (Limit(20, _QUARTER),),
        "name_on_device": (Limit(5, _QUARTER),),
        "name": (Limit(10, _QUARTER), Limit(50, _DAY)),
        "address": (Limit(100, _QUARTER),),
    },
    "oidc": {"device": (Limit(20, _QUARTER),), "address": (Limit(300, _QUARTER),)},
    "passkey": {"device": (Limit(30, _QUARTER),), "address": (Limit(300, _QUARTER),)},
    "api": {"account": (Limit(600, _QUARTER),), "address": (Limit(1200, _QUARTER),)},
    "means": {"account": (Limit(30, _QUARTER),)},
    "letter_request": {"account": (Limit(5, _DAY), Limit(20, _MONTH)), "address": (Limit(50, _DAY),)},
    "letter_to_person": {"person": (Limit(3, _MONTH),)},
    "emergency": {"account": (Limit(20, _DAY),)},
    "paper_check": {"device": (Limit(20, _QUARTER),), "address": (Limit(200, _QUARTER),)},
    "tie_try": {"account": (Limit(10, _QUARTER),), "address": (Limit(100, _QUARTER),)},
}
LONGEST = max(limit.within for kind in LIMITS.values() for limits in kind.values() for limit in limits)


class TooMany(Exception):
    """The throttle is shut; it opens again at `until` (aware)."""

    def __init__(self, until: datetime):
        super().__init__(f"throttled until {until:%H:%M}")
        self.until = until


def take(kind: str, keys: Mapping[str, str], now: datetime) -> list[int]:
    """Count one attempt under every key given (names as in LIMITS[kind]); returns its rows, for `give_back`.

    Must not run inside a transaction that may be rolled back. Raises TooMany; refused attempts aren't counted, so that waiting helps.
    Counted before it is judged, so of many attempts at the same moment no more than the limit pass.
    """
    hashed = {name: _hashed(kind, name, value) for name, value in keys.items()}
    rows = [
        row.id for row in Attempt.objects.bulk_create(Attempt(at=now, kind=kind, key=key) for key in hashed.values())
    ]
    times = _times(kind, hashed.values(), now)
    opens = [
        recent[limit.most] + limit.within
        for name, key in hashed.items()
        for limit in LIMITS[kind][name]
        if len(recent := [at for at in times[key] if at > now - limit.within]) > limit.most
    ]
    if opens:
        give_back(rows)
        raise TooMany(max(opens))
    return rows


def give_back(rows: Iterable[int]) -> None:
    """Uncount attempts, as when they ended in a proper sign-in."""
    Attempt.objects.filter(id__in=list(rows)).delete()


def last(kind: str, name: str, value: str, now: datetime) -> datetime | None:
    """When the key was last counted, within the longest window kept."""
    key = _hashed(kind, name, value)
    return max(_times(kind, [key], now)[key], default=None)


def network(address: str) -> str:
    """What counts as one address: an IPv4 address, or the /64 network of an IPv6 one, which is what one household gets."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ip_network(f"{address}/64", strict=False)) if isinstance(parsed, IPv6Address) else address


def _times(kind: str, keys: Iterable[str], now: datetime) -> dict[str, list[datetime]]:
    """The attempts under each key, newest first."""
    times: dict[str, list[datetime]] = {key: [] for key in keys}
    rows = Attempt.objects.filter(kind=kind, key__in=list(times), at__gt=now - LONGEST).order_by("-at", "-id")
    for key, at in rows.values_list("key", "at"):
        times[key].append(at)
    return times


def _hashed(kind: str, name: str, value: str) -> str:
    """Neither addresses nor names stand in the table."""
    return salted_hmac("kusei.accounts.throttle", f"{kind}:{name}:{value}", algorithm="sha256").hexdigest()
