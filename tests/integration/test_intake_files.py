"""Photos and materials of a case, from the request to the disk and back."""

# ruff: noqa: PLR0917 - what a test stands on are its arguments

import io
import os
import re
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from PIL import Image
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from services.intake import handlers, models, seed, site
from services.intake.case import RESIDENT
from services.intake.files import actions as files_actions
from services.intake.files import handlers as files_handlers
from services.intake.files.actions import Given
from services.intake.files.case_file import MOST_FILES, PHOTO
from services.intake.reason import Conflict
from shared import clock
from shared.db import Unavailable
from shared.track_link import track_token
from shared.uploads import prepare
from shared.uploads.inspect import MOST_BYTES
from shared.uploads.links import FOR_RESIDENTS, FOR_STAFF
from shared.web import auth
from shared.web.auth import User, issue_token
from tests.unit.intake.ground import BACK, DESK, accepted, allowance, do, runtime_in
from tests.unit.intake_pages.browser import HIDDEN, Browser, told
from tests.unit.uploads import samples

HTML = {"Accept": "text/html"}


@pytest.fixture
def runtime(tmp_path):
    with runtime_in(tmp_path) as ground:
        ground.database.audit = models.audit
        seed.seed(ground)
        yield ground


@pytest.fixture
def app(runtime):
    return site.create_app(runtime)


@pytest.fixture
def client(app):
    return app.test_client()


def as_(runtime, username):
    if username in runtime.district.departments:
        user = User(username, username, auth.DEPARTMENT, department=username)
        return {"Authorization": f"Bearer {issue_token(user, runtime.settings.secret_key)}"}
    person = runtime.district.staff[username]
    user = User(
        person.username,
        person.name,
        person.role,
        community=person.community,
        department=person.department,
    )
    return {"Authorization": f"Bearer {issue_token(user, runtime.settings.secret_key)}"}


@pytest.fixture
def desk(runtime):
    return as_(runtime, "desk")


@pytest.fixture
def number(runtime):
    return accepted(runtime, allowance()).number


@pytest.fixture
def token(runtime, number):
    return track_token(number, runtime.settings.secret_key)


def address(number):
    return f"/api/intake/cases/{number}/files"


def send(client, number, headers, data=None, name="IMG_1.jpg", **fields: Any):
    sent = io.BytesIO(samples.photo() if data is None else data)
    body = {"file": FileStorage(sent, name), **fields}
    boundary, encoded = encode_multipart(body)  # the client's own way leaves files open
    sent_as = f"multipart/form-data; boundary={boundary}"
    return client.post(address(number), data=encoded, headers=headers, content_type=sent_as)


def listed(client, number, headers):
    answer = client.get(address(number), headers=headers)
    assert answer.status_code == 200
    return answer.json["items"]


def on_disk(runtime):
    folder = runtime.settings.uploads_dir
    return [path for path in folder.rglob("*") if path.is_file()]


def audited(runtime, action):
    rows = sa.select(models.audit.entries).where(models.audit.entries.c.action == action)
    with runtime.database.read() as connection:
        found = connection.execute(rows.order_by("seq")).mappings().all()
    return [entry for entry in found if entry["detail"]]  # the list is opened without naming a file


def later(monkeypatch, by):
    moment = clock.now() + by
    monkeypatch.setattr(clock, "now", lambda: moment)


# ---- The API ----


def test_a_photo_comes_back_without_what_the_camera_added(client, desk, number, runtime):
    answer = send(client, number, desk, samples.photo(6), name="../照片/IMG_1.jpg")
    assert answer.status_code == 201, answer.text
    file = answer.json
    assert (file["kind"], file["media_type"]) == ("photo", "image/jpeg")
    assert (file["name"], file["by"]) == ("IMG_1.jpg", "周敏")
    assert listed(client, number, desk)[0]["id"] == file["id"]
    served = client.get(file["url"], headers=desk)
    assert served.status_code == 200
    assert len(served.data) == file["size"]
    image = Image.open(io.BytesIO(served.data))
    assert (image.format, image.size, dict(image.getexif())) == ("JPEG", (40, 64), {})
    for trace in (samples.CAMERA, samples.PLACE, "GPS"):
        assert trace.encode() not in served.data
    small = client.get(file["preview_url"], headers=desk)
    assert Image.open(io.BytesIO(small.data)).format == "JPEG"


