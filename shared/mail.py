"""Handing a mail to a server by SMTP, with STARTTLS or TLS and sign-in: for whoever sends mails."""

import contextlib
import smtplib
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import structlog

from shared.config import BadSetting
from shared.logs import fault

log = structlog.get_logger(__name__)

TIMEOUT = 10
"""Seconds without an answer after which a mail server is given up."""
PLAIN = "plain"
STARTTLS = "starttls"
TLS = "tls"
_FOR_EVER = range(500, 600)
_ABOUT_US = frozenset({530, 534, 535, 538})
"""Codes about our account, not about the mail."""


@dataclass(frozen=True)
class Server:
    """A mail server.

    Attributes:
        security: PLAIN, STARTTLS or TLS.
        sender: the address mails come from.
        sender_name: what stands before it.

    """

    host: str
    port: int
    security: str
    username: str
    password: str
    sender: str
    sender_name: str


class NotTaken(Exception):
    """The server refuses: its code, its words, which may quote the address, and whether for good.

    For good is what is about the mail or its address; what is about our sign-in can be put right.
    """

    def __init__(self, code: int, said: bytes | str) -> None:
        self.code = code
        self.said = said.decode("utf-8", errors="replace") if isinstance(said, bytes) else said
        self.for_good = code in _FOR_EVER and code not in _ABOUT_US
        super().__init__(f"{code} {self.said}")


class NotReached(Exception):
    """No server, no answer, or nothing that is SMTP; ``kind`` names the fault and no address."""

    def __init__(self, error: Exception) -> None:
        self.kind = type(error).__name__
        super().__init__(f"{self.kind}: {error}")


def server_of(variables: Mapping[str, str]) -> Server:
    """The mail server of ``SMTP_URL``, e.g. ``smtp://user:word@mail.example.cn:587``.

    ``smtp`` uses STARTTLS unless the address ends with ``?starttls=no``; ``smtps`` is TLS from
    the first byte.

    Raises:
        BadSetting: SMTP_URL or SMTP_FROM.

    """
    url = urlsplit(variables["SMTP_URL"])
    if url.scheme not in {"smtp", "smtps"} or not url.hostname:
        like = "smtp://user:word@mail.example.cn:587 or smtps://…:465"
        raise BadSetting(f"SMTP_URL: is no mail server's address. Write it like {like}.")
    sender = variables.get("SMTP_FROM", "")
    if "@" not in sender:
        raise BadSetting(f"SMTP_FROM: {sender!r} is no address. Give the one mails come from.")
    security = _security_of(url)
    return Server(
        host=url.hostname,
        port=_port_of(url, 465 if security == TLS else 587),
        security=security,
        username=unquote(url.username or ""),
        password=unquote(url.password or ""),
        sender=sender,
        sender_name=variables.get("SMTP_FROM_NAME", "百通"),
    )


def hand_over(mail: EmailMessage, to: str, server: Server, tls: ssl.SSLContext) -> None:
    """Give the server one mail for one address.

    Raises:
        NotTaken: it refuses the address, the mail or our sign-in.
        NotReached: it is not there, or its encryption is at fault.

    """
    try:
        with _connected(server, tls) as session:
            session.send_message(mail, server.sender, [to])
    except smtplib.SMTPRecipientsRefused as error:
        raise NotTaken(*next(iter(error.recipients.values()))) from error
    except smtplib.SMTPResponseException as error:
        raise NotTaken(error.smtp_code, error.smtp_error) from error
    except (smtplib.SMTPException, OSError) as error:
        raise NotReached(error) from error


@contextlib.contextmanager
def _connected(server: Server, tls: ssl.SSLContext) -> Iterator[smtplib.SMTP]:
    session = _connect(server, tls)
    try:
        if server.security == STARTTLS:
            session.starttls(context=tls)
        if server.username:
            session.login(server.username, server.password)
        yield session
        _leave(session)
    finally:
        session.close()


def _connect(server: Server, tls: ssl.SSLContext) -> smtplib.SMTP:
    if server.security == TLS:
        return smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT, context=tls)
    return smtplib.SMTP(server.host, server.port, timeout=TIMEOUT)


def _leave(session: smtplib.SMTP) -> None:
    """Say goodbye; the mail was accepted, whatever becomes of the goodbye."""
    try:
        session.quit()
    except (smtplib.SMTPException, OSError) as error:
        log.info("smtp_goodbye_failed", error=fault(error))


def _security_of(url: Any) -> str:
    if url.scheme == "smtps":
        return TLS
    return PLAIN if parse_qs(url.query).get("starttls") == ["no"] else STARTTLS


def _port_of(url: Any, default: int) -> int:
    try:
        return int(url.port or default)
    except ValueError as error:
        raise BadSetting("SMTP_URL: its port is no port number. Write it like :587.") from error
