"""The residents: a lean HTTP client on one epoll loop, since clients and servers share the cores.

A job is what a desk officer does for one matter: accept it, then transfer it to the department.
Two requests, one after the other, on a connection that is kept. Times are CLOCK_MONOTONIC seconds,
which all processes of a machine share.
"""

import json
import random
import select
import socket
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import monotonic

from bench.matters import DEPARTMENT

PATIENCE = 20.0
"""Seconds to wait for answers after the last job was begun."""
MOST_CONNECTIONS = 256
_TRANSFER = json.dumps({"department": DEPARTMENT}).encode()


@dataclass(slots=True)
class Job:
    """One matter.

    Attributes:
        due: when it was to begin; in the open loop, whether or not a connection was free.
        accept_sent, accepted, transferred: when that was sent or answered; 0 if it never was.
        number: the case number, from the answer.
        error: why it failed, or empty.
    """

    due: float
    accept_sent: float = 0.0
    accepted: float = 0.0
    transferred: float = 0.0
    number: str = ""
    error: str = ""


@dataclass(frozen=True)
class Plan:
    """What the client shall do.

    Attributes:
        clients: connections of the closed loop; 0 for the open loop.
        rate: jobs a second of the open loop, at random moments (Poisson); 0 for the closed loop.
        seconds: for how long jobs are begun.
    """

    address: tuple[str, int]
    headers: tuple[str, ...]
    bodies: tuple[bytes, ...]
    seconds: float
    clients: int = 0
    rate: float = 0.0


@dataclass
class Outcome:
    """What it did."""

    start: float
    end: float
    jobs: list[Job] = field(default_factory=list)
    unbegun: int = 0


class _Line:
    """One connection with the job that is on it."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.settimeout(0)
        self.job: Job | None = None
        self.buffer = b""

    def send(self, request: bytes) -> None:
        self.socket.sendall(request)  # a kilobyte: the kernel's buffer takes it at once

    def answer(self) -> tuple[int, bytes] | None:
        """Status and body when the whole answer is here, otherwise None."""
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionError("the server closed the connection")
        self.buffer += data
        head, found, body = self.buffer.partition(b"\r\n\r\n")
        if not found or len(body) < _length(head):
            return None
        self.buffer = b""
        return int(head[9:12]), body


def _length(head: bytes) -> int:
    lower = head.lower()
    at = lower.find(b"\r\ncontent-length:")
    if at < 0:
        raise ConnectionError("the answer has no Content-Length")
    return int(lower[at + 17 :].split(b"\r\n", 1)[0])


class Client:
    """Carries out a plan."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        head = "".join(f"{line}\r\n" for line in (*plan.headers, "Content-Type: application/json"))
        self._head = f"Host: {plan.address[0]}\r\n{head}".encode()
        self._accepts = [self._request("/api/intake/cases", body) for body in plan.bodies]
        self._poll = select.epoll()
        self._lines: dict[int, _Line] = {}
        self._free: list[_Line] = []
        self._waiting: deque[Job] = deque()
        self._begun: list[Job] = []

    def run(self) -> Outcome:
        """Begin jobs for the plan's seconds, then wait for the last answers."""
        start = monotonic()
        end = start + self._plan.seconds
        due = deque(_moments(self._plan, start))
        for _ in range(self._plan.clients):
            self._waiting.append(Job(monotonic()))
        while (now := monotonic()) < end:
            while due and due[0] <= now:
                self._waiting.append(Job(due.popleft()))
            self._begin()
            self._turn(
                min(due[0] if due else end, end) - monotonic(), again=bool(self._plan.clients)
            )
        unbegun, self._waiting = len(self._waiting), deque()
        while len(self._free) < len(self._lines) and monotonic() < end + PATIENCE:
            self._turn(0.2, again=False)
        return Outcome(start, end, self._begun, 0 if self._plan.clients else unbegun)

    def _request(self, path: str, body: bytes) -> bytes:
        return (
            f"POST {path} HTTP/1.1\r\n".encode()
            + self._head
            + f"Content-Length: {len(body)}\r\n\r\n".encode()
            + body
        )

    def _begin(self) -> None:
        while self._waiting:
            if not self._free:
                if len(self._lines) >= (self._plan.clients or MOST_CONNECTIONS):
                    return
                self._open()
            line, job = self._free.pop(), self._waiting.popleft()
            line.job, job.accept_sent = job, monotonic()
            self._begun.append(job)
            line.send(self._accepts[len(self._begun) % len(self._accepts)])

    def _open(self) -> None:
        line = _Line(self._plan.address)
        self._lines[line.socket.fileno()] = line
        self._poll.register(line.socket, select.EPOLLIN)
        self._free.append(line)

    def _turn(self, timeout: float, *, again: bool) -> None:
        for fileno, _ in self._poll.poll(max(timeout, 0)):
            line = self._lines[fileno]
            try:
                answer = line.answer()
            except OSError as error:
                self._lost(line, error)
            else:
                if answer is not None and self._take(line, *answer):
                    self._finish(line, again=again)

    def _take(self, line: _Line, status: int, body: bytes) -> bool:
        """Note an answer; whether the job is finished with it."""
        job, now = line.job, monotonic()
        if job is None:
            raise ConnectionError("an answer that nobody asked for")
        if status not in (200, 201):
            job.error = f"{status}: {body[:200].decode(errors='replace')}"
            return True
        if job.accepted:
            job.transferred = now
            return True
        job.accepted, job.number = now, json.loads(body)["number"]
        line.send(self._request(f"/api/intake/cases/{job.number}/transfer", _TRANSFER))
        return False

    def _finish(self, line: _Line, *, again: bool) -> None:
        line.job = None
        self._free.append(line)
        if again:
            self._waiting.append(Job(monotonic()))

    def _lost(self, line: _Line, error: OSError) -> None:
        self._poll.unregister(line.socket)
        del self._lines[line.socket.fileno()]
        line.socket.close()
        if line.job is not None:
            line.job.error = str(error)
            if self._plan.clients:
                self._waiting.append(Job(monotonic()))
        else:
            self._free.remove(line)


def _moments(plan: Plan, start: float) -> Sequence[float]:
    """When the open loop's jobs are due."""
    if not plan.rate:
        return []
    chance = random.Random(20261121)
    moments, at = [], start
    while (at := at + chance.expovariate(plan.rate)) < start + plan.seconds:
        moments.append(at)
    return moments
