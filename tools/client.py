"""A client of the public API: what the end-to-end tests and the demonstration talk with.

::

    baitong = Baitong("http://127.0.0.1:8000", password="baitong")
    desk, police = baitong.person("desk"), baitong.person("dept-ga")
    case = desk.accept("楼下噪声扰民", kind="complaint")
    desk.act(case["number"], "transfer", department="ga")
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import requests

from shared.routes import service_for

Json = dict[str, Any]
DEFAULT_URL = "http://127.0.0.1:8000"
PASSWORD = "baitong"  # noqa: S105 - the embedded run's, and public: it stands in the README
PATIENCE = 60
"""Seconds to wait for one answer."""
MOST_ON_A_PAGE = 100
APPLICANT = {"name": "王建国", "phone": "13805610000"}


class Refused(Exception):
    """An answer that is no success.

    Attributes:
        status: of HTTP.
        problem: the problem+json, or an empty object where there was none.
        content_type: of the answer.
    """

    def __init__(self, asked: str, response: requests.Response) -> None:
        self.status = response.status_code
        self.content_type = response.headers.get("Content-Type", "").partition(";")[0]
        is_json = self.content_type.endswith("json")
        self.problem: Json = response.json() if is_json else {}
        told = self.problem.get("title") or response.text[:200]
        super().__init__(f"{asked}: {self.status} {told} {self.problem.get('errors', '')}")

    @property
    def fields(self) -> set[str]:
        """The fields that the problem names."""
        return {error["field"] for error in self.problem.get("errors", [])}


@dataclass
class Baitong:
    """A running deployment, and one password for the accounts that are used.

    Attributes:
        url: the one address for people.
        services: where there is no such address, each service's own, by its name.
    """

    url: str = DEFAULT_URL
    password: str = PASSWORD
    services: Mapping[str, str] = field(default_factory=dict)
    people: dict[str, "Person"] = field(default_factory=dict)

    @classmethod
    def from_environment(cls) -> Self:
        """The one that BAITONG_URL and BAITONG_PASSWORD name."""
        url = os.environ.get("BAITONG_URL", DEFAULT_URL).rstrip("/")
        return cls(url, os.environ.get("BAITONG_PASSWORD", PASSWORD))

    def person(self, username: str) -> "Person":
        """Someone who signs in, once.

        Raises:
            Refused: 401, there is no such account or it has another password.
        """
        if username not in self.people:
            self.people[username] = self.fresh(username)
        return self.people[username]

    def fresh(self, username: str) -> "Person":
        """The same, signed in once more: with a connection of their own, for another thread.

        Raises:
            Refused: as `person`.
        """
        return Person(self, username)

    def anyone(self) -> "Person":
        """Someone who is not signed in."""
        return Person(self)

    def address(self, path: str) -> str:
        """Where `path` is served."""
        return self.services.get(service_for(path), self.url) + path


class Person:
    """One person's conversation with the platform. Without a username nobody signs in."""

    def __init__(self, baitong: Baitong, username: str = "") -> None:
        self.baitong = baitong
        self.username = username
        self.user: Json = {}
        self._http = requests.Session()
        self._http.trust_env = False  # the platform is not behind anybody's proxy
        if username:
            self.sign_in()

    def sign_in(self) -> None:
        """Get a token; it is good for twelve hours at every service."""
        given = {"username": self.username, "password": self.baitong.password}
        answer = self.post("/api/intake/session", given)
        self.user = answer["user"]
        self._http.headers["Authorization"] = f"Bearer {answer['token']}"

    # -- any address ----------------------------------------------------------------------------

    def get(self, path: str, **query: Any) -> Any:
        """The JSON at `path`.

        Raises:
            Refused: any status that is no success.
        """
        return self._call("GET", path, params=query)

    def post(self, path: str, body: Mapping[str, Any], **headers: str) -> Any:
        """What became of sending `body`.

        Raises:
            Refused: any status that is no success.
        """
        return self._call("POST", path, json=body, headers=headers)

    def page(self, path: str, lang: str = "zh") -> requests.Response:
        """A page as this person's browser gets it, whatever its status."""
        token = str(self._http.headers.get("Authorization", "")).removeprefix("Bearer ")
        cookies = {"baitong_session": token} if token else {}
        return self._http.get(
            self.baitong.address(path),
            params={"lang": lang},
            cookies=cookies,
            headers={"Authorization": "", "Accept": "text/html"},
            timeout=PATIENCE,
        )

    def listed(self, path: str, **query: Any) -> Iterator[Json]:
        """Every entry of a list, page after page."""
        page = 1
        while True:
            answer = self.get(path, page=page, page_size=MOST_ON_A_PAGE, **query)
            yield from answer["items"]
            if page * answer["page_size"] >= answer["total"] or not answer["items"]:
                return
            page += 1

    # -- intake ---------------------------------------------------------------------------------

    def accept(self, title: str = "", *, key: str = "", **more: Any) -> Json:
        """A receipt for a matter of the officer's community; `key` makes a repetition harmless."""
        body: Json = {"community": self.user.get("community"), "applicant": APPLICANT}
        body |= {"title": title} if title else {}
        headers = {"Idempotency-Key": key} if key else {}
        answer: Json = self.post("/api/intake/cases", body | more, **headers)
        return answer

    def case(self, number: str) -> Json:
        """A case with its timeline."""
        answer: Json = self.get(f"/api/intake/cases/{number}")
        return answer

    def act(self, number: str, action: str, **body: Any) -> Json:
        """One of a case's actions: notice, transfer, resolve, rate and so on."""
        answer: Json = self.post(f"/api/intake/cases/{number}/{action}", body)
        return answer

    # -- routing --------------------------------------------------------------------------------

    def suggest(self, text: str, **more: Any) -> list[Json]:
        """Departments that may be the right one."""
        answer = self.post("/api/routing/suggest", {"text": text, **more})
        suggestions: list[Json] = answer["suggestions"]
        return suggestions

    def orders(self, **query: Any) -> list[Json]:
        """Every order that is wanted and may be seen."""
        return list(self.listed("/api/routing/orders", **query))

    def orders_of(self, case: str) -> list[Json]:
        """A case's orders."""
        return self.orders(case=case)

    def order(self, number: str) -> Json:
        """One order with its history."""
        answer: Json = self.get(f"/api/routing/orders/{number}")
        return answer

    def answer(self, order: str, verb: str, **body: Any) -> Json:
        """One of the department's six verbs, or of the supervisor's decisions."""
        answer: Json = self.post(f"/api/routing/orders/{order}/{verb}", body)
        return answer

    # -- notify and partners --------------------------------------------------------------------

    def messages(self, case: str) -> list[Json]:
        """What was said about a case, newest first."""
        return list(self.listed("/api/notify/messages", case=case))

    def needs(self, **query: Any) -> list[Json]:
        """Needs that this person may see."""
        return list(self.listed("/api/partners/needs", **query))

    def need(self, number: str, action: str, **body: Any) -> Json:
        """What a partner or an officer does about a need: accept, fulfil, confirm and so on."""
        answer: Json = self.post(f"/api/partners/needs/{number}/{action}", body)
        return answer

    def _call(self, method: str, path: str, **options: Any) -> Any:
        response = self._http.request(
            method, self.baitong.address(path), timeout=PATIENCE, **options
        )
        if not response.ok:
            raise Refused(f"{method} {path}", response)
        return response.json()