def test_how_an_image_is_served(client, desk, number):
    served = client.get(send(client, number, desk).json["url"], headers=desk)
    assert served.content_type == "image/jpeg"
    assert served.headers["X-Content-Type-Options"] == "nosniff"
    assert served.headers["Cache-Control"] == "no-store"
    assert served.headers.getlist("Content-Security-Policy") == ["default-src 'none'; sandbox"]
    named = "inline; filename=\"IMG_1.jpg\"; filename*=UTF-8''IMG_1.jpg"
    assert served.headers["Content-Disposition"] == named


def test_how_a_pdf_is_served(client, desk, number):
    sent = send(
        client, number, desk, samples.pdf(), "户口簿.pdf", kind="material", material="户口簿"
    )
    assert sent.status_code == 201, sent.text
    assert (sent.json["material"], sent.json["preview_url"]) == ("户口簿", None)
    served = client.get(sent.json["url"], headers=desk)
    assert served.data == samples.pdf()
    assert served.content_type == "application/pdf"
    assert served.headers["Content-Disposition"].startswith("attachment;")
    assert "sandbox" in served.headers["Content-Security-Policy"]
    assert served.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("data", "name", "fields", "field"),
    [
        (samples.GIF, "a.jpg", {}, "file"),
        (samples.SVG, "a.jpg", {}, "file"),
        (samples.HTML, "a.jpg", {}, "file"),
        (b"", "a.jpg", {}, "file"),
        (samples.photo()[:200], "a.jpg", {}, "file"),
        (samples.bomb(), "a.png", {}, "file"),
        (samples.photo(), "a.php", {}, "file"),
        (samples.photo() + bytes(MOST_BYTES), "a.jpg", {}, "file"),
        (samples.pdf(catalog=b"/S /JavaScript"), "a.pdf", {"kind": "material"}, "file"),
        (samples.pdf(), "a.pdf", {}, "kind"),
        (samples.photo(), "a.jpg", {"kind": "film"}, "kind"),
        (samples.photo(), "a.jpg", {"kind": "material", "material": "房产证"}, "material"),
        (samples.photo(), "a.jpg", {"material": "户口簿"}, "material"),
    ],
)
def test_what_is_refused_is_not_kept(client, desk, number, runtime, data, name, fields, field):
    answer = send(client, number, desk, data, name, **fields)
    assert answer.status_code == 422, answer.text
    assert answer.content_type == "application/problem+json"
    (error,) = answer.json["errors"]
    assert error["field"] == field
    assert error["reason"]
    assert error["remedy"]
    assert listed(client, number, desk) == []
    assert on_disk(runtime) == []


def test_where_too_many_send_files_one_is_asked_to_try_again(
    client, officer, desk, number, runtime, monkeypatch
):
    monkeypatch.setattr(prepare, "_queue", prepare.Queue(0, 0))
    answer = send(client, number, desk)
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"])
    (error,) = answer.json["errors"]
    assert (error["field"], error["remedy"]) == ("file", "请过一会儿再传一次")
    page = fill_in(officer, f"/desk/{number}", f"/desk/{number}/files")
    assert page.status_code == 503
    assert on_disk(runtime) == []


def test_a_request_without_a_file(client, desk, number):
    answer = client.post(address(number), data={"kind": "photo"}, headers=desk)
    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"] == "file"


def test_a_body_beyond_all_bounds(client, desk, number):
    assert send(client, number, desk, bytes(17 * 1024**2)).status_code == 413


