"""A security key made of software: answers WebAuthn's options as a browser with a key would, or wrongly on purpose."""

import hashlib
import json
import os
import struct
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def b64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class Authenticator:
    """One key for one site. `count` is what it says next; 0 for ever is a key that doesn't count."""

    origin: str
    rp_id: str
    user: str = ""
    count: int = 0
    flags: int = PRESENT | VERIFIED
    id: bytes = field(default_factory=lambda: os.urandom(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def create(self, options: dict, **client) -> str:
        """The answer to creation options; keywords change the client data."""
        self.user = options["user"]["id"]
        numbers = self.key.public_key().public_numbers()
        public = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")})
        held = bytes(16) + struct.pack(">H", len(self.id)) + self.id + public
        made = {"fmt": "none", "attStmt": {}, "authData": self._data(ATTESTED) + held}
        parts = {
            "clientDataJSON": b64(self._client("webauthn.create", options, client)),
            "attestationObject": b64(cbor2.dumps(made)),
        }
        return self._answer(parts)

    def get(self, options: dict, **client) -> str:
        """The answer to request options."""
        said, data = self._client("webauthn.get", options, client), self._data()
        signature = self.key.sign(data + hashlib.sha256(said).digest(), ec.ECDSA(hashes.SHA256()))
        parts = {
            "clientDataJSON": b64(said),
            "authenticatorData": b64(data),
            "signature": b64(signature),
            "userHandle": self.user,
        }
        return self._answer(parts)

    def _data(self, more: int = 0) -> bytes:
        return hashlib.sha256(self.rp_id.encode()).digest() + struct.pack(">BI", self.flags | more, self.count)

    def _client(self, kind: str, options: dict, more: dict) -> bytes:
        said = {"type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": False} | more
        return json.dumps(said).encode()

    def _answer(self, parts: dict) -> str:
        named = {"id": b64(self.id), "rawId": b64(self.id), "type": "public-key", "clientExtensionResults": {}}
        return json.dumps(named | {"response": {name: value for name, value in parts.items() if value}})
