"""The same story on RabbitMQ and PostgreSQL, at DEBUG: neither a dump nor a log names anybody.

The SMS gateway repeats in its refusals whatever it is sent, as some do.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import psycopg
import pytest
from psycopg import sql

from shared.contracts import SERVICES
from tests.support.deployed import Deployment
from tests.support.leak_story import CHAPTERS, Teller, look
from tests.support.leaks import People, leaks, told
from tests.support.waiting import wait_until


@contextmanager
def rude_gateway() -> Iterator[str]:
    """An SMS gateway that refuses everything, and says what it was asked."""

    class Rude(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            said = f"refused: {self.path}".encode()
            self.send_response(400)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: Any) -> None:
            """Nothing of it in the test's own output."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Rude)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/sms"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def deployment(rabbit, postgres) -> Iterator[Deployment]:
    url = rabbit.fresh_vhost()
    made = Deployment(url, postgres, SERVICES)
    with rude_gateway() as gateway:
        for process in made.processes.values():
            process.env |= {"LOG_LEVEL": "DEBUG"}
        made.processes["notify"].env |= {
            "SMS_GATEWAY_URL": gateway,
            "SMS_GATEWAY_METHOD": "GET",
            "SMS_GATEWAY_BODY": "mobile={phone}&content={text}",
            "SMS_GATEWAY_SUCCESS": "code=0",
        }
        try:
            made.start()
            yield made
        finally:
            made.close()
            rabbit.drop_vhost(url)


@pytest.fixture(scope="module")
def people(deployment) -> People:
    """Everybody of the story, once it was told and the gateway had refused."""
    secret = deployment.processes["intake"].env["SECRET_KEY"]
    teller = Teller(deployment.baitong, People(), secret)
    for chapter in CHAPTERS:
        if chapter is not look:  # told of the embedded run; the pages are the same
            chapter(teller)
    wait_until(lambda: _refused(deployment), what="the gateway refused")
    return teller.people


def _refused(deployment: Deployment) -> bool:
    with psycopg.connect(_address(deployment, "notify")) as connection:
        asked = "SELECT count(*) FROM attempts WHERE channel = 'sms' AND outcome = 'permanent'"
        row = connection.execute(asked).fetchone()
    return row is not None and row[0] > 0


def _address(deployment: Deployment, service: str) -> str:
    return deployment.databases[service].replace("+psycopg", "")


def test_a_dump_of_the_databases_names_nobody(deployment, people) -> None:
    dumped = [part for service in SERVICES for part in _dump(deployment, service)]
    assert {"intake.cases", "routing.orders", "notify.messages", "partners.needs"} <= {
        name for name, data in dumped if len(data) > 100
    }
    found = leaks(people, dumped)
    assert not found, told(found)


def _dump(deployment: Deployment, service: str) -> Iterator[tuple[str, bytes]]:
    """Every table as `pg_dump` reads it, by COPY; bytes as they are, not as hexadecimal digits."""
    tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    with psycopg.connect(_address(deployment, service)) as connection:
        for (table,) in connection.execute(tables).fetchall():
            asked = sql.SQL("COPY {} TO STDOUT (FORMAT binary)").format(sql.Identifier(table))
            with connection.cursor().copy(asked) as rows:
                yield f"{service}.{table}", b"".join(bytes(row) for row in rows)


@pytest.mark.parametrize("service", SERVICES)
def test_no_log_at_debug_names_anybody(deployment, people, service) -> None:
    log = deployment.processes[service].log_text()
    assert "DEBUG:" in log
    found = leaks(people, [(f"log of {service}", log.encode())])
    assert not found, told(found)
