"""Settings from the environment, read once, checked before anything starts."""

import logging
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

from shared.logs import LEVELS
from shared.sealing.keys import BadKeys, EmptyRing, KeyRing, new_line

CHANNEL_PREFIXES = ("SMTP_", "WECOM_", "SMS_", "WEBHOOK_")
"""Variables that begin so belong to the channels of notify and routing, which check them."""


class BadSetting(ValueError):
    """A setting is missing or wrong. The text names the variable, the reason and what to do."""


@dataclass(frozen=True)
class IdentityProvider:
    """The district's OpenID provider (统一身份认证), where staff may sign in.

    Attributes:
        issuer: its address, as its own description says it.
        client_id: how we are known there.
        client_secret: shared with it; empty for a public client, which PKCE alone protects.
        name: what the button on the sign-in page says.
        claim: of the ID token: who an account is linked to. Nobody may be able to choose it.
        only: nobody signs in with a password, but for ``emergency``.
        emergency: the administrator who may, for the day the provider is away.
    """

    issuer: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    name: str = "统一身份认证"
    claim: str = "sub"
    only: bool = False
    emergency: str = ""


@dataclass(frozen=True)
class Settings:
    """What differs between a laptop and a district.

    Attributes:
        embedded: all four services in one process (``make run``).
        district: name of the pack under ``districts/``.
        data_dir: where the embedded run keeps its SQLite files.
        database_url: the service's own database; empty in the embedded run.
        amqp_url: RabbitMQ; empty means the in-process bus.
        secret_key: signs sessions and tokens; the same for all services.
        address: ``host:port`` to serve HTTP on.
        public_url: where residents reach the platform, without a slash at the end.
        districts: the folder of the packs, if not this checkout's (``DISTRICTS_DIR``).
        channels: variables of the message channels (see services/notify/README.md), as given.
            Empty in the embedded run, which sends nothing out of the house.
        identity_provider: where staff may sign in besides here; None: nowhere.
        data_keys: what personal fields are sealed with in the service's database. Without any,
            sealed columns raise ``NoKeys``.
        uploads: where files of residents and staff are kept, if not below ``data_dir``
            (``UPLOADS_DIR``). Replicas of a service share it; no web server may serve it.
    """

    embedded: bool
    district: str
    data_dir: Path
    database_url: str
    amqp_url: str
    secret_key: str
    address: str
    public_url: str = ""
    districts: Path | None = None
    channels: Mapping[str, str] = field(default_factory=dict)
    identity_provider: IdentityProvider | None = None
    data_keys: KeyRing = field(default_factory=EmptyRing)
    uploads: Path | None = None

    @property
    def public_address(self) -> str:
        """``PUBLIC_URL``, or the address it serves on where none is set."""
        return self.public_url or f"http://{self.address}"

    @property
    def uploads_dir(self) -> Path:
        """The folder of uploaded files."""
        return self.uploads or self.data_dir / "uploads"

    def database_for(self, service: str) -> str:
        """SQLAlchemy URL of the service's own database."""
        return self.database_url or f"sqlite:///{self.data_dir / f'{service}.sqlite'}"


def district(environ: Mapping[str, str] = os.environ) -> str:
    """The name of the district pack's folder (``DISTRICT``)."""
    return environ.get("DISTRICT", "xiangshan")


def districts(environ: Mapping[str, str] = os.environ) -> Path | None:
    """The folder of the packs (``DISTRICTS_DIR``); None is this checkout's."""
    return _folder(environ, "DISTRICTS_DIR")


def embedded(environ: Mapping[str, str] = os.environ) -> Settings:
    """Settings of ``make run``: PORT, DATA_DIR and DISTRICT, everything else has a default.

    Raises:
        BadSetting: PORT is no port number, PUBLIC_URL no address, or the data keys are wrong.
    """
    data_dir = Path(environ.get("DATA_DIR", "./var"))
    data_dir.mkdir(parents=True, exist_ok=True)
    return Settings(
        embedded=True,
        district=district(environ),
        data_dir=data_dir,
        database_url="",
        amqp_url=environ.get("AMQP_URL", ""),
        secret_key=environ.get("SECRET_KEY") or _kept_secret(data_dir / "secret.key"),
        address=f"127.0.0.1:{_port(environ.get('PORT', '8000'))}",
        public_url=_public_url(environ),
        districts=districts(environ),
        identity_provider=_identity_provider(environ),
        data_keys=data_keys(environ, kept_in=data_dir),
        uploads=_folder(environ, "UPLOADS_DIR"),
    )


