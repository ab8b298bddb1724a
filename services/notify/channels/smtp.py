"""E-mail by SMTP, with STARTTLS or TLS and sign-in."""

import ssl
from email.message import EmailMessage
from email.utils import format_datetime, formataddr

from services.notify.channels import PermanentFailure, TemporaryFailure
from services.notify.channels.pace import Pace
from services.notify.message import SMTP, Message
from shared.clock import local, now
from shared.mail import NotReached, NotTaken, Server, hand_over


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
            hand_over(mail, message.recipient.email, self._server, self._tls)
        except NotTaken as error:
            failure = PermanentFailure if error.for_good else TemporaryFailure
            raise failure(f"{error.code} {error.said[:300]}") from error
        except NotReached as error:
            raise TemporaryFailure(f"{self._server.host}: {error}") from error
        return f"accepted by {self._server.host} as {mail['Message-ID']}"


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
