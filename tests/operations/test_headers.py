"""What every answer says to browsers, and how cookies are kept, with and without TLS before the site."""

import json
from dataclasses import replace

import pytest
from django.test import Client

from kusei.base.web.csp import POLICY

PAGES = ["/", "/sign-in", "/office/sign-in", "/check", "/healthz", "/metrics", "/nothing/there", "/my", "/office/cases"]


@pytest.mark.django_db
@pytest.mark.parametrize("address", PAGES)
def test_every_answer_carries_the_security_headers(address):
    answer = Client().get(address)
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy or "default-src 'self'" in policy
    assert "unsafe-inline" not in policy
    assert "unsafe-eval" not in policy
    assert set(POLICY) <= {directive.split()[0] for directive in policy.split("; ")}


SCRIPT = """
import json, django
django.setup()
from django.conf import settings
from django.test import Client
headers = {"x-forwarded-proto": "https", "host": "kusei.example.jp"}
answer = Client(headers=headers).get("/healthz")
plain = Client(headers={"host": "kusei.example.jp"}).get("/healthz")
print(json.dumps([answer.headers.get("Strict-Transport-Security"), plain.headers.get("Strict-Transport-Security"),
                  settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE]))
"""


def settled(ward, **variables) -> list:
    return json.loads(replace(ward, variables=variables).run("-c", SCRIPT))


def test_behind_tls_cookies_and_addresses_stay_there(make_ward):
    ward = make_ward()
    found = settled(ward, KUSEI_ADDRESS="https://kusei.example.jp", KUSEI_ALLOWED_HOSTS="kusei.example.jp")
    assert found == ["max-age=31536000", None, True, True]


def test_on_one_machine_without_tls_nothing_asks_for_it(make_ward):
    assert settled(make_ward(), KUSEI_ALLOWED_HOSTS="kusei.example.jp") == [None, None, False, False]
