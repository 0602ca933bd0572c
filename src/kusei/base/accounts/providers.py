"""Sign-in services (OpenID providers), as an installation configures them. Typed, without Django: the configuration reads this first."""

from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

ALGORITHMS = ("ES256", "RS256", "PS256", "EdDSA", "ES384", "RS384", "PS384", "ES512", "RS512", "PS512")
"""What an ID token may be signed with: only what needs the service's private key."""
LOOPBACK = {"localhost", "127.0.0.1", "::1"}

Assurance = Literal["email", "tied", "card"]
"""How sure the ward is who is there (保証レベル): they read an address's mail · their account is tied to a person · they used their card."""
LEVELS: tuple[Assurance, ...] = ("email", "tied", "card")


class Provider(BaseModel):
    """One sign-in service, from JSON such as
    `{"issuer": "https://id.example.jp", "client_id": "kusei", "client_secret": "…", "name": {"ja": "認証アプリ", "en": "…"},
    "acr": {"urn:example:card": "card"}}`.

    Secrets are `SecretStr`: they print as stars.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    issuer: str
    """Its address exactly as it names itself; https, or http on this machine."""
    client_id: str = Field(min_length=1)
    client_secret: SecretStr | None = None
    """Sent by HTTP Basic. Without it and without `client_key`, the client is public and PKCE alone protects the code."""
    client_key: SecretStr | None = None
    """A private key (PEM) to sign with instead of a secret (private_key_jwt)."""
    client_key_algorithm: Literal["ES256", "RS256", "PS256"] = "ES256"
    name: dict[str, str] = Field(default_factory=lambda: {"ja": "認証サービス", "en": "the sign-in service"})
    """How people know it, by language; `ja` at least."""
    scope: str = "openid"
    algorithms: tuple[Literal[ALGORITHMS], ...] = ("ES256", "RS256", "PS256", "EdDSA")
    acr: dict[str, Literal["email", "card"]] = Field(default_factory=dict)
    """What its authentication context classes (`acr`) are worth; one not named here is worth `email`."""
    acr_required: bool = False
    """Whether somebody whose `acr` isn't named above is turned away."""

    @field_validator("issuer")
    @classmethod
    def _safe_address(cls, issuer: str) -> str:
        parts = urlsplit(issuer)
        local = parts.scheme == "http" and parts.hostname in LOOPBACK
        if not parts.hostname or not (parts.scheme == "https" or local) or parts.query or parts.fragment:
            raise ValueError("issuer must be an https:// address without query")
        return issuer

    @field_validator("scope")
    @classmethod
    def _openid(cls, scope: str) -> str:
        if "openid" not in scope.split():
            raise ValueError("scope must contain openid")
        return scope

    @model_validator(mode="after")
    def _one_credential(self) -> Self:
        if self.client_secret and self.client_key:
            raise ValueError("give client_secret or client_key, not both")
        if "ja" not in self.name:
            raise ValueError("name needs ja")
        return self

    def assurance_of(self, acr: str | None) -> Assurance | None:
        """What a sign-in is worth; None where it isn't enough to be let in."""
        return self.acr.get(acr or "", None if self.acr_required else "email")
