"""Checking accepted signatures again, years later: nothing is fetched, nothing but what was kept is believed, and the audit log has to agree."""

import base64
import json
from collections.abc import Iterator
from uuid import UUID

from cryptography import x509
from django.apps import apps

from kusei.base.audit.models import AuditEntry
from kusei.base.secrets.keyring import NoKey
from kusei.base.secrets.sealing import Broken
from kusei.base.signing import lists
from kusei.base.signing.actions import digest_of
from kusei.base.signing.chain import fingerprint
from kusei.base.signing.cms import Failure
from kusei.base.signing.models import Signature
from kusei.base.signing.verify import verify

FAULTS = {
    "sealed": "text, signature or name can't be opened: another key, or altered",
    "digest": "the text is not the one that was signed",
    "audit": "the audit log tells of another text or certificate, or of none",
    "answers": "the answers kept are not those that were signed",
    "untold": "no list kept with it says that the certificate was not revoked",
}


def every(id: str | None = None) -> Iterator[tuple[Signature, str]]:
    """Each accepted signature with what is wrong with it, "" where it holds."""
    found = Signature.objects.filter(state="good").order_by("received_at", "id")
    for signature in (found.filter(id=UUID(id)) if id else found).iterator():
        try:
            word = fault(signature)
        except Failure as failure:
            word = failure.reason
        except (Broken, NoKey):
            word = "sealed"
        yield signature, FAULTS.get(word, word)


def fault(signature: Signature) -> str:
    """A key of `FAULTS`, or "". Raises `Failure`, `Broken`, `NoKey`."""
    content = signature.content.encode()
    if digest_of(content) != signature.digest:
        return "digest"
    accepted = AuditEntry.objects.filter(what="signing.accepted", object_id=str(signature.id)).first()
    if not accepted or accepted.details != {"digest": signature.digest, "certificate": signature.certificate}:
        return "audit"
    anchor = x509.load_der_x509_certificate(bytes(signature.anchor))
    crls = [crl for row in signature.evidence.all() if (crl := lists.load(bytes(row.content))) is not None]
    verdict = verify(content, base64.b64decode(signature.cms), [anchor], crls, signature.received_at)
    if fingerprint(verdict.chain[0]) != signature.certificate or verdict.holder.name != signature.signer:
        return "audit"
    if not verdict.told:
        return "untold"
    return _answers(signature, json.loads(content))


def _answers(signature: Signature, text: dict) -> str:
    """Whether the answers that were accepted with it are those in the text."""
    if signature.answer_set_id is None:
        return ""
    kept = apps.get_model("ask.AnswerSet").objects.filter(id=signature.answer_set_id).first()
    return "" if kept and kept.answers == text["answers"] and kept.number == text["number"] else "answers"
