"""Channels on a database in memory, and the other side of a webhook."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from services.routing.channels import handlers, store
from services.routing.channels.channel import Channel
from services.routing.channels.sender import Sender, ways_of
from shared.config import Settings
from shared.db import Database
from tests.support.keys import KEYS

SECRET_KEY = "a secret of throw-away tests, long enough"
SMTP = {"SMTP_URL": "smtp://127.0.0.1:1?starttls=no", "SMTP_FROM": "bt@example.gov.cn"}


def settings(embedded: bool = True, **channels: str) -> Settings:
    """Settings of a trial; `channels` as the environment gives them."""
    return Settings(
        embedded=embedded,
        district="xiangshan",
        data_dir=Path("unused"),
        database_url="",
        amqp_url="amqp://somewhere" if not embedded else "",
        secret_key=SECRET_KEY,
        address="127.0.0.1:8000",
        public_url="https://bt.example.gov.cn",
        channels=channels,
        data_keys=KEYS,
    )


@dataclass
class Hook:
    """A department's system: what it was sent, and what it answers; 204 where nothing is said."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    asked: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    silent: threading.Event = field(default_factory=threading.Event)
    closing: threading.Event = field(default_factory=threading.Event)

    def ids(self) -> list[str]:
        """The ids it was sent, in order, repeats included."""
        return [headers["webhook-id"] for headers, _ in self.asked]

    def events(self) -> list[dict[str, Any]]:
        """What it was sent."""
        return [json.loads(body) for _, body in self.asked]


@contextmanager
def hook() -> Iterator[Hook]:
    """A receiver on a free port."""
    kept = Hook()

    class Handler(BaseHTTPRequestHandler):
        """Gives the next answer."""

        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            """Keep what was sent and answer."""
            length = int(self.headers["Content-Length"])
            body = self.rfile.read(length)
            if len(body) < length:  # the sender was killed while it sent: nothing was asked
                self.close_connection = True
                return
            headers = {name.lower(): value for name, value in self.headers.items()}
            kept.asked.append((headers, body))
            if kept.silent.is_set():
                kept.closing.wait()
                return
            status = kept.answers.pop(0) if kept.answers else 204
            self.send_response(status)
            if status == 302:
                self.send_header("Location", f"{kept.url}/elsewhere")
            said = b"" if status == 204 else b"said why"
            if said:
                self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    kept.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield kept
    finally:
        kept.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


def onboard(db: Database, department: str, kind: str, address: str = "") -> Channel:
    """Let a department get its orders so."""
    return db.run(lambda tx: handlers.onboard(tx, department, kind, address, "李敏"))


def channel(db: Database, department: str = "ga") -> Channel:
    """The channel as it is stored."""
    with db.read() as connection:
        found = store.channel_in(connection, department)
    assert found is not None
    return found


def rows(db: Database, department: str = "ga") -> list[Any]:
    """A department's deliveries, the oldest first."""
    table = store.deliveries
    chosen = sa.select(table).where(table.c.department == department).order_by(table.c.id)
    with db.read() as connection:
        return list(connection.execute(chosen))


def states(db: Database, department: str = "ga") -> list[str]:
    """Their states."""
    return [row.state for row in rows(db, department)]


def send_all(db: Database) -> int:
    """One round of the sender, to its end; returns how many channels it took."""
    sender = Sender(db, ways_of(db.settings))
    taken = sender.send_due()
    sender._pool.waitall()  # unlike finish(), which breaks off what is long
    return taken
