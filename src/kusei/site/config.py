"""Configuration from the environment: typed, checked once at start, frozen.

Every variable that Kusei reads is a field of `Config`. Settings read the one instance, `CONFIG`; nothing else reads the environment.
A value that can't be used raises `ConfigError`, which names the variable, never its value: values may be secrets.
"""

import json
import os
import secrets
import tempfile
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from kusei.base.accounts.providers import Provider
from kusei.base.accounts.proxies import networks
from kusei.site.cluster import APP, Layout
from kusei.site.errors import ConfigError
from kusei.site.processes import make_home

ROOT = Path(__file__).resolve().parents[3]
"""The checkout: the folder that holds `kusei`, `src` and `wards`."""

Role = Literal["owner", "app"]
SECRET_KEY_LENGTH = 50
TOKEN_LENGTH = 24
DATABASE_OPTIONS = frozenset({"sslmode", "sslrootcert", "sslcert", "sslkey", "target_session_attrs", "connect_timeout"})


class Ward(StrEnum):
    """The five demonstration wards (特別区)."""

    SUMIDA = "sumida"
    SETAGAYA = "setagaya"
    KITA = "kita"
    SUGINAMI = "suginami"
    OTA = "ota"


class Config(BaseSettings):
    """What a running Kusei is told from outside. Field `x` is the variable `KUSEI_X`, except `DATABASE_URL` and its companion."""

    model_config = SettingsConfigDict(env_prefix="KUSEI_", frozen=True, env_ignore_empty=True, extra="ignore")

    home: Path = ROOT / ".kusei"
    """State: database cluster, files, secrets, logs."""
    database_url: SecretStr | None = Field(default=None, validation_alias="DATABASE_URL")
    """A PostgreSQL server for the owner role; unset means the embedded one."""
    database_app_url: SecretStr | None = Field(default=None, validation_alias="DATABASE_APP_URL")
    """The same database for the application role, which must be called `kusei_app`, since migrations take rights from that name; unset means
    `database_url` serves both, and append-only tables rest on their triggers alone."""
    database_role: Role = "app"
    """Which role this process connects as: the web server and the worker as `app`, migrations as `owner`."""
    ward: Ward = Ward.SUMIDA
    """The ward; unset means the one this home was filled for (`home_ward`), else Sumida."""
    part: Literal["all", "portal", "office"] = "all"
    """Which part of a ward office this is (三層分離): all of it, or the portal or the office, each an installation with a database of its own."""
    line: str = ""
    """How this part reaches the other: its address (`https://…`), or `folder:///path` that a gateway carries; unset means the other dials in."""
    line_seconds: float = Field(default=2.0, gt=0, le=3600)
    """Seconds between two looks at the line."""
    line_longest: float = Field(default=60.0, gt=0, le=3600)
    """The longest pause, in seconds, between two tries while the line is down."""
    port: int = Field(default=8000, ge=1, le=65535)
    demo: bool = False
    """A demonstration: shows the demonstration mailbox, letters and logins."""
    secret_key: SecretStr | None = None
    debug: bool = False
    mail: str = "mailbox"
    """`mailbox` (kept in the database and shown in the demonstration) or an `smtp://` or `smtps://` address."""
    mail_from: str | None = None
    """The address mail comes from; unset means `noreply@` the host of `address`."""
    address: str | None = None
    """Where people reach the site, such as `https://kusei.example.jp`: links in mails begin with it. Unset means this machine's port."""
    allowed_hosts: str = "localhost,127.0.0.1,[::1]"
    scanner: str | None = None
    """A malware scanner for uploads, `clamd://host:port` or `clamd:///socket`."""
    seal: Path | None = None
    """The picture of the mayor's seal (電子公印) that papers bear: an SVG file. Unset: papers say that the seal is left out (公印省略)."""
    signer: str | None = None
    """Whose electronic signature papers bear: the name of a signer that a module offers (`pkcs12`). Unset: papers are not signed."""
    signer_file: Path | None = None
    """For `pkcs12`: the file (PKCS#12) with key and certificates."""
    signer_passphrase: SecretStr | None = None
    """What opens `signer_file`."""
    data: Path | None = None
    """Published open data (addresses and others), read by `./kusei data import` and by tests on real input."""
    keys: SecretStr | None = None
    """The keyring that seals sensitive fields, as JSON; unset means `secrets/keys.json` of the home, made on first use."""
    metrics_token: SecretStr | None = None
    """What monitoring must send (`Authorization: Bearer …`) to read `/metrics`; unset means that only this machine may, past no proxy."""
    card_anchors: Path | None = None
    """The authorities whose cards' signatures are trusted (公的個人認証 署名用): a certificate, or a folder of them. Unset: none are taken."""
    card_crls: str = ""
    """Where the lists of revoked certificates (失効リスト) are, parted by commas: files, or http(s) addresses."""
    trusted_proxies: str = ""
    """The proxies before this installation, as addresses or networks parted by commas: of them alone is `X-Forwarded-For` believed."""
    web_processes: int = Field(default=2, ge=1, le=64)
    oidc_resident: Annotated[Provider | None, NoDecode] = None
    """The sign-in service for residents (in production the Digital Agency's 認証アプリ): JSON, the fields of `Provider`."""
    oidc_staff: Annotated[Provider | None, NoDecode] = None
    """The sign-in service for staff."""

    @model_validator(mode="before")
    @classmethod
    def _recall_ward(cls, values: dict[str, Any]) -> dict[str, Any]:
        home = Path(values.get("home") or ROOT / ".kusei").expanduser()
        return {"ward": ward} | values if (ward := home_ward(home)) else values

    @field_validator("home", "data", "card_anchors")
    @classmethod
    def _absolute(cls, path: Path | None) -> Path | None:
        return path.expanduser().absolute() if path else None

    @field_validator("data")
    @classmethod
    def _existing(cls, path: Path | None) -> Path | None:
        if path and not path.is_dir():
            raise ValueError("must name an existing folder")
        return path

    @field_validator("seal", "signer_file")
    @classmethod
    def _readable(cls, path: Path | None) -> Path | None:
        path = path.expanduser().absolute() if path else None
        if path and not path.is_file():
            raise ValueError("must name an existing file")
        return path

    @field_validator("oidc_resident", "oidc_staff", mode="before")
    @classmethod
    def _from_json(cls, value: Any) -> Any:
        try:
            return json.loads(value) if isinstance(value, str) else value
        except ValueError:
            raise ValueError("must be a JSON object") from None

    @field_validator("database_url", "database_app_url")
    @classmethod
    def _postgres_only(cls, url: SecretStr | None) -> SecretStr | None:
        if url:
            database_from_url(url.get_secret_value())
        return url

    @field_validator("database_app_url")
    @classmethod
    def _application_role(cls, url: SecretStr | None) -> SecretStr | None:
        if url and urlsplit(url.get_secret_value()).username != APP:
            raise ValueError(f"must connect as {APP}")
        return url

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, key: SecretStr | None) -> SecretStr | None:
        if key and len(key.get_secret_value()) < SECRET_KEY_LENGTH:
            raise ValueError(f"must have at least {SECRET_KEY_LENGTH} characters")
        return key

    @field_validator("metrics_token")
    @classmethod
    def _hard_to_guess(cls, token: SecretStr | None) -> SecretStr | None:
        if token and len(token.get_secret_value()) < TOKEN_LENGTH:
            raise ValueError(f"must have at least {TOKEN_LENGTH} characters")
        return token

    @field_validator("mail")
    @classmethod
    def _mailbox_or_smtp(cls, mail: str) -> str:
        if mail != "mailbox" and not (urlsplit(mail).scheme in {"smtp", "smtps"} and urlsplit(mail).hostname):
            raise ValueError("must be 'mailbox' or an address such as smtp://user:password@host:587")
        return mail

    @field_validator("card_anchors")
    @classmethod
    def _there(cls, path: Path | None) -> Path | None:
        if path and not path.exists():
            raise ValueError("must name a certificate or a folder of certificates")
        return path

    @field_validator("card_crls")
    @classmethod
    def _places(cls, text: str) -> str:
        if any(urlsplit(place.strip()).scheme not in ("", "file", "http", "https") for place in text.split(",")):
            raise ValueError("must be files or http(s) addresses, parted by commas")
        return text

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, text: str) -> str:
        try:
            networks(text)
        except ValueError:
            raise ValueError("must be addresses or networks such as 10.0.0.0/8, parted by commas") from None
        return text

    @field_validator("address")
    @classmethod
    def _web_address(cls, address: str | None) -> str | None:
        if address and not (urlsplit(address).scheme in {"http", "https"} and urlsplit(address).hostname):
            raise ValueError("must be an address such as https://kusei.example.jp")
        return address

    @field_validator("line")
    @classmethod
    def _way_to_the_other_part(cls, line: str) -> str:
        parts = urlsplit(line)
        folder = parts.scheme == "folder" and not parts.netloc and parts.path.startswith("/")
        near = parts.scheme == "http" and parts.hostname in {"localhost", "127.0.0.1", "::1"}
        if line and not (folder or near or (parts.scheme == "https" and parts.hostname)):
            raise ValueError("must be https://host (http:// on this machine alone) or folder:///path")
        return line

    @field_validator("scanner")
    @classmethod
    def _known_scanner(cls, scanner: str | None) -> str | None:
        if scanner and not scanner.startswith("clamd://"):
            raise ValueError("must be clamd://host:port or clamd:///path/of/socket")
        return scanner

    @classmethod
    def load(cls) -> Self:
        """Read the environment. Raises `ConfigError` naming each variable that can't be used."""
        try:
            return cls()
        except ValidationError as error:
            raise ConfigError(explain(error)) from None

    @property
    def hosts(self) -> list[str]:
        """Host names the site answers to (Django's ALLOWED_HOSTS)."""
        return [host.strip() for host in self.allowed_hosts.split(",") if host.strip()]

    @property
    def revocation_lists(self) -> list[str]:
        """Where the lists of revoked certificates are."""
        return [place.strip() for place in self.card_crls.split(",") if place.strip()]

    @property
    def site_address(self) -> str:
        """Where people reach the site, without a final slash."""
        return (self.address or f"http://localhost:{self.port}").rstrip("/")

    @property
    def https(self) -> bool:
        """Whether people reach the site through TLS, which a proxy before it ends."""
        return self.site_address.startswith("https://")

    @property
    def data_dir(self) -> Path | None:
        """The folder of published data, or None where there is none."""
        beside = ROOT.parent / "shared" / "data"
        return self.data or (beside if beside.is_dir() else None)

    @property
    def embedded(self) -> bool:
        """Whether Kusei runs its own PostgreSQL."""
        return self.database_url is None

    def secret(self, name: str = "django") -> str:
        """The secret called `name`: KUSEI_SECRET_KEY for `django` where set, else one kept in `secrets/` of the home (0600), made on first use."""
        if name == "django" and self.secret_key:
            return self.secret_key.get_secret_value()
        return kept_secret(self.home / "secrets" / name)

    def database(self, role: Role | None = None) -> dict[str, Any]:
        """Django `DATABASES` entry for `role` (default: this process's): 'owner' migrates, 'app' serves."""
        role = role or self.database_role
        if self.database_url is None:
            return Layout.of(self.home).database(role)
        url = self.database_app_url if role == "app" and self.database_app_url else self.database_url
        return database_from_url(url.get_secret_value())


