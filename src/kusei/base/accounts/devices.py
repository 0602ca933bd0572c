"""Devices: a signed cookie that tells browsers apart, and in which of them a name has signed in before."""

import secrets
from dataclasses import dataclass, replace

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from kusei.base.accounts.proxies import client_address
from kusei.base.accounts.throttle import network

COOKIE = "kusei_device"
_SALT = "kusei.accounts.devices"
_YEAR = 365 * 24 * 60 * 60
_NAMES_KEPT = 8


@dataclass(frozen=True)
class Device:
    """One browser: a random id, its network address, and short keyed hashes of the names that have signed in on it."""

    id: str
    address: str = ""
    known: tuple[str, ...] = ()

    def knows(self, name: str) -> bool:
        """Whether the name (login) has signed in here before."""
        return mark(name) in self.known

    @property
    def last(self) -> str:
        """The mark of the name that signed in here last, "" where none has."""
        return self.known[0] if self.known else ""

    def keys(self, name: str) -> dict[str, str]:
        """The throttle's keys for a try at `name` here; a device that knows the name isn't held up by strangers who don't."""
        keys = {"device": self.id, "name_on_device": f"{self.id} {name}", "address": self.address}
        return keys if self.knows(name) else keys | {"name": name}


def device_of(request: HttpRequest) -> Device:
    """The browser the request comes from; a new one where it carries no cookie of ours."""
    address = network(client_address(request.META, settings.TRUSTED_PROXIES))
    kept = request.get_signed_cookie(COOKIE, default="", salt=_SALT, max_age=_YEAR)
    id, _, known = kept.partition(":")
    return Device(id or secrets.token_urlsafe(16), address, tuple(filter(None, known.split(","))))


def remember(response: HttpResponse, request: HttpRequest, device: Device, name: str = "") -> HttpResponse:
    """Put the device's cookie on the response, with `name` among those that have signed in."""
    if name:
        newest = mark(name)
        known = (newest, *(each for each in device.known if each != newest))
        device = replace(device, known=known[:_NAMES_KEPT])
    value = f"{device.id}:{','.join(device.known)}"
    secure = request.is_secure()
    response.set_signed_cookie(COOKIE, value, salt=_SALT, max_age=_YEAR, httponly=True, samesite="Lax", secure=secure)
    return response


def mark(name: str) -> str:
    """A short keyed hash that stands for a name (login) in the browser's cookie."""
    return salted_hmac(_SALT, name, algorithm="sha256").hexdigest()[:20]
