"""Real servers of a mail house, a robot and an SMS gateway, in threads of the test."""

import base64
import json
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Answer:
    """What a gateway answers.

    Attributes:
        silent: it takes the request and says nothing until closed.
        padding: spaces after the body, as long as somebody listens.
    """

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    silent: bool = False
    padding: int = 0

    def encoded(self) -> bytes:
        """JSON, unless it is text or bytes already."""
        if isinstance(self.body, bytes):
            return self.body
        return self.body.encode() if isinstance(self.body, str) else json.dumps(self.body).encode()


@dataclass
class Gateway:
    """An HTTP server that gives the answers laid out, in order, and keeps what it was sent.

    ``left`` is set once somebody hung up in the middle of an answer.
    """

    url: str = ""
    answers: list[Answer] = field(default_factory=list)
    asked: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)
    left: threading.Event = field(default_factory=threading.Event)

    def bodies(self) -> list[Any]:
        """The JSON it was sent."""
        return [json.loads(body) for _, _, _, body in self.asked]


@contextmanager
def gateway() -> Iterator[Gateway]:
    """A gateway on a free port."""
    kept = Gateway()

    class Handler(BaseHTTPRequestHandler):
        """Gives the next answer."""

        def do_POST(self) -> None:
            """Keep what was sent and answer."""
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            kept.asked.append((self.command, self.path, dict(self.headers), body))
            answer = kept.answers.pop(0)
            if answer.silent:
                kept.closing.wait()
                return
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.encoded())
            try:
                for _ in range(0, answer.padding, 65536):
                    self.wfile.write(b" " * 65536)
            except ConnectionError:
                kept.left.set()

        do_GET = do_PUT = do_POST  # noqa: N815 - names http.server calls

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept.url = f"http://127.0.0.1:{server.server_address[1]}"
    with _serving(server):
        yield kept
        kept.closing.set()


@dataclass
class MailHouse:
    """A mail server: keeps mails, and refuses what it is told to refuse.

    Attributes:
        refuse: SMTP verb -> the whole answer line given instead, e.g. ``{"RCPT": "550 unknown"}``.
        sign_in: the user and password it wants, or None.
        drop_at: the verb at which it hangs up without a word.
    """

    port: int = 0
    refuse: dict[str, str] = field(default_factory=dict)
    sign_in: tuple[str, str] | None = None
    drop_at: str = ""
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)


class MailServer(socketserver.ThreadingTCPServer):
    """Listens for a mail house."""

    daemon_threads = True

    def __init__(self, house: MailHouse, tls: ssl.SSLContext | None) -> None:
        self.house = house
        self.tls = tls
        super().__init__(("127.0.0.1", 0), MailSession)


class MailSession(socketserver.StreamRequestHandler):
    """One session with a mail self.server.house."""

    server: "MailServer"

    def handle(self) -> None:
        """Talk SMTP until QUIT or the end of the line."""
        self.signed_in, self.safe = self.server.house.sign_in is None, False
        self.say("220 test")
        while line := self.rfile.readline():
            verb = line.split()[0].decode().upper()
            if verb == self.server.house.drop_at:
                return
            if verb in self.server.house.refuse:
                self.say(self.server.house.refuse[verb])
            elif not getattr(self, f"on_{verb.lower()}")(line.decode().strip()):
                return

    def finish(self) -> None:
        """Close what STARTTLS opened, too."""
        super().finish()
        self.connection.close()

    def say(self, *lines: str) -> bool:
        """Answer; true goes on."""
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())
        return True

    def on_ehlo(self, _line: str) -> bool:
        """What this server can."""
        offers = ["STARTTLS"] if self.server.tls and not self.safe else []
        offers += ["AUTH PLAIN"] if self.server.house.sign_in else []
        lines = ["test", *offers]
        return self.say(*(f"250-{x}" for x in lines[:-1]), f"250 {lines[-1]}")

    def on_starttls(self, _line: str) -> bool:
        """From here on in secret."""
        self.say("220 go ahead")
        self.connection = self.server.tls.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb", buffering=0)
        self.safe = True
        return True

    def on_auth(self, line: str) -> bool:
        """AUTH PLAIN with an initial answer."""
        _, user, password = base64.b64decode(line.split()[2]).decode().split("\0")
        self.signed_in = (user, password) == self.server.house.sign_in
        return self.say("235 welcome" if self.signed_in else "535 no")

    def on_mail(self, _line: str) -> bool:
        """MAIL FROM."""
        return self.say("250 ok" if self.signed_in else "530 sign in first")

    def on_rcpt(self, line: str) -> bool:
        """RCPT TO."""
        self.server.house.recipients.append(line.partition(":")[2].strip("<>"))
        return self.say("250 ok")

    def on_data(self, _line: str) -> bool:
        """The mail itself."""
        self.say("354 go on")
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        self.server.house.mails.append(message_from_bytes(b"".join(lines), policy=policy.default))
        self.server.house.encrypted.append(self.safe)
        return self.say("250 kept")

    def on_rset(self, _line: str) -> bool:
        """Begin again."""
        return self.say("250 ok")

    def on_quit(self, _line: str) -> bool:
        """Goodbye."""
        self.say("221 bye")
        return False


@contextmanager
def mail_house(tls: ssl.SSLContext | None = None) -> Iterator[MailHouse]:
    """A mail server on a free port; with ``tls`` it offers STARTTLS."""
    house = MailHouse()
    server = MailServer(house, tls)
    house.port = server.server_address[1]
    with _serving(server):
        yield house


@contextmanager
def _serving(server: socketserver.TCPServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