def test_who_may_not(client, number, runtime, desk):
    url = send(client, number, desk).json["url"]
    (file,) = listed(client, number, desk)
    one = f"{address(number)}/{file['id']}"
    elsewhere, department = as_(runtime, "desk-guiyuan"), as_(runtime, "ga")
    for headers, statuses in ((elsewhere, {403}), (department, {403}), ({}, {401})):
        assert send(client, number, headers).status_code in statuses
        assert client.get(address(number), headers=headers).status_code in statuses
        assert client.delete(one, headers=headers).status_code in statuses
    for headers in (elsewhere, department):
        assert client.get(url, headers=headers).status_code in (403, 404)
    assert client.get(url).status_code == 401
    assert len(listed(client, number, desk)) == 1
    assert client.get(url, headers=desk).status_code == 200


def test_a_supervisor_looks_and_changes_nothing(client, number, runtime, desk):
    send(client, number, desk)
    supervisor = as_(runtime, "supervisor")
    (file,) = listed(client, number, supervisor)
    assert client.get(file["url"], headers=supervisor).status_code == 200
    assert send(client, number, supervisor).status_code == 403


def test_a_link_ends(client, desk, number, runtime, monkeypatch):
    url = send(client, number, desk).json["url"]
    later(monkeypatch, FOR_STAFF + timedelta(seconds=1))
    answer = client.get(url, headers=as_(runtime, "desk"))
    assert answer.status_code == 410
    assert b"JFIF" not in answer.data


def test_a_forged_link_and_another_persons(client, desk, number, runtime):
    url = send(client, number, desk).json["url"]
    payload, rest = url.removeprefix("/files/").split(".", 1)
    other = send(client, number, desk).json["url"].removeprefix("/files/").split(".", 1)[0]
    assert client.get(f"/files/{other}.{rest}", headers=desk).status_code == 404
    assert client.get(f"/files/{payload}.x.y", headers=desk).status_code == 404
    assert client.get(url, headers=as_(runtime, "backoffice")).status_code == 404


def test_removed_is_gone(client, desk, number, runtime):
    file = send(client, number, desk).json
    assert len(on_disk(runtime)) == 2
    one = f"{address(number)}/{file['id']}"
    assert client.delete(one, headers=desk).status_code == 204
    assert on_disk(runtime) == []
    assert listed(client, number, desk) == []
    assert client.get(file["url"], headers=desk).status_code == 404
    assert client.delete(one, headers=desk).status_code == 404
    with runtime.database.read() as connection:
        row = connection.execute(sa.select(models.files)).mappings().one()
    assert (row["key"], row["name"]) == (b"", "")
    assert row["removed_at"] is not None


def test_a_file_is_removed_through_its_own_case_only(client, desk, number, runtime):
    file = send(client, number, desk).json
    other = accepted(runtime).number
    assert client.delete(f"{address(other)}/{file['id']}", headers=desk).status_code == 404
    assert len(listed(client, number, desk)) == 1


def test_twelve_and_no_more(client, desk, number):
    for _ in range(MOST_FILES):
        assert send(client, number, desk).status_code == 201
    answer = send(client, number, desk)
    assert answer.status_code == 409
    assert "12" in answer.json["errors"][0]["reason"]


def test_the_thirteenth_is_refused_where_it_is_counted(runtime, number, monkeypatch):
    """Two who come at once both saw eleven; the transaction counts again."""
    given = Given(samples.photo(), "a.jpg", PHOTO)
    for _ in range(MOST_FILES - 1):
        files_actions.add(runtime, number, DESK, given)
    keep = files_actions._keep

    def meanwhile(*args: Any):
        monkeypatch.setattr(files_actions, "_keep", keep)
        files_actions.add(runtime, number, BACK, given)
        keep(*args)

    monkeypatch.setattr(files_actions, "_keep", meanwhile)
    with pytest.raises(Conflict):
        files_actions.add(runtime, number, DESK, given)
    assert len(on_disk(runtime)) == 2 * MOST_FILES


