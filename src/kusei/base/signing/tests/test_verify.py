"""Signatures made by openssl with made cards: what holds, and every way in which one doesn't. No database."""

from datetime import UTC, date, datetime, timedelta

import pytest
from asn1crypto import cms as asn1
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from kusei.base.signing.canonical import NotCanonical, canonical
from kusei.base.signing.cms import Failure
from kusei.base.signing.holder import same_person
from kusei.base.signing.lists import load
from kusei.base.signing.tests.authority import DAY, Authority
from kusei.base.signing.verify import verify

TEXT = canonical({"answers": {"氏名": "墨田　花子", "number": 1}})
AT: datetime


@pytest.fixture(scope="module", autouse=True)
def at() -> None:
    """The moment at which these tests begin, which may be long after they are collected: openssl signs with the clock of the machine."""
    global AT
    AT = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(scope="module")
def root(at) -> Authority:
    return Authority.root(AT)


@pytest.fixture(scope="module")
def card(root):
    return root.card()


@pytest.fixture
def judged(root, tmp_path):
    """Judge what a card signed; keywords replace what is usual."""

    def judged(card, signature=None, *, text=TEXT, anchors=None, crls=None, at=AT, others=()):
        signature = signature or card.sign(tmp_path, TEXT, others=others)
        trusted = [root.certificate] if anchors is None else anchors
        return verify(text, signature, trusted, map(load, [root.crl()] if crls is None else crls), at)

    return judged


def reason(act, *args, **more) -> str:
    with pytest.raises(Failure) as failure:
        act(*args, **more)
    return failure.value.reason


def test_what_openssl_signed_with_a_card_holds(card, judged):
    before = datetime.now(UTC).replace(microsecond=0)
    verdict = judged(card)
    assert verdict.told
    assert (verdict.holder.name, verdict.holder.birth_date.isoformat()) == ("墨田　花子", "1990-04-01")
    assert verdict.chain[0] == card.certificate
    assert before <= verdict.claimed_at <= datetime.now(UTC)
    assert "墨田" not in repr(verdict.holder)


@pytest.mark.parametrize(
    "options", [(), ("-nodetach",), ("-keyid",), ("-cades",), ("-md", "sha512"), ("-keyopt", "rsa_padding_mode:pss")], ids=" ".join
)  # fmt: skip
def test_every_form_of_the_standard_that_openssl_makes_is_read(card, judged, tmp_path, options):
    assert judged(card, card.sign(tmp_path, TEXT, *options)).told


def test_pem_and_elliptic_curves_are_read_too(root, card, judged, tmp_path):
    assert judged(card, card.sign(tmp_path, TEXT, form="PEM")).told
    curved = root.card(key=ec.generate_private_key(ec.SECP256R1()))
    assert judged(curved, curved.sign(tmp_path, TEXT)).told


def test_one_bit_of_text_or_signature_changed_is_found(card, judged, tmp_path):
    signature = card.sign(tmp_path, TEXT)
    assert reason(judged, card, signature, text=TEXT.replace(b"1", b"2")) == "content"
    assert reason(judged, card, signature, text=TEXT + b" ") == "content"
    assert reason(judged, card, signature[:-1] + bytes([signature[-1] ^ 1])) == "signature"


def test_a_text_inside_that_is_another_is_found(card, judged, tmp_path):
    assert reason(judged, card, card.sign(tmp_path, b"another", "-nodetach")) == "content"


def test_every_single_byte_damaged_is_refused_or_harmless(card, judged, tmp_path):
    """Whatever is bent: it is refused with a reason, or it says the very same of the very same person."""
    signature, whole = card.sign(tmp_path, TEXT), None
    whole = judged(card, signature)
    for place in range(0, len(signature), 7):
        bent = bytearray(signature)
        bent[place] ^= 0x41
        try:
            verdict = judged(card, bytes(bent))
        except Failure:
            continue
        assert (verdict.holder, verdict.chain) == (whole.holder, whole.chain), place


@pytest.mark.parametrize(
    "junk",
    [b"\x00", b"x" * 70_000, b"-----BEGIN CMS-----\nAAAA\n-----END CMS-----\n", b"0\x80", b"0\x82\xff\xff" + b"0" * 40],
)
def test_junk_is_refused_with_a_reason(card, judged, junk):
    assert reason(judged, card, junk) in ("unreadable", "size", "form")


def test_nothing_at_all_is_refused(root):
    assert reason(verify, TEXT, b"", [root.certificate], [], AT) == "size"


