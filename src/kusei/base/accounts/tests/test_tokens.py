"""ID tokens that are wrong in one way each, and one that is right."""

import base64
import json
from datetime import UTC, datetime

import pytest
from joserfc import jwk, jws, jwt

from kusei.base.accounts.providers import Provider
from kusei.base.accounts.tokens import Failed, Proof, UnknownKey, proof_of

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
AT = int(NOW.timestamp())
ISSUER = "https://id.example.jp"
KEY = jwk.RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
OTHER = jwk.RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
KEYS = jwk.KeySet([jwk.import_key(KEY.as_dict(private=False))])
SERVICE = Provider(issuer=ISSUER, client_id="kusei", client_secret="s" * 20, acr={"urn:card": "card"})
RIGHT = {"iss": ISSUER, "aud": "kusei", "sub": "hanako", "nonce": "n", "iat": AT, "exp": AT + 300}


def signed(claims: dict, key=KEY, **header) -> str:
    return jwt.encode({"alg": "RS256", "kid": "one"} | header, claims, key, algorithms=["RS256", "HS256", "RS512"])


def proof(token: str, service: Provider = SERVICE) -> Proof:
    return proof_of(token, service, KEYS, "n", NOW)


def reason(token: str, service: Provider = SERVICE) -> str:
    with pytest.raises(Failed) as failure:
        proof(token, service)
    return failure.value.reason


@pytest.mark.parametrize(
    "more", [{}, {"aud": ["kusei"]}, {"aud": ["kusei", "other"], "azp": "kusei"}, {"exp": AT - 30}, {"iat": AT + 30}]
)
def test_a_right_token_proves_issuer_and_subject(more):
    assert proof(signed(RIGHT | more)) == Proof(ISSUER, "hanako", "email")


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"nonce": "m"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"nonce": ["n"]}, "nonce"),
        ({"aud": "other"}, "aud"),
        ({"aud": []}, "aud"),
        ({"aud": ["other"]}, "aud"),
        ({"aud": ["kusei", "other"]}, "aud"),
        ({"aud": ["kusei", "other"], "azp": "other"}, "aud"),
        ({"azp": "other"}, "aud"),
        ({"iss": "https://other.example.jp"}, "iss"),
        ({"iss": ISSUER + "/"}, "iss"),
        ({"iss": None}, "iss"),
        ({"exp": AT - 61}, "exp"),
        ({"exp": None}, "times"),
        ({"exp": "later"}, "times"),
        ({"exp": True}, "times"),
        ({"iat": AT - 601}, "iat"),
        ({"iat": AT + 61}, "iat"),
        ({"nbf": AT + 61}, "nbf"),
        ({"sub": ""}, "sub"),
        ({"sub": 7}, "sub"),
        ({"sub": "x" * 256}, "sub"),
        ({"sub": "a\nb"}, "sub"),
    ],
)
def test_a_token_that_is_wrong_in_one_way_proves_nothing(more, why):
    assert reason(signed(RIGHT | more)) == why


@pytest.mark.parametrize("missing", ["iss", "aud", "sub", "nonce", "iat", "exp"])
def test_a_token_that_lacks_something_proves_nothing(missing):
    reason(signed({name: value for name, value in RIGHT.items() if name != missing}))


def test_another_key_under_the_same_name_proves_nothing():
    assert reason(signed(RIGHT, OTHER)) == "signature"


def test_a_token_of_an_unknown_key_says_so():
    with pytest.raises(UnknownKey):
        proof(signed(RIGHT, OTHER, kid="two"))


def test_an_unsigned_token_proves_nothing():
    parts = [json.dumps(part).encode() for part in ({"alg": "none"}, RIGHT)]
    assert reason(".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + ".") == "signature"


def test_the_public_key_taken_for_a_shared_secret_proves_nothing():
    public = KEY.as_pem(private=False)
    confused = jwk.OctKey.import_key(base64.urlsafe_b64encode(public).decode())
    forged = jws.serialize_compact({"alg": "HS256", "kid": "one"}, json.dumps(RIGHT).encode(), confused, ["HS256"])
    assert reason(forged) == "signature"


def test_an_algorithm_that_is_not_allowed_proves_nothing():
    assert reason(signed(RIGHT, alg="RS512")) == "signature"


@pytest.mark.parametrize("token", ["", "a", "a.b.c", "é.é.é", "x" * 20_001])
def test_what_is_no_token_proves_nothing(token):
    reason(token)


def test_a_payload_changed_after_signing_proves_nothing():
    head, _body, signature = signed(RIGHT).split(".")
    body = base64.urlsafe_b64encode(json.dumps(RIGHT | {"sub": "taro"}).encode()).rstrip(b"=").decode()
    assert reason(f"{head}.{body}.{signature}") == "signature"


def test_a_context_class_is_worth_what_the_table_says():
    assert proof(signed(RIGHT | {"acr": "urn:card"})).assurance == "card"
    assert proof(signed(RIGHT | {"acr": "urn:something"})).assurance == "email"
    assert proof(signed(RIGHT | {"acr": ["urn:card"]})).assurance == "email"


def test_where_a_context_class_is_required_others_are_turned_away():
    strict = SERVICE.model_copy(update={"acr_required": True})
    assert reason(signed(RIGHT | {"acr": "urn:something"}), strict) == "acr"
    assert reason(signed(RIGHT), strict) == "acr"
    assert proof(signed(RIGHT | {"acr": "urn:card"}), strict).assurance == "card"


@pytest.mark.parametrize(
    "wrong",
    [
        {"issuer": "http://id.example.jp"},
        {"issuer": "https://id.example.jp?x=1"},
        {"scope": "email"},
        {"algorithms": ["HS256"]},
        {"algorithms": ["none"]},
        {"acr": {"urn:x": "tied"}},
        {"client_key": "pem"},
        {"name": {"en": "x"}},
        {"unknown": 1},
    ],
)
def test_a_service_cannot_be_configured_unsafely(wrong):
    right = {"issuer": ISSUER, "client_id": "kusei", "client_secret": "do not tell"}
    Provider.model_validate(right)
    with pytest.raises(ValueError, match="validation error") as problem:
        Provider.model_validate(right | wrong)
    assert "do not tell" not in str(problem.value)


def test_a_service_does_not_print_its_secret():
    assert "ssss" not in f"{SERVICE!r}{SERVICE}"