def test_an_archived_case_stays_as_it_is(client, desk, number, runtime):
    file = send(client, number, desk).json
    steps = {"resolve": {"result": "已办好"}, "close": {"note": ""}}
    for step, body in steps.items():
        done = client.post(f"/api/intake/cases/{number}/{step}", json=body, headers=desk)
        assert done.status_code == 200, done.text
    assert send(client, number, desk).status_code == 409
    assert client.delete(f"{address(number)}/{file['id']}", headers=desk).status_code == 409
    assert client.get(file["url"], headers=desk).status_code == 200


def test_the_timeline_and_the_audit_tell(client, desk, number, runtime):
    file = send(client, number, desk, name="王建国的病历.jpg").json
    client.get(file["url"], headers=desk)
    client.delete(f"{address(number)}/{file['id']}", headers=desk)
    told_ = client.get(f"/api/intake/cases/{number}", headers=desk).json["timeline"]
    assert [entry["action"] for entry in told_][-2:] == ["file.added", "file.removed"]
    assert "病历" not in str(told_)
    for action in ("file.added", "file.read", "file.removed"):
        (entry,) = audited(runtime, action)
        assert (entry["subject"], entry["username"]) == (number, "desk")
        assert entry["detail"]["file"] == file["id"]
    signed = file["url"].rsplit("/", 1)[1]
    entries = sa.select(models.audit.entries)
    with runtime.database.read() as connection:
        assert signed not in str(connection.execute(entries).all())


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("C:\\照片\\a.jpg", "a.jpg"),
        ("/etc/passwd", "passwd"),
        ("..", "file"),
        ("a\r\nSet-Cookie: x.jpg", "aSet-Cookie: x.jpg"),
        ("字" * 300 + ".jpeg", "字" * 115 + ".jpeg"),
    ],
)
def test_a_files_name_is_a_name_and_no_path(name, plain):
    assert files_actions.plain_name(name) == plain


# ---- The disk and the database ----


def test_neither_disk_nor_database_can_be_read(client, desk, number, runtime):
    name = "赵钱孙李的身份证.jpg"
    file = send(client, number, desk, name=name).json
    served = client.get(file["url"], headers=desk).data
    for path in on_disk(runtime):
        kept = path.read_bytes()
        assert not kept.startswith(b"\xff\xd8")
        assert served[20:60] not in kept
        assert b"JFIF" not in kept
    with runtime.database.read() as connection:
        row = connection.exec_driver_sql("SELECT name, key FROM files").one()
    assert name.encode() not in row[0]
    with runtime.database.read() as connection:
        key = connection.execute(sa.select(models.files.c.key)).scalar_one()
    assert key not in row[1]
    dump = (runtime.settings.data_dir / "intake.sqlite").read_bytes()
    assert key not in dump


def test_a_crash_between_file_and_row_leaves_no_broken_list(
    client, desk, number, runtime, monkeypatch
):
    def crash(*args: Any):
        raise Unavailable("the process died here")

    monkeypatch.setattr(files_handlers, "attach_file", crash)
    assert send(client, number, desk).status_code == 503
    monkeypatch.undo()
    left = on_disk(runtime)
    assert len(left) == 2
    assert listed(client, number, desk) == []
    kept = send(client, number, desk).json
    assert files_actions.sweep(runtime) == 0  # a request may still be under way
    for path in on_disk(runtime):
        os.utime(path, (0, 0))
    assert files_actions.sweep(runtime) == 2
    assert not any(path.exists() for path in left)
    assert client.get(kept["url"], headers=desk).status_code == 200


def test_a_crash_between_row_and_disk_leaves_noise(client, desk, number, runtime, monkeypatch):
    file = send(client, number, desk).json
    monkeypatch.setattr(files_actions, "_drop", lambda *_: None)
    assert client.delete(f"{address(number)}/{file['id']}", headers=desk).status_code == 204
    assert len(on_disk(runtime)) == 2
    for path in on_disk(runtime):
        os.utime(path, (0, 0))
    assert files_actions.sweep(runtime) == 2
    assert on_disk(runtime) == []


