"""Fixtures: an authority that this ward trusts, and its list of revoked cards; and the command that checks what was accepted."""

import io

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from django.core.management import call_command

from kusei.base.kernel import clock
from kusei.base.signing import lists, trust
from kusei.base.signing.tests.authority import Authority


@pytest.fixture
def root(tmp_path, settings) -> Authority:
    """An authority that this ward trusts, with its list published."""
    root = Authority.root(clock.now().replace(microsecond=0))
    trust._in.cache_clear()
    settings.CARD_ANCHORS = tmp_path / "anchors"
    settings.CARD_ANCHORS.mkdir()
    (settings.CARD_ANCHORS / "root.pem").write_bytes(root.certificate.public_bytes(Encoding.PEM))
    settings.CARD_CRLS = [str(tmp_path / "list.crl")]
    return root


@pytest.fixture
def publish(root, tmp_path):
    def publish(**more):
        (tmp_path / "list.crl").write_bytes(root.crl(**more))
        return lists.fetch(clock.now())

    return publish


def verified(*more) -> tuple[str, int]:
    out = io.StringIO()
    try:
        call_command("signatures", "verify", *more, stdout=out)
    except SystemExit as exit_:
        return out.getvalue(), exit_.code
    return out.getvalue(), 0
