"""E-mail by SMTP, with STARTTLS or TLS and sign-in."""

import contextlib
import smtplib
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime, formataddr

import structlog

from services.notify.channels import TIMEOUT, PermanentFailure, TemporaryFailure
from services.notify.channels.pace import Pace
from services.notify.message import SMTP, Message
from shared.clock import local, now
from shared.logs import fault

log = structlog.get_logger(__name__)

PLAIN = "plain"
STARTTLS = "starttls"
TLS = "tls"
_FOR_EVER = range(500, 600)
_SIGN_IN_REFUSED = frozenset({530, 534, 535, 538})
"""Codes about our account, not about the message."""


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


class SmtpChannel:
    """Sends to the recipient's e-mail address."""

    name = SMTP
    at_once = 4
    pace: Pace | None = None

    def __init__(self, server: Server, tls: ssl.SSLContext | None = None) -> None:
        self._server = server
        self._tls = tls or ssl.create_default_context()

    def send(self, message: Message) -> str:
        """Hand the mail to the server.

        Raises:
            TemporaryFailure: not reached, busy, or our sign-in or its encryption is at fault.
            PermanentFailure: the server refuses the address or the mail for good.

        """
        mail = mail_of(message, self._server)
        try:
            with self._session() as session:
                session.send_message(mail, self._server.sender, [message.recipient.email])
        except smtplib.SMTPRecipientsRefused as error:
            code, said = next(iter(error.recipients.values()))
            raise _refused(code, said) from error
        except smtplib.SMTPResponseException as error:
            raise _refused(error.smtp_code, error.smtp_error) from error
        except (smtplib.SMTPException, OSError) as error:
            why = f"{self._server.host}: {type(error).__name__}: {error}"
            raise TemporaryFailure(why) from error
        return f"accepted by {self._server.host} as {mail['Message-ID']}"

    @contextlib.contextmanager
    def _session(self) -> Iterator[smtplib.SMTP]:
        session = self._connect()
        try:
            if self._server.security == STARTTLS:
                session.starttls(context=self._tls)
            if self._server.username:
                session.login(self._server.username, self._server.password)
            yield session
        except BaseException:
            session.close()
            raise
        _leave(session)

    def _connect(self) -> smtplib.SMTP:
        host, port = self._server.host, self._server.port
        if self._server.security == TLS:
            return smtplib.SMTP_SSL(host, port, timeout=TIMEOUT, context=self._tls)
        return smtplib.SMTP(host, port, timeout=TIMEOUT)


def mail_of(message: Message, server: Server) -> EmailMessage:
    """The mail. Its id is the message's, so that a second copy can be known for one."""
    domain = server.sender.rpartition("@")[2]
    mail = EmailMessage()
    mail["Subject"] = " ".join(message.subject.split())  # a line break would begin a new header
    mail["From"] = formataddr((server.sender_name, server.sender))
    mail["To"] = message.recipient.email
    mail["Date"] = format_datetime(local(now()))
    mail["Message-ID"] = f"<{message.id}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers, please
    mail.set_content(message.body, charset="utf-8", cte="base64")
    return mail


def _refused(code: int, said: bytes | str) -> TemporaryFailure | PermanentFailure:
    words = said.decode("utf-8", errors="replace") if isinstance(said, bytes) else said
    if code in _FOR_EVER and code not in _SIGN_IN_REFUSED:
        return PermanentFailure(f"{code} {words[:300]}")
    return TemporaryFailure(f"{code} {words[:300]}")


def _leave(session: smtplib.SMTP) -> None:
    """Say goodbye; the mail was accepted, whatever becomes of the goodbye."""
    try:
        session.quit()
    except (smtplib.SMTPException, OSError) as error:
        log.info("smtp_goodbye_failed", error=fault(error))
        session.close()
