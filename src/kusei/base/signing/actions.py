"""Taking a signature in, checking it again until it can be told, and binding it to what was submitted."""

import base64
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings
from django.utils.translation import gettext as _

from kusei.base import audit
from kusei.base.jobs.actions import enqueue
from kusei.base.jobs.handlers import Later
from kusei.base.kernel.actors import SYSTEM, Actor
from kusei.base.kernel.acts import action
from kusei.base.kernel.clock import local_date
from kusei.base.kernel.errors import Invalid, NotNow
from kusei.base.kernel.wards import load_ward
from kusei.base.parties.models import OtherName, Party
from kusei.base.parties.queries import current, home_of
from kusei.base.signing import lists, trust
from kusei.base.signing.chain import fingerprint
from kusei.base.signing.cms import Failure
from kusei.base.signing.holder import Holder, same_person
from kusei.base.signing.models import RevocationList, Signature
from kusei.base.signing.verify import Verdict, verify
from kusei.base.tell.actions import tell

PURPOSE = "電子署名の検証"
CHECK = "signing.check"


def told(reason: str) -> str:
    """What people are told of a signature that isn't accepted, in the active language."""
    said = {
        "content": _("この申請の内容への署名ではありません。ダウンロードしなおした内容に署名してください。"),
        "usage": _("署名用電子証明書で署名してください（6けた以上の暗証番号のほうです）。"),
        "time": _("電子証明書の有効期限が切れています。区役所の窓口で更新してください。"),
        "revoked": _("この電子証明書は失効しています。区役所の窓口でご相談ください。"),
        "trust": _("この電子証明書は使えません。マイナンバーカードの署名用電子証明書で署名してください。"),
        "person": _("カードの氏名・生年月日・住所が、区の登録と一致しません。区役所の窓口でご相談ください。"),
        "clock": _("署名した時刻が正しくありません。パソコンの時計を確かめて、もう一度署名してください。"),
        "size": _("ファイルが空か、大きすぎます。署名のファイルを選んでください。"),
    }
    return said.get(reason, _("署名のファイルとして読めません。署名しなおしてください。"))


def digest_of(content: bytes) -> str:
    """SHA-256 of a text to sign, hexadecimal: what the check page shows."""
    return hashlib.sha256(content).hexdigest()


@action(purpose=PURPOSE)
def receive(
    content: bytes, cms: bytes, *, about: UUID, number: int, party_id: UUID | None, by: Actor, now: datetime
) -> Signature:
    """Check a signature over the text and keep it: good at once, or waiting where a revocation list is missing. The same text signed again
    by the same person gives the signature there is.

    Raises Invalid with what is wrong (`reason` is logged as a refusal), NotNow where this ward takes no signatures by card.
    """
    if not trust.accepted():
        raise NotNow(_("いま、マイナンバーカードの署名は受け付けていません。"))
    kept = lists.current(now)
    with _refusing(by, about, party_id, now):
        verdict = verify(content, cms, trust.anchors(), _loaded(kept), now)
        if party_id and not _is(verdict.holder, party_id, now):
            raise Failure("person")
    return _keep(content, cms, verdict, kept, about=about, number=number, party_id=party_id, by=by, now=now)


@action(purpose=PURPOSE)
def identify(content: bytes, cms: bytes, *, about: UUID, by: Actor, now: datetime) -> Party:
    """The one resident of the register whose card signed the text, which is kept with the signature. Text and signature are judged here alone.

    Raises Invalid with what is wrong, NotNow where no signatures are taken or no current list tells whether the card was revoked.
    """
    if not trust.accepted():
        raise NotNow(_("いま、マイナンバーカードの署名は受け付けていません。"))
    kept = lists.current(now)
    with _refusing(by, about, None, now):
        verdict = verify(content, cms, trust.anchors(), _loaded(kept), now)
        born = Party.objects.filter(kind="person", is_resident=True, birth_date=verdict.holder.birth_date)
        found = [person for person in born if _is(verdict.holder, person.id, now)]
        if len(found) != 1:
            raise Failure("person")
    if not verdict.told:
        raise NotNow(_("カードが失効していないことを、いま確認できません。しばらくしてから、もう一度お試しください。"))
    _keep(content, cms, verdict, kept, about=about, number=0, party_id=found[0].id, by=by, now=now)
    return found[0]


@contextmanager
def _refusing(by: Actor, about: UUID, party_id: UUID | None, now: datetime) -> Iterator[None]:
    """What is at fault inside is logged as a refusal and told. Raises Invalid."""
    try:
        yield
    except Failure as failure:
        audit.refusal(
            by,
            "signing.receive",
            subject=party_id,
            obj=("signing.text", about),
            purpose=PURPOSE,
            now=now,
            detail={"reason": failure.reason},
        )
        raise Invalid({"signature": told(failure.reason)}) from None


