"""A reader without scripts: opens pages, fills in forms, follows where they lead."""

import re
from typing import Any
from urllib.parse import urlsplit

import flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from shared.runtime import Runtime
from shared.web import auth
from shared.web.auth import User, issue_token

HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
NUMBER = re.compile(r"XS-\d{6}-\d{4,8}-\d{2}")
PHONE = "13805610000"
MATTER = {
    "name": "王建国",
    "applicant.phone": PHONE,
    "kind": "complaint",
    "title": "楼下烧烤店夜间噪声扰民",
    "description": "每晚十一点后仍在营业",
}


class Browser:
    """One person at one screen."""

    def __init__(self, app: flask.Flask, runtime: Runtime, username: str = "") -> None:
        self.client: FlaskClient = app.test_client()
        if username:
            known = runtime.district.staff[username]
            user = User(username, known.name, known.role, known.community, known.department)
            token = issue_token(user, runtime.settings.secret_key)
            self.client.set_cookie(auth.COOKIE, token)

    def page(self, path: str, lang: str = "zh") -> TestResponse:
        """Open a page."""
        self.client.set_cookie("lang", lang)
        return self.client.get(path, headers={"Accept": "text/html"})

    def send(self, path: str, to: str = "", **fields: Any) -> TestResponse:
        """Fill in the form of the page at `path` and send it there, or to `to`."""
        page = self.page(path)
        assert page.status_code == 200, (path, page.status_code)
        target = to or urlsplit(path).path
        hidden = dict(HIDDEN.findall(_form(page.text, target)))
        hidden.pop("next", None)
        headers = {"Accept": "text/html"}
        return self.client.post(target, data=hidden | fields, headers=headers)

    def accept(self, **fields: Any) -> str:
        """Accept a matter; gives its number."""
        answer = self.send("/desk/new?kind=complaint", **(MATTER | fields))
        assert answer.status_code == 303, answer.text
        found = NUMBER.search(answer.location)
        assert found is not None, answer.location
        return found.group()

    def apply(self, item: str, *materials: str, **fields: Any) -> str:
        """Accept an application for an item with these materials; gives its number."""
        asked = {"kind": "application", "title": "", "materials": list(materials)}
        answer = self.send(f"/desk/new?item={item}", **(MATTER | asked | fields))
        found = NUMBER.search(answer.location or "")
        assert found is not None, answer.text
        return found.group()

    def step(self, number: str, action: str, **fields: Any) -> TestResponse:
        """Do one step of a matter."""
        return self.send(f"/desk/{number}/{action}", **fields)


def _form(page: str, target: str) -> str:
    """The form that is sent there; the whole page where none says so."""
    found = re.search(rf'<form[^>]* action="{re.escape(target)}["?].*?</form>', page, re.DOTALL)
    return found.group() if found else page


def told(answer: TestResponse) -> str:
    """What the summary of errors says."""
    found = re.search(r'class="error-summary".*?</div>', answer.text, re.DOTALL)
    return re.sub(r"<[^>]+>", " ", found.group()) if found else ""
