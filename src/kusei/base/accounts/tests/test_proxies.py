"""Where a request comes from, with proxies before us and with strangers who write headers."""

import pytest
from django.test import RequestFactory, override_settings

from kusei.base.accounts.devices import device_of
from kusei.base.accounts.proxies import client_address, networks

OURS = networks("10.0.0.0/8, 192.0.2.7, 2001:db8:1::/48")


def seen(nearest: str, forwarded: str | None = None, trusted=OURS) -> str:
    meta = {"REMOTE_ADDR": nearest} | ({} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded})
    return client_address(meta, trusted)


@pytest.mark.parametrize(
    ("nearest", "forwarded", "expected"),
    [
        ("203.0.113.5", "198.51.100.1", "203.0.113.5"),  # nobody of ours: the header is a stranger's
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, 192.0.2.7", "198.51.100.1"),  # two proxies of ours
        (
            "10.0.0.1",
            "10.9.9.9, 1.2.3.4, 198.51.100.1",
            "198.51.100.1",
        ),  # what the client wrote itself stands further left
        ("10.0.0.1", "10.0.0.2", "10.0.0.2"),
        ("10.0.0.1", None, "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1, unknown", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1:4711", "198.51.100.1"),
        ("10.0.0.1", "[2001:db8:2::1]:443", "2001:db8:2::1"),
        ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("2001:db8:1::1", " 2001:db8:2::1 ", "2001:db8:2::1"),
        ("10.0.0.1", "198.51.100.1," + ",".join(["10.0.0.2"] * 500), "10.0.0.2"),
        ("", "198.51.100.1", ""),
    ],
)
def test_the_first_from_the_right_that_is_no_proxy_of_ours(nearest, forwarded, expected):
    assert seen(nearest, forwarded) == expected


def test_without_proxies_the_header_is_never_believed():
    assert seen("10.0.0.1", "198.51.100.1", trusted=()) == "10.0.0.1"


@pytest.mark.parametrize("wrong", ["10.0.0.0/8, proxy.example.jp", "10.0.0.0/33", "10.0.0.1/8"])
def test_what_is_no_network_is_refused(wrong):
    with pytest.raises(ValueError, match=r"network|address|host bits"):
        networks(wrong)


def test_the_throttles_count_what_the_proxy_says():
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="198.51.100.9")
    with override_settings(TRUSTED_PROXIES=OURS):
        assert device_of(request).address == "198.51.100.9"
    assert device_of(request).address == "10.0.0.1"