def test_files_are_erased_with_their_case(client, desk, number, runtime):
    url = send(client, number, desk).json["url"]
    assert len(do(runtime, files_handlers.forget_files, number)) == 1
    assert client.get(url, headers=desk).status_code == 404


# ---- The desk's page ----


@pytest.fixture
def officer(app, runtime):
    return Browser(app, runtime, "desk")


def fill_in(browser, page, to, what="photo", data=None, name="a.jpg"):
    hidden = dict(HIDDEN.findall(browser.page(page).text))
    sent = samples.photo() if data is None else data
    body = hidden | {"what": what, "file": (io.BytesIO(sent), name)}
    return browser.client.post(to, data=body, headers=HTML, content_type="multipart/form-data")


def test_an_officer_adds_looks_and_removes(officer, number, runtime):
    page, to = f"/desk/{number}", f"/desk/{number}/files"
    assert fill_in(officer, page, to, "listed:户口簿").status_code == 303
    shown = officer.page(page)
    link = re.search(r'href="(/files/[^"]+)"', shown.text).group(1)
    assert f'src="{link}?preview=1"' in shown.text
    assert officer.page(link).content_type == "image/jpeg"
    assert officer.page(f"{link}?preview=1").content_type == "image/jpeg"
    remove = re.search(rf'action="({to}/\w+/remove)"', shown.text).group(1)
    assert officer.send(page, to=remove).status_code == 303
    assert "/files/" not in officer.page(page).text.replace(to, "")
    assert len(audited(runtime, "file.read")) == 1  # a small one stands on a page that is recorded


def test_an_officer_is_told_what_is_wrong(officer, number):
    page, to = f"/desk/{number}", f"/desk/{number}/files"
    answer = fill_in(officer, page, to, data=samples.GIF, name="a.gif")
    assert answer.status_code == 422
    assert "这种文件不能上传" in told(answer)
    assert 'aria-invalid="true"' in answer.text
    officer.client.set_cookie("lang", "en")
    english = fill_in(officer, f"{page}?lang=en", f"{to}?lang=en", data=samples.GIF)
    assert "cannot be uploaded" in told(english)
    nothing = officer.send(page, to=to, what="photo")
    assert "没有选文件" in told(nothing)
    unknown = fill_in(officer, page, to, "listed:房产证")
    assert unknown.status_code == 422


def test_a_pdf_left_as_the_first_choice_is_a_material(officer, number):
    page, to = f"/desk/{number}", f"/desk/{number}/files"
    assert fill_in(officer, page, to, data=samples.pdf(), name="a.pdf").status_code == 303
    shown = officer.page(page).text
    assert re.search(r'class="file-open".*?<span>其他材料<', shown, re.DOTALL)


def test_a_form_without_its_token_is_refused(officer, number):
    body = {"what": "photo", "file": (io.BytesIO(samples.photo()), "a.jpg")}
    answer = officer.client.post(
        f"/desk/{number}/files", data=body, headers=HTML, content_type="multipart/form-data"
    )
    assert answer.status_code == 400


def test_another_communitys_officer_adds_and_removes_nothing(app, runtime, officer, number):
    to = f"/desk/{number}/files"
    fill_in(officer, f"/desk/{number}", to)
    shown = officer.page(f"/desk/{number}").text
    remove = re.search(rf'action="({to}/\w+/remove)"', shown).group(1)
    elsewhere = Browser(app, runtime, "desk-guiyuan")
    assert fill_in(elsewhere, "/desk/new?kind=complaint", to).status_code == 403
    assert elsewhere.send("/desk/new?kind=complaint", to=remove).status_code == 403
    assert "/files/" in officer.page(f"/desk/{number}").text


# ---- The resident's page ----


