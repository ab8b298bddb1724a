"""The pages: what a department and a supervisor see and do, without scripts, in both languages."""

import re

import pytest

from services.catalogue import HERE
from services.routing import handlers
from shared.web.i18n import missing_translations
from tests.unit.routing import ground, web
from tests.unit.routing.ground import ORDER, at, order_of

FOLDER = HERE / "routing"


@pytest.fixture
def db():
    with at():
        yield ground.database()


@pytest.fixture
def app(db, tmp_path):
    made = web.make_app(db, tmp_path)
    made.config["WTF_CSRF_ENABLED"] = False
    return made


@pytest.fixture
def ga(app):
    return web.Caller(app, web.GA)


@pytest.fixture
def supervisor(app):
    return web.Caller(app, web.SUPERVISOR)


def opened(db, number=ground.CASE, department="ga"):
    event = ground.transferred(number=number, department=department)
    db.run(lambda tx: handlers.open_order(tx, event))


def test_every_text_has_its_english():
    assert missing_translations(FOLDER, FOLDER / "translations" / "en.po") == []


def test_an_empty_desk_says_what_will_come(ga, supervisor):
    assert "这里现在没有工单" in ga.page("/orders").text
    assert "没有超期的工单" in supervisor.page("/supervise").text


def test_the_list_opens_where_there_is_something_to_do(db, ga):
    opened(db)
    text = ga.page("/orders").text
    assert re.search(r'aria-current="page"[^>]*>待签收 <strong>1</strong>', text)
    assert ORDER in text


def test_an_order_beside_its_list(db, ga):
    opened(db)
    text = ga.page(f"/orders/{ORDER}").text
    for part in ("王** 138****0000", "流转轨迹", "派单起 1 小时，不分昼夜", "5 个工作日", "签收"):
        assert part in text
    for key in ("s", "c", "p", "e", "r", "v", "Enter"):
        assert f'data-key="{key}"' in text


def test_the_page_speaks_english_too(db, ga, supervisor):
    opened(db)
    text = ga.page(f"/orders/{ORDER}", "en").text
    assert "To be signed" in text
    assert "day or night" in text
    assert "Late now, and who holds it" in supervisor.page("/supervise", "en").text


def test_signing_is_one_press(db, ga):
    opened(db)
    answer = ga.submit(f"/orders/{ORDER}/signed")
    assert answer.status_code == 303
    assert order_of(db).state == "signed"
    assert "已签收，请在 11月23日 10:00 前联系居民" in ga.page(answer.headers["Location"]).text


def test_a_form_keeps_what_was_typed_and_says_what_is_wrong(db, ga):
    opened(db)
    answer = ga.submit(f"/orders/{ORDER}/return_requested", reason="属城管职责", legal_ground="")
    assert answer.status_code == 422
    assert "属城管职责</textarea>" in answer.text
    assert 'id="f-legal_ground-error"' in answer.text
    assert order_of(db).state == "dispatched"


def test_a_refusal_of_the_rules_stands_in_the_form(db, ga):
    opened(db)
    with at(hours=25):
        answer = ga.submit(
            f"/orders/{ORDER}/return_requested", reason="属城管职责", legal_ground="第十条"
        )
    assert answer.status_code == 422
    assert "已过派单后 24 小时的退单时限" in answer.text


def test_a_department_completes_and_the_supervisor_reviews(db, ga, supervisor):
    opened(db)
    assert ga.submit(f"/orders/{ORDER}/completed", result="已约谈店主").status_code == 303
    assert "已约谈店主" in supervisor.page("/supervise").text
    assert supervisor.submit(f"/orders/{ORDER}/approve").status_code == 303
    assert "已约谈店主" not in supervisor.page("/supervise").text
    assert supervisor.submit(f"/orders/{ORDER}/send-back", reason="没写何时").status_code == 303
    assert order_of(db).state == "signed"


def test_a_supervisor_confirms_a_suggestion_with_one_press(db, supervisor):
    opened(db, department=None)
    text = supervisor.page("/supervise").text
    assert "派给公安" in text
    assert "提到“噪声扰民”" in text
    answer = supervisor.submit(f"/orders/{ORDER}/dispatch?back=supervise", department="ga")
    assert answer.headers["Location"].endswith("/supervise")
    assert order_of(db).department == "ga"


def test_late_orders_say_who_holds_them(db, supervisor):
    opened(db)
    with at(days=10):
        text = supervisor.page("/supervise").text
        assert "已超期 9 天" in text
        assert "<strong>公安</strong>" in text
        assert "已超期 9 天" in supervisor.page("/orders?tab=late").text


def test_others_orders_and_others_acts_are_refused(db, app, ga, supervisor):
    opened(db)
    other = web.Caller(app, web.CG)
    assert other.page(f"/orders/{ORDER}").status_code == 404
    assert other.submit(f"/orders/{ORDER}/signed").status_code == 404
    assert ga.submit(f"/orders/{ORDER}/press", note="快").status_code == 403
    assert supervisor.submit(f"/orders/{ORDER}/signed").status_code == 403
    assert web.Caller(app, web.DESK).page("/orders").status_code == 403
    assert ga.page("/supervise").status_code == 403
    assert ga.submit(f"/orders/{ORDER}/nonsense").status_code == 404


def test_who_is_not_signed_in_is_sent_to_sign_in(app):
    answer = app.test_client().get("/orders", headers={"Accept": "text/html"})
    assert answer.headers["Location"] == "/sign-in?next=/orders"


def test_every_form_opens(db, ga, supervisor):
    opened(db)
    acts = ("contacted", "progressed", "return_requested", "extension_requested", "completed")
    for act in acts:
        assert f'action="/orders/{ORDER}/{act}' in ga.page(f"/orders/{ORDER}?act={act}").text
    for act in ("grant-return", "refuse-return", "grant-extension", "press", "send-back"):
        text = supervisor.page(f"/orders/{ORDER}?act={act}").text
        assert f'action="/orders/{ORDER}/{act}' in text
