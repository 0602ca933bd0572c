"""How a signature reaches us: as a file in a form, as text in one (the demonstration's card), or as it is, from a program."""

import base64
import binascii

from django.conf import settings
from django.http import HttpRequest

from kusei.base.signing.actions import digest_of
from kusei.base.signing.cms import LARGEST

RAW = {"application/pkcs7-signature", "application/x-pkcs7-signature", "application/cms", "application/octet-stream"}


def is_raw(request: HttpRequest) -> bool:
    """Whether a program sends it, which is answered in JSON."""
    return request.content_type in RAW


def signature_in(request: HttpRequest) -> bytes:
    """The signature that was sent, empty where there is none; one byte more than there may be is enough to be refused."""
    if is_raw(request):
        return request.read(LARGEST + 1)
    upload = request.FILES.get("signature")
    if upload:
        return upload.read(LARGEST + 1)
    try:
        return base64.b64decode(request.POST.get("signature_text", "")[: 2 * LARGEST], validate=True)
    except binascii.Error:
        return b"-"


def to_sign(content: bytes, text_url: str) -> dict[str, str]:
    """What the page that asks for a signature says of the text; in a demonstration also the text itself, for its card."""
    shown = {"digest": digest_of(content), "text_url": text_url}
    return shown | ({"demo_text": base64.b64encode(content).decode()} if settings.DEMO else {})
