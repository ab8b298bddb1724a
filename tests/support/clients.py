"""Desk officers who go on accepting and transferring while services die, and count what was said.

What a client does not know (the connection broke: was it done?) it finds out: an acceptance is sent
again with its Idempotency-Key, a transfer only if the case does not say that it was transferred.
"""

import secrets
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import requests

from tests.support.waiting import wait_until
from tools.client import Baitong, Person, Refused

TITLE = "故障演练：下水道堵塞"
STEPS = ("receipt", "transferred", "new_order")
"""The messages that acceptance, transfer and dispatch each give one of."""
_AWAY = (requests.ConnectionError, requests.Timeout)
_PATIENCE = 120.0


class Desks:
    """Several officers at once.

    `numbers` are the cases whose transfer was acknowledged, `unknown` counts the requests that had
    to be made again because no answer came.
    """

    def __init__(self, baitong: Baitong, most: int) -> None:
        self._baitong = baitong
        self._most = most
        self._lock = threading.Lock()
        self._begun = 0
        self.numbers: list[str] = []
        self.unknown = 0
        self.faults: list[BaseException] = []
        self._threads: list[threading.Thread] = []

    def start(self, count: int = 4) -> None:
        """Begin."""
        for _ in range(count):
            person = self._baitong.fresh("desk")
            thread = threading.Thread(target=self._work, args=(person,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def wait_for(self, count: int) -> None:
        """Until that many were transferred."""
        wait_until(lambda: self.faults or len(self.numbers) >= count, 180, f"{count} transfers")
        if self.faults:
            raise self.faults[0]

    def finish(self) -> list[str]:
        """Until all are done; returns their case numbers."""
        self.wait_for(self._most)
        for thread in self._threads:
            thread.join(_PATIENCE)
        return self.numbers

    def _work(self, person: Person) -> None:
        try:
            while self._next():
                number = self._accept(person)
                self._transfer(person, number)
                with self._lock:
                    self.numbers.append(number)
        except BaseException as fault:  # noqa: BLE001 (shown by who waits)
            self.faults.append(fault)

    def _next(self) -> bool:
        with self._lock:
            self._begun += 1
            return self._begun <= self._most

    def _accept(self, person: Person) -> str:
        key = secrets.token_hex(12)

        def accept() -> str:
            return str(person.accept(TITLE, kind="complaint", key=key)["number"])

        return str(self._until_known(accept))

    def _transfer(self, person: Person, number: str) -> None:
        def transfer() -> bool:
            if person.case(number)["state"] == "accepted":
                person.act(number, "transfer", department="cg", reason="超出社区职责")
            return True

        self._until_known(transfer)

    def _until_known(self, act: Callable[[], Any]) -> Any:
        """Do it again until there is an answer; 5xx says nothing either."""

        def attempt() -> Any:
            try:
                return act()
            except (*_AWAY, Refused) as error:
                if isinstance(error, Refused) and error.status < 500:
                    raise
                failed.append(error)
                return None

        failed: list[Exception] = []
        answer = wait_until(attempt, _PATIENCE, "an answer")
        with self._lock:
            self.unknown += bool(failed)
        return answer


def orders_per_case(baitong: Baitong) -> Counter[str]:
    """How many orders each of these cases has."""
    orders = baitong.person("supervisor").orders()
    return Counter(order["case_number"] for order in orders if order["title"] == TITLE)


def cases(baitong: Baitong) -> Counter[str]:
    """How often each of these cases is there."""
    listed = baitong.person("supervisor").listed("/api/intake/cases", q=TITLE)
    return Counter(case["number"] for case in listed)


def messages_per_step(baitong: Baitong) -> Counter[tuple[str, str]]:
    """How many messages each step of a case gave: (case number, template) -> count."""
    listed = baitong.person("supervisor").listed("/api/notify/messages")
    said = [(one["case_number"], one["template"]) for one in listed]
    return Counter(step for step in said if step[1] in STEPS)