def deployed(environ: Mapping[str, str] = os.environ) -> Settings:
    """Settings of one deployed service: everything must be said.

    What is secret may stand in files instead, as compose does it: ``SECRET_KEY_FILE``, and
    ``DATABASE_PASSWORD_FILE`` and ``AMQP_PASSWORD_FILE`` for the users whom DATABASE_URL and
    AMQP_URL name without a password. A secret that stands in the environment itself wins. The
    data keys' file, ``DATA_KEYS_FILE``, is read again whenever it changes.

    Raises:
        BadSetting: a variable is missing, its file cannot be read, PUBLIC_URL is no address, or
            the data keys are wrong.
    """
    return Settings(
        embedded=False,
        district=district(environ),
        data_dir=Path(environ.get("DATA_DIR", "./var")),
        database_url=_with_password(
            _required(environ, "DATABASE_URL", "postgresql+psycopg://user:word@host/intake"),
            _from_file(environ, "DATABASE_PASSWORD_FILE"),
        ),
        amqp_url=amqp_url(environ),
        secret_key=_from_file(environ, "SECRET_KEY_FILE", unless="SECRET_KEY")
        or _required(environ, "SECRET_KEY", "32 or more random characters"),
        address=environ.get("HTTP_ADDRESS", "0.0.0.0:8000"),
        public_url=_public_url(environ),
        districts=districts(environ),
        identity_provider=_identity_provider(environ),
        channels={k: v for k, v in environ.items() if k.startswith(CHANNEL_PREFIXES) and v},
        data_keys=data_keys(environ),
        uploads=_folder(environ, "UPLOADS_DIR"),
    )


def data_keys(environ: Mapping[str, str] = os.environ, kept_in: Path | None = None) -> KeyRing:
    """The keys personal fields are sealed with: DATA_KEYS, or those in DATA_KEYS_FILE.

    Args:
        environ: where the variables are.
        kept_in: the embedded run's DATA_DIR, where without either a key is made once, and kept.

    Raises:
        BadSetting: there are none, or they are wrong.
    """
    text, path = environ.get("DATA_KEYS", ""), environ.get("DATA_KEYS_FILE", "")
    if not text and not path and kept_in is None:
        raise BadSetting(
            "DATA_KEYS_FILE: not set. Name the file with the service's data keys, a line"
            " `id base64(32 bytes)` each; deploy/make_secrets.sh makes one."
        )
    try:
        if text:
            return KeyRing(text)
        return KeyRing.from_file(Path(path) if path else _kept_keys(kept_in or Path()))
    except BadKeys as error:
        raise BadSetting(str(error)) from error


def amqp_url(environ: Mapping[str, str] = os.environ) -> str:
    """AMQP_URL, with the password of AMQP_PASSWORD_FILE where it names a user without one.

    Raises:
        BadSetting: it is missing, or the file cannot be read.
    """
    return _with_password(
        _required(environ, "AMQP_URL", "amqp://user:word@host:5672//"),
        _from_file(environ, "AMQP_PASSWORD_FILE"),
    )


def log_level(environ: Mapping[str, str] = os.environ) -> int:
    """LOG_LEVEL: DEBUG, INFO (if it is not set), WARNING or ERROR.

    Raises:
        BadSetting: it is none of these.
    """
    name = environ.get("LOG_LEVEL", "").upper() or "INFO"
    if name not in LEVELS:
        raise BadSetting(f"LOG_LEVEL: {name!r} is no level. Use one of {', '.join(LEVELS)}.")
    return logging.getLevelNamesMapping()[name]


def secret(name: str, environ: Mapping[str, str] = os.environ) -> str:
    """What the variable ``name`` says, or else the file that ``<name>_FILE`` names.

    Raises:
        BadSetting: neither is set, or the file cannot be read.
    """
    kept = _from_file(environ, f"{name}_FILE", unless=name)
    return kept or _required(environ, name, "24 or more random characters")