def test_anothers_key_is_found(root, card, judged, tmp_path):
    """The certificate of one, the key of another: put together by hand, since openssl refuses to."""
    theirs = root.card()
    mine, other = (asn1.ContentInfo.load(each.sign(tmp_path, TEXT)) for each in (card, theirs))
    mine["content"]["signer_infos"][0]["signature"] = other["content"]["signer_infos"][0]["signature"].native
    assert reason(judged, card, mine.dump(force=True)) == "signature"


def test_attributes_are_needed_and_there_once(card, judged, tmp_path):
    assert reason(judged, card, card.sign(tmp_path, TEXT, "-noattr")) == "form"
    made = asn1.ContentInfo.load(card.sign(tmp_path, TEXT))
    attributes = made["content"]["signer_infos"][0]["signed_attrs"]
    attributes.append(attributes[1].copy())
    assert reason(judged, card, made.dump(force=True)) in ("form", "signature")


def test_two_signers_and_none_are_refused(root, card, judged, tmp_path):
    made = asn1.ContentInfo.load(card.sign(tmp_path, TEXT))
    made["content"]["signer_infos"].append(made["content"]["signer_infos"][0].copy())
    assert reason(judged, card, made.dump(force=True)) == "form"
    assert reason(judged, card, card.sign(tmp_path, TEXT, "-nocerts")) == "certificate"


def test_weak_digests_and_keys_are_refused(root, card, judged, tmp_path):
    assert reason(judged, card, card.sign(tmp_path, TEXT, "-md", "sha1")) == "algorithm"
    weak = root.card(key=rsa.generate_private_key(65537, 1024))
    assert reason(judged, weak) == "algorithm"


# ---- the way to an authority -----------------------------------------------------------------------------------------------


def test_a_stranger_of_the_same_name_is_not_trusted(root, judged):
    stranger = Authority.root(AT)
    card = stranger.card()
    assert reason(judged, card) == "trust"
    assert reason(judged, card, others=(stranger.certificate,)) == "trust"
    assert reason(judged, root.card(), anchors=[]) == "trust"


def test_an_authority_between_is_followed_and_its_list_needed(root, judged, tmp_path):
    between = root.below()
    card = between.card()
    signature = card.sign(tmp_path, TEXT, others=(between.certificate,))
    assert judged(card, signature, crls=[root.crl(), between.crl()]).told
    assert not judged(card, signature, crls=[root.crl()]).told
    assert reason(judged, card) == "trust"


def test_a_card_issues_no_cards(root, judged, tmp_path):
    first = root.card(uses=("digital_signature", "content_commitment", "key_cert_sign"))
    forger = Authority(AT, first.certificate, first.key)
    assert reason(judged, forger.card(), others=(first.certificate,)) == "trust"
    short = Authority.root(AT, "Short", path_length=0)
    below = short.below()
    card = below.card()
    assert reason(judged, card, anchors=[short.certificate], others=(below.certificate,)) == "trust"


def test_the_cards_other_certificate_signs_nothing(root, judged):
    """That for signing in (利用者証明用) has no non-repudiation, and no name."""
    assert reason(judged, root.card(uses=("digital_signature",))) == "usage"


@pytest.mark.parametrize("days", [(-30, -1), (1, 30)])
def test_out_of_time_it_is_refused(root, judged, days):
    assert reason(judged, root.card(days=days)) == "time"


def test_years_later_it_holds_as_of_the_day_it_came(root, card, judged, tmp_path):
    signature = card.sign(tmp_path, TEXT)
    assert judged(card, signature, at=AT).told
    assert reason(judged, card, signature, at=AT + DAY * 1001) == "time"


def test_a_clock_that_is_far_off_is_refused(card, judged, tmp_path):
    signature = card.sign(tmp_path, TEXT)
    assert reason(judged, card, signature, at=AT - timedelta(minutes=11), crls=[]) == "clock"
    assert reason(judged, card, signature, at=AT + DAY * 8) == "clock"


def test_a_critical_extension_we_do_not_know_is_refused(root, judged):
    unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    assert reason(judged, root.card(extra=[(unknown, True)])) == "trust"
    assert judged(root.card(extra=[(unknown, False)])).told


# ---- revocation ------------------------------------------------------------------------------------------------------------


