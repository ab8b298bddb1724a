"""A way from this machine into the broker that compose runs, for tests of departments' programs.

Its network is closed. A container of its own stands in it and on this machine's loopback, and
passes bytes; a district opens the TLS listener instead (deploy/departments.yml).
"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.ports import free_port
from tests.support.processes import ROOT
from tests.support.waiting import wait_until

PROJECT = "COMPOSE_PROJECT_NAME"
PASS_ON = """
import asyncio

async def pump(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    finally:
        writer.close()

async def serve(reader, writer):
    there, back = await asyncio.open_connection("rabbitmq", 5672)
    await asyncio.gather(pump(reader, back), pump(there, writer), return_exceptions=True)

async def main():
    server = await asyncio.start_server(serve, "0.0.0.0", 5672)
    print("listening", flush=True)
    await server.serve_forever()

asyncio.run(main())
"""


def project() -> str:
    """The name of compose's project."""
    return os.environ.get(PROJECT, "baitong")


@contextmanager
def way_in() -> Iterator[str]:
    """``host:port`` on this machine by which the broker is reached."""
    port = free_port()
    name = f"{project()}-way-in-{port}"
    _docker("create", "--name", name, "--rm", "--publish", f"127.0.0.1:{port}:5672",
            "--entrypoint", "python", "baitong:local", "-c", PASS_ON)  # fmt: skip
    try:
        _docker("network", "connect", f"{project()}_bus", name)
        _docker("start", name)
        wait_until(lambda: "listening" in _docker("logs", name), 90, f"{name} listens")
        yield f"127.0.0.1:{port}"
    finally:
        _docker("rm", "--force", name)


def operator(*words: str) -> str:
    """Run one of deploy's scripts, as the operator would; what it prints."""
    return _run(*words)


def _docker(*words: str) -> str:
    return _run("docker", *words)


def _run(*words: str) -> str:
    ended = subprocess.run(words, cwd=ROOT, check=False, capture_output=True, text=True)
    if ended.returncode:
        raise AssertionError(f"{words} ended with {ended.returncode}: {ended.stderr}")
    return ended.stdout