def _keep(
    content: bytes, cms: bytes, verdict: Verdict, kept: list[RevocationList], *, about, number, party_id, by, now
) -> Signature:
    """Keep a judged signature, good or waiting; what is there already stays."""
    digest = digest_of(content)
    there = (
        Signature.objects.select_for_update()
        .filter(about=about, number=number, digest=digest)
        .exclude(state="refused")
        .first()
    )
    if there:
        return there
    made = Signature(
        about=about, number=number, account_id=by.account_id, party_id=party_id, digest=digest, content=content.decode(),
        cms=base64.b64encode(cms).decode(), signer=verdict.holder.name, serial=f"{verdict.chain[0].serial_number:x}"[:64],
        certificate=fingerprint(verdict.chain[0]), anchor=verdict.chain[-1].public_bytes(Encoding.DER), claimed_at=verdict.claimed_at,
        received_at=now, state="waiting",
    )  # fmt: skip
    made.save(force_insert=True)
    detail = {"digest": digest, "certificate": made.certificate}
    audit.log(by, "change", "signing.received", subject=party_id, obj=made, purpose=PURPOSE, now=now, detail=detail)
    if verdict.told:
        _good(made, verdict, kept, by, now)
    else:
        enqueue(CHECK, str(made.id), {"signature": str(made.id)}, now=now)
    return made


def _loaded(kept: list[RevocationList]) -> list[x509.CertificateRevocationList]:
    return [crl for row in kept if (crl := lists.load(bytes(row.content))) is not None]


def _is(holder: Holder, party_id: UUID, now: datetime) -> bool:
    """Whether the register knows the card's holder as this person."""
    person, home = Party.objects.get(id=party_id), home_of(party_id, now)
    others = OtherName.objects.filter(current(local_date(now)), party=person).values_list("name", flat=True)
    names = [person.name, person.former_name, person.latin_name, *others]
    ward = load_ward(settings.WARD).name["ja"]
    return bool(home and home.town) and same_person(holder, names, person.birth_date, home.town.name, home.block, ward)


def _good(signature: Signature, verdict: Verdict, kept: list[RevocationList], by: Actor, now: datetime) -> None:
    """Note that it holds, with the lists that say so."""
    signature.state, signature.checked_at, signature.reason = "good", now, ""
    signature.save(update_fields=["state", "checked_at", "reason"])
    relied_on = {hashlib.sha256(crl.public_bytes(Encoding.DER)).hexdigest() for crl in verdict.lists}
    signature.evidence.set([row for row in kept if _der_digest(row) in relied_on])
    detail = {"digest": signature.digest, "certificate": signature.certificate}
    audit.log(
        by,
        "change",
        "signing.accepted",
        subject=signature.party_id,
        obj=signature,
        purpose=PURPOSE,
        now=now,
        detail=detail,
    )


def _der_digest(row: RevocationList) -> str:
    crl = lists.load(bytes(row.content))
    return hashlib.sha256(crl.public_bytes(Encoding.DER)).hexdigest() if crl is not None else ""


def check(task, now: datetime) -> None:
    """A worker looks again at a signature that waits. Raises `Later` as long as it can't be told."""
    lists.fetch(now)
    if not recheck(UUID(task.payload["signature"]), by=SYSTEM, now=now):
        raise Later("no current revocation list tells")


@action(purpose=PURPOSE)
def recheck(signature_id: UUID, *, by: Actor, now: datetime) -> bool:
    """Judge a waiting signature with the lists there are now, and tell its owner; returns whether that could be done."""
    found = Signature.objects.select_for_update().get(id=signature_id)
    if found.state != "waiting":
        return True
    kept = lists.current(now)
    try:
        verdict = verify(
            found.content.encode(), base64.b64decode(found.cms), trust.anchors(), _loaded(kept), found.received_at
        )
    except Failure as failure:
        found.state, found.reason, found.checked_at = "refused", failure.reason, now
        found.save(update_fields=["state", "reason", "checked_at"])
        audit.refusal(
            by,
            "signing.recheck",
            subject=found.party_id,
            obj=found,
            purpose=PURPOSE,
            now=now,
            detail={"reason": failure.reason},
        )
        tell(found.account_id, "signing/refused", {}, now=now, link="/my", about=str(found.about))
        return True
    if not verdict.told:
        return False
    _good(found, verdict, kept, by, now)
    tell(found.account_id, "signing/checked", {}, now=now, link="/my", about=str(found.about))
    return True


def good(about: UUID, number: int, content: bytes) -> Signature | None:
    """The accepted signature over exactly this text, if there is one."""
    return Signature.objects.filter(about=about, number=number, digest=digest_of(content), state="good").first()


def newest(about: UUID, number: int, content: bytes) -> Signature | None:
    """The newest signature over exactly this text, in whatever state."""
    return (
        Signature.objects.filter(about=about, number=number, digest=digest_of(content)).order_by("-received_at").first()
    )


def bind(signature: Signature, answer_set_id: UUID) -> dict:
    """Note which answers were accepted with it; returns what the office is told: name, when it was received and checked, number of the certificate."""
    Signature.objects.filter(id=signature.id).update(answer_set_id=answer_set_id)
    return {
        "signer": signature.signer, "received_at": signature.received_at.isoformat(), "checked_at": signature.checked_at.isoformat(),
        "serial": signature.serial, "digest": signature.digest, "id": str(signature.id),
    }  # fmt: skip