def test_a_revoked_card_is_refused_from_that_moment(judged, tmp_path):
    root = Authority.root(AT)
    card = root.card()
    signature = card.sign(tmp_path, TEXT)
    root.revoke(card, AT + timedelta(minutes=1))
    assert judged(card, signature, anchors=[root.certificate], crls=[root.crl(issued=0)]).told
    root.revoke(card, AT - timedelta(minutes=1))
    assert reason(judged, card, signature, anchors=[root.certificate], crls=[root.crl(issued=0)]) == "revoked"


@pytest.mark.parametrize(
    "which",
    [
        "none",
        "over",
        "anothers",
        "forged",
        "authorities only",
        "of another part",
        "indirect",
        "some reasons",
        "unknown critical",
    ],
)
def test_where_no_current_list_tells_it_is_not_accepted(which, root, judged):
    card = root.card(point="13107")
    stranger = Authority.root(AT)
    unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    lists = {
        "none": [], "over": [root.crl(issued=-3, lasts=2)], "anothers": [Authority.root(AT, "Another").crl()],
        "forged": [root.crl(by=stranger)], "authorities only": [root.crl(only_contains_ca_certs=True)],
        "of another part": [root.crl(point="13108")], "indirect": [root.crl(point="13107", indirect_crl=True)],
        "some reasons": [root.crl(point="13107", only_some_reasons=frozenset({x509.ReasonFlags.key_compromise}))],
        "unknown critical": [root.crl(extra=[(unknown, True)])],
    }  # fmt: skip
    assert not judged(card, crls=lists[which]).told
    assert judged(card, crls=[*lists[which], root.crl(point="13107")]).told


def test_a_list_that_is_over_still_revokes(judged):
    root = Authority.root(AT)
    card = root.card()
    root.revoke(card, AT - DAY * 4)
    assert reason(judged, card, anchors=[root.certificate], crls=[root.crl(issued=-3, lasts=2)]) == "revoked"


# ---- who holds the card ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "four", [{4: "419900230"}, {4: "1990-04-01"}, {4: None}, {1: None}, {5: None}, {1: None, 3: None, 4: None, 5: None}]
)
def test_a_card_that_does_not_say_whose_it_is_is_refused(root, judged, four):
    assert reason(judged, root.card(four)) == "holder"


@pytest.mark.parametrize(
    ("four", "same"),
    [
        ({}, True),
        ({1: "墨田花子"}, True),
        ({1: "墨田　花恵"}, False),
        ({4: "419900402"}, False),
        ({5: "東京都墨田区吾妻橋1丁目23-20"}, True),
        ({5: "東京都墨田区吾妻橋一丁目２３番２０号　吾妻荘１０１"}, True),
        ({5: "東京都墨田区吾妻橋一丁目２３番２０１号"}, False),
        ({5: "東京都墨田区吾妻橋一丁目２３番２号"}, False),
        ({5: "東京都墨田区東吾妻橋一丁目２３番２０号"}, False),
        ({5: "大阪府堺市吾妻橋一丁目２３番２０号"}, False),
    ],
)
def test_the_register_knows_the_holder_or_not(root, judged, four, same):
    holder = judged(root.card(four)).holder
    born = date(1990, 4, 1)
    assert same_person(holder, ["墨田　花子", ""], born, "吾妻橋一丁目", "23番20号", "墨田区") == same


# ---- canonical JSON --------------------------------------------------------------------------------------------------------


def test_one_value_has_one_text():
    """The example of RFC 8785, 3.2.3, without its fractions; and order by UTF-16 units, where an emoji stands before U+FB33."""
    value = {
        "\u20ac": "Euro",
        "\r": "CR",
        "\ufb33": "dalet",
        "1": "One",
        "\U0001f600": "smile",
        "\u0080": "control",
        "\u00f6": "o",
    }
    names = [part.partition(":")[0] for part in canonical(value).decode()[1:-1].split(",")]
    assert names == ['"\\r"', '"1"', '"\u0080"', '"\u00f6"', '"\u20ac"', '"\U0001f600"', '"\ufb33"']
    assert (
        canonical({"b": [1, True, None, "\u20ac$\u000f\nA'B\"\\"], "a": {}})
        == '{"a":{},"b":[1,true,null,"€$\\u000f\\nA\'B\\"\\\\"]}'.encode()
    )
    assert canonical({"b": 1, "a": 2}) == canonical(dict(sorted({"a": 2, "b": 1}.items())))


@pytest.mark.parametrize("value", [0.5, 2**53, {1: 2}, "\ud800", {"\ud800": 1}, b"x", {1, 2}])
def test_what_has_no_one_text_is_refused(value):
    with pytest.raises(NotCanonical):
        canonical({"x": value})
