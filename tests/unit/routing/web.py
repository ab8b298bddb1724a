"""Routing's web application over a database in memory, for tests of API and pages."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from services.routing import models
from services.routing.site import create_app
from shared.bus.local import LocalTransport
from shared.config import Settings
from shared.runtime import Runtime
from shared.web.auth import COOKIE, User, issue_token
from tests.support.keys import KEYS
from tests.unit.routing import ground

SECRET = "a secret of throw-away tests, long enough"
GA = User("dept-ga", "高峰", "department", department="ga")
CG = User("dept-cg", "沈城", "department", department="cg")
SUPERVISOR = User("supervisor", "郑建国", "supervisor")
DESK = User("desk", "周敏", "desk", community="340603002001")
ELSEWHERE = User("desk2", "陈静", "desk", community="340603009001")


def make_app(db: Any, tmp_path: Path) -> Any:
    """The application; the bus is there, but nothing is published."""
    settings = Settings(
        embedded=True,
        district="xiangshan",
        data_dir=tmp_path,
        database_url="",
        amqp_url="",
        secret_key=SECRET,
        address="127.0.0.1:0",
        data_keys=KEYS,
    )
    transport = LocalTransport(f"sqlite:///{tmp_path / 'bus.sqlite'}", KEYS)
    runtime = Runtime("routing", settings, ground.DISTRICT, db, models.bus, transport)
    return create_app(runtime)


class Caller:
    """A person or program that calls the application."""

    def __init__(self, app: Any, user: User) -> None:
        self.client = app.test_client()
        self.token = issue_token(user, SECRET, timedelta(days=60))
        self.client.set_cookie(COOKIE, self.token)

    def get(self, path: str, **query: Any) -> Any:
        """Ask the API."""
        return self.client.get(path, query_string=query, headers=self._headers())

    def post(self, path: str, **body: Any) -> Any:
        """Send JSON to the API."""
        return self.client.post(path, json=body, headers=self._headers())

    def page(self, path: str, lang: str = "zh") -> Any:
        """Open a page in a browser."""
        self.client.set_cookie("lang", lang)
        return self.client.get(path, headers={"Accept": "text/html"})

    def submit(self, path: str, **form: Any) -> Any:
        """Send a page's form."""
        return self.client.post(path, data=form, headers={"Accept": "text/html"})

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}