def database_from_url(url: str) -> dict[str, Any]:
    """Django `DATABASES` entry from `postgresql://user:password@host:port/name?sslmode=…`. Raises ValueError, without the URL in it."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ValueError("must start with postgresql:// (Kusei runs on PostgreSQL only)")
    query = dict(parse_qsl(parts.query))
    if unknown := sorted(set(query) - DATABASE_OPTIONS - {"host"}):
        raise ValueError(f"has unknown options: {', '.join(unknown)}")
    name = unquote(parts.path.lstrip("/"))
    if not name:
        raise ValueError("must name a database: postgresql://user:password@host:port/name")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", None) or unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": query,
    }


def home_ward(home: Path) -> str | None:
    """The ward whose data `home` holds; None before it was filled."""
    try:
        return (home / "ward").read_text("ascii").strip()
    except FileNotFoundError:
        return None


def kept_secret(path: Path) -> str:
    """The secret in `path`, made there (0600, complete or not at all) on first use; the first of two makers wins."""
    try:
        return path.read_text("ascii").strip()
    except FileNotFoundError:
        make_home(path.parent.parent)
        path.parent.mkdir(mode=0o700, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, encoding="ascii") as draft:
        draft.write(secrets.token_urlsafe(48))
        draft.flush()
        os.fsync(draft.fileno())
        with suppress(FileExistsError):  # somebody else was first: theirs is read below
            os.link(draft.name, path)
    return path.read_text("ascii").strip()


def explain(error: ValidationError) -> str:
    """One line for each unusable variable: its name and what it must be, never its value."""
    lines = []
    for problem in error.errors(include_input=False, include_url=False):
        field = str(problem["loc"][0])
        variable = field if field.isupper() else f"KUSEI_{field.upper()}"
        lines.append(f"{variable}: {problem['msg'].removeprefix('Value error, ')}")
    return "\n".join(sorted(lines))


CONFIG = Config.load()