@pytest.fixture
def resident(app, runtime):
    return Browser(app, runtime)


def links(page, token):
    return re.findall(rf'href="(/track/{re.escape(token)}/files/[^"]+)"', page.text)


def test_a_resident_sends_sees_and_takes_back(resident, token, number, runtime):
    page, to = f"/track/{token}", f"/track/{token}/files"
    assert fill_in(resident, page, to, "listed:户口簿").status_code == 303
    shown = resident.page(page)
    (link,) = links(shown, token)
    served = resident.page(link)
    assert served.content_type == "image/jpeg"
    assert samples.CAMERA.encode() not in served.data
    remove = re.search(rf'action="({re.escape(to)}/\w+/remove)"', shown.text).group(1)
    assert resident.send(page, to=remove).status_code == 303
    assert links(resident.page(page), token) == []
    assert resident.page(link).status_code == 404
    (entry,) = audited(runtime, "file.added")
    assert (entry["subject"], entry["role"]) == (number, "resident")


def test_a_resident_sees_their_own_files_only(client, resident, desk, token, number, runtime):
    of_staff = send(client, number, desk).json
    assert links(resident.page(f"/track/{token}"), token) == []
    signed = of_staff["url"].removeprefix("/files/")
    assert resident.page(f"/track/{token}/files/{signed}").status_code == 404
    hidden = f"/track/{token}/files/{of_staff['id']}/remove"
    assert resident.send(f"/track/{token}", to=hidden).status_code == 403
    fill_in(resident, f"/track/{token}", f"/track/{token}/files")
    assert len(listed(client, number, desk)) == 2  # the officer sees both


def test_a_residents_link_opens_with_their_own_matter_only(resident, token, runtime, monkeypatch):
    fill_in(resident, f"/track/{token}", f"/track/{token}/files")
    (link,) = links(resident.page(f"/track/{token}"), token)
    other = track_token(accepted(runtime).number, runtime.settings.secret_key)
    assert resident.page(link.replace(token, other)).status_code == 404
    assert resident.page(f"/files/{link.rsplit('/', 1)[1]}").status_code in (303, 401)
    later(monkeypatch, FOR_RESIDENTS + timedelta(seconds=1))
    ended = resident.page(link)
    assert ended.status_code == 410
    assert "链接已过期" in ended.text


def test_a_resident_is_told_what_is_wrong(resident, token):
    answer = fill_in(
        resident, f"/track/{token}", f"/track/{token}/files", data=samples.HTML, name="a.jpg"
    )
    assert answer.status_code == 422
    assert "这种文件不能上传" in told(answer)


def test_when_it_is_over_nothing_more_comes_in(resident, token, number, runtime):
    fill_in(resident, f"/track/{token}", f"/track/{token}/files")
    given = Given(samples.photo(), "a.jpg", PHOTO)
    do(runtime, handlers.withdraw_case, number, DESK, "居民撤回")
    page = resident.page(f"/track/{token}")
    assert len(links(page, token)) == 1
    assert 'type="file"' not in page.text
    with pytest.raises(Conflict):
        files_actions.add(runtime, number, RESIDENT, given)


def test_nothing_is_spooled_to_the_disk(client, desk, number, monkeypatch):
    def spooled(*args: Any, **kwargs: Any):
        raise AssertionError("the upload was written to /tmp")

    monkeypatch.setattr("werkzeug.formparser.SpooledTemporaryFile", spooled)
    big = samples.written(Image.effect_noise((1500, 1500), 90).convert("RGB"), "PNG")
    assert len(big) > 600_000
    assert send(client, number, desk, big, "a.png").status_code == 201


def test_the_cookie_alone_adds_nothing_by_the_api(client, number, runtime):
    person = runtime.district.staff["desk"]
    user = User(person.username, person.name, person.role, community=person.community)
    client.set_cookie(auth.COOKIE, issue_token(user, runtime.settings.secret_key))
    assert send(client, number, {}).status_code == 401