def _required(environ: Mapping[str, str], name: str, like: str) -> str:
    value = environ.get(name, "")
    if not value:
        raise BadSetting(f"{name}: not set. Give the service a value like {like!r}.")
    return value


def _from_file(environ: Mapping[str, str], name: str, unless: str = "") -> str:
    """What stands in the file that the variable names; empty without one, or if `unless` is set."""
    path = environ.get(name, "")
    if not path or environ.get(unless):
        return ""
    try:
        text = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeError) as error:
        raise BadSetting(
            f"{name}: {path} cannot be read: {error}. Name a text file this user may read."
        ) from error
    if not text:
        raise BadSetting(f"{name}: {path} is empty. Write the secret into it.")
    return text


def _with_password(url: str, password: str) -> str:
    """The URL with the password of its user, unless it has one, or has no user."""
    parts = urlsplit(url)
    if not password or not parts.username or parts.password is not None:
        return url
    user, _, host = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{user}:{quote(password, safe='')}@{host}").geturl()


def _folder(environ: Mapping[str, str], name: str) -> Path | None:
    folder = environ.get(name, "")
    return Path(folder) if folder else None


def _public_url(environ: Mapping[str, str]) -> str:
    url = environ.get("PUBLIC_URL", "").rstrip("/")
    if url and not url.startswith(("http://", "https://")):
        raise BadSetting(f"PUBLIC_URL: {url!r} is no web address. Begin it with https://.")
    return url


def _identity_provider(environ: Mapping[str, str]) -> IdentityProvider | None:
    issuer = environ.get("OIDC_ISSUER", "")
    if not issuer:
        return None
    only = environ.get("OIDC_ONLY", "") in {"1", "true", "yes"}
    return IdentityProvider(
        issuer=_safe_issuer(issuer),
        client_id=_required(environ, "OIDC_CLIENT_ID", "baitong"),
        client_secret=environ.get("OIDC_CLIENT_SECRET", "")
        or _from_file(environ, "OIDC_CLIENT_SECRET_FILE"),
        name=environ.get("OIDC_NAME") or IdentityProvider.name,
        claim=environ.get("OIDC_USERNAME_CLAIM") or IdentityProvider.claim,
        only=only,
        emergency=_required(environ, "OIDC_EMERGENCY_ADMIN", "limin") if only else "",
    )


def _safe_issuer(url: str) -> str:
    """The issuer, if nobody on the way can pretend to be it."""
    parts = urlsplit(url)
    here = parts.scheme == "http" and parts.hostname in {"localhost", "127.0.0.1", "::1"}
    if not parts.hostname or parts.query or parts.fragment or not (parts.scheme == "https" or here):
        raise BadSetting(
            f"OIDC_ISSUER: {url!r} is no address of an identity provider. Begin it with https://."
        )
    return url


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 2**16:
        raise BadSetting(f"PORT: {text!r} is no port number. Choose one from 1 to 65535.")
    return int(text)


def _kept_secret(path: Path) -> str:
    # Kept, so that sessions survive a restart; readable by its owner only.
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(32), encoding="utf-8")
    return path.read_text(encoding="utf-8").strip()


def _refuse_beside_sealed(path: Path) -> None:
    """A new key would open nothing of what is there, and seal beside it."""
    # It reads the audit's tables, which the settings are there before.
    from shared.sealing.check import sealed_in  # noqa: PLC0415

    held = sealed_in(path.parent)
    if held is not None:
        raise BadSetting(
            f"{path}: is not there, but {held[0]} beside it holds values sealed with the data key"
            f" {held[1]!r}. Put data.keys back from its backup; only to begin anew, without what"
            f" was sealed, remove the *.sqlite files too."
        )


def _kept_keys(folder: Path) -> Path:
    """The embedded run's key file; whole from its first moment, since another run may look."""
    path = folder / "data.keys"
    if not path.exists():
        _refuse_beside_sealed(path)
        made = folder / f"{path.name}.{secrets.token_hex(4)}"
        made.touch(mode=0o600)
        made.write_text(f"{new_line()}\n", encoding="utf-8")
        with suppress(FileExistsError):
            path.hardlink_to(made)
        made.unlink()
    return path
