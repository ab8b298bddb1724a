"""The web kit's look: languages, words, masks, forms, contrast, and that it works by itself."""

import re
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import flask
import marshmallow as ma
import pytest

from shared.web import auth, i18n, nav, words
from shared.web.app import STATIC, TEMPLATES, base_app
from shared.web.context import web_of
from shared.web.forms import Form, read_form
from shared.web.problem import FieldError, Problem

SECRET = "a-secret-long-enough-for-hs256-in-tests"
KIT = Path(i18n.__file__).parent
NOW = datetime(2026, 11, 21, 7, 4, tzinfo=UTC)
CSS = (STATIC / "baitong.css").read_text(encoding="utf-8")


class Booking(ma.Schema):
    """A form."""

    name = ma.fields.String(required=True)
    count = ma.fields.Integer()
    ways = ma.fields.List(ma.fields.String())


@pytest.fixture
def app():
    made = base_app(
        "intake",
        secret=SECRET,
        import_name=__name__,
        template_folder=None,
        translations=None,
        district_name="相山区",
    )
    web_of(made).now = lambda: NOW

    @made.get("/sign-in")
    def sign_in():
        return flask.render_template("sign_in.html", form=Form(), next="/desk")

    return made


def render(app, source, path="/", **values: object):
    with app.test_request_context(path):
        text = flask.render_template_string(
            '{% import "components.html" as ui %}' + source, **values
        )
    return re.sub(r"\s+", " ", text).strip()


# Languages


def test_every_text_of_the_kit_has_english():
    assert i18n.missing_translations(KIT) == []


def test_a_text_without_english_is_found(tmp_path):
    (tmp_path / "page.html").write_text('{{ _("没有译文") }}{{ _("受理台") }}', encoding="utf-8")
    (tmp_path / "rules.py").write_text(
        'raise Problem(409, "code", "也没有译文", [FieldError("a", "原因", "办法")])\n',
        encoding="utf-8",
    )
    missing = i18n.missing_translations(tmp_path)
    assert missing == [
        "page.html:1 没有译文",
        "rules.py:1 也没有译文",
        "rules.py:1 原因",
        "rules.py:1 办法",
    ]
    own = tmp_path / "en.po"
    own.write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
        'msgid "没有译文"\nmsgstr "Untranslated"\n\nmsgid "原因"\nmsgstr ""\n',
        encoding="utf-8",
    )
    assert "page.html:1 没有译文" not in i18n.missing_translations(tmp_path, own)
    assert "rules.py:1 原因" in i18n.missing_translations(tmp_path, own)


def test_a_folder_that_is_not_there_is_no_success(tmp_path):
    with pytest.raises(FileNotFoundError):
        i18n.missing_translations(tmp_path / "nothing")


def test_a_service_adds_its_own_catalogue(tmp_path):
    own = tmp_path / "en.po"
    own.write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
        'msgid "高龄津贴"\nmsgstr "Old-age allowance"\n',
        encoding="utf-8",
    )
    app = base_app(
        "intake",
        secret=SECRET,
        import_name=__name__,
        template_folder=None,
        translations=own,
        district_name="相山区",
    )
    assert render(app, '{{ _("高龄津贴") }} {{ _("受理台") }}', "/?lang=en") == (
        "Old-age allowance Desk"
    )


def test_pages_are_chinese_first_and_english_one_click_away(app):
    client = app.test_client()
    page = client.get("/sign-in", headers={"Accept-Language": "en"}).text
    assert 'lang="zh-CN"' in page
    assert 'href="/sign-in?lang=en"' in page
    assert "Staff sign-in" in client.get("/sign-in?lang=en").text
    assert "Staff sign-in" in client.get("/sign-in").text
    assert "工作人员登录" in client.get("/sign-in?lang=zh").text


def test_the_district_has_its_english_name_on_english_pages(app):
    web_of(app).district_name_en = "Xiangshan District"
    client = app.test_client()
    assert "Xiangshan District</title>" in client.get("/sign-in?lang=en").text
    assert "相山区</title>" in client.get("/sign-in?lang=zh").text


def test_the_language_link_keeps_the_page(app):
    page = app.test_client().get("/sign-in?next=/desk&a=1").text
    assert 'href="/sign-in?next=%2Fdesk&amp;a=1&amp;lang=en"' in page


def test_elder_mode_is_remembered(app):
    client = app.test_client()
    assert 'class="elder ' not in client.get("/sign-in").text
    assert 'class="elder ' in client.get("/sign-in?elder=1").text
    assert 'class="elder ' in client.get("/sign-in").text
    assert 'class="elder ' not in client.get("/sign-in?elder=0").text


def test_messages_outside_a_request_speak_the_language_told(app):
    with app.app_context():
        assert i18n.gettext("受理台") == "受理台"
        with i18n.speaking("en"):
            assert i18n.gettext("受理台") == "Desk"
            assert i18n.ngettext("%(num)s 天", "%(num)s 天", 1) == "1 day"
    with pytest.raises(ValueError, match="lang"), i18n.speaking("fr"):
        pass


# Words


def test_times_are_said_locally(app):
    source = "{{ at|local_time }}"
    assert render(app, source, at=NOW) == (
        '<time datetime="2026-11-21T15:04:00+08:00">11月21日 15:04</time>'
    )
    assert ">21 Nov 15:04<" in render(app, source, "/?lang=en", at="2026-11-21T07:04:00Z")
    assert ">2025年1月2日<" in render(app, source, at=date(2025, 1, 2))
    assert ">11月21日<" in render(app, "{{ at|local_day }}", at=NOW)
    assert render(app, source, at=None) == ""


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        words.moment(datetime(2026, 11, 21, 7, 4))  # noqa: DTZ001 - the point of the test


@pytest.mark.parametrize(
    ("offset", "chinese", "english", "state"),
    [
        (timedelta(days=2, hours=1), "还有 2 天", "2 days left", "ok"),
        (timedelta(hours=5), "还有 5 小时", "5 hours left", "soon"),
        (timedelta(minutes=-1), "已超期 1 分钟", "1 minute overdue", "late"),
        (timedelta(days=-2), "已超期 2 天", "2 days overdue", "late"),
    ],
)
def test_deadlines_in_words_and_lamps(app, offset, chinese, english, state):
    due = NOW + offset
    assert render(app, "{{ due|until }}", due=due) == chinese
    assert render(app, "{{ due|until }}", "/?lang=en", due=due) == english
    assert f"lamp--{state}" in render(app, "{{ ui.lamp_due(due) }}", due=due)


def test_since(app):
    assert render(app, "{{ t|since }}", t=NOW - timedelta(seconds=5)) == "刚刚"
    assert render(app, "{{ t|since }}", t=NOW - timedelta(hours=3)) == "3 小时前"
    assert render(app, "{{ t|since }}", t=NOW - timedelta(days=90)) == "8月23日"


def test_a_lamp_is_shape_and_word_as_well_as_colour(app):
    shapes = set()
    for state, word in (("ok", "正常"), ("soon", "将到期"), ("late", "已超期"), ("done", "已办结")):
        lamp = render(app, "{{ ui.lamp(state) }}", state=state)
        assert word in lamp
        shapes.add(re.search(r"<svg[^>]*>(.*)</svg>", lamp).group(1))
    assert len(shapes) == 4


@pytest.mark.parametrize(
    ("mask", "plain", "masked"),
    [
        (words.mask_phone, "13812341234", "138****1234"),
        (words.mask_phone, "+86 138 1234 1234", "138****1234"),
        (words.mask_phone, "0561-3123456", "0561-****456"),
        (words.mask_phone, "12345", "**345"),
        (words.mask_phone, "110", "***"),
        (words.mask_phone, None, ""),
        (words.mask_id, "340603199001010019", "340603********0019"),
        (words.mask_id, "340603900101001", "340603******001"),
        (words.mask_id, "E12345678", "E1*****78"),
        (words.mask_id, "", ""),
        (words.mask_name, "张三", "张*"),
        (words.mask_name, "欧阳晓明", "欧***"),
        (words.mask_name, "张", "张*"),
        (words.mask_name, None, ""),
    ],
)
def test_masks(mask, plain, masked):
    assert mask(plain) == masked


# Forms


def posted(app, **data: object):
    with app.test_request_context("/", method="POST", data=data):
        return read_form(Booking())


def test_a_form_gives_loaded_data(app):
    form = posted(app, name=" 李梅 ", count="3", ways=["sms", "call"], csrf_token="x")
    assert form.ok
    assert form.data == {"name": "李梅", "count": 3, "ways": ["sms", "call"]}


def test_a_wrong_form_keeps_what_was_typed_and_says_what_to_do(app):
    form = posted(app, name="", count="three")
    assert form.errors == {
        "name": "没有填写。请填写这一项",
        "count": "不是整数。请填数字，例如 3",
    }
    assert form.value("count") == "three"
    page = render(
        app,
        '{{ ui.error_summary(form, {"name": "姓名"}) }}'
        '{{ ui.field(form, "name", "姓名", hint="h") }}',
        form=form,
    )
    assert '<a href="#f-name">姓名：没有填写。请填写这一项</a>' in page
    assert 'aria-describedby="f-name-hint f-name-error" aria-invalid="true"' in page
    assert 'id="f-name-error"' in page


def test_a_problem_below_the_page_shows_in_the_form(app):
    with app.test_request_context("/?lang=en"):
        form = Form({"name": "x"})
        form.refuse_problem(Problem(409, "x", "已有别的改动"))
        form.refuse_problem(Problem(422, "x", "", [FieldError("name", "没有填写")]))
        assert form.errors == {"": "Something else changed it", "name": "This is missing"}


def test_what_people_type_is_escaped(app):
    page = render(
        app,
        '{{ ui.field(form, "name", "姓名") }}{{ ui.textarea(form, "name", "x") }}{{ ui.tag(bad) }}'
        '{{ ui.timeline([{"what": bad, "note": bad}]) }}{{ ui.summary_list([(bad, bad)]) }}'
        "{{ ui.notice(bad) }}{{ ui.stat(bad, bad) }}{{ ui.lamp('ok', bad) }}",
        form=Form({"name": "<script>"}),
        bad="<script>",
    )
    assert "<script" not in page


class Audit(HTMLParser):
    """Collects ids, what points at ids, labels, and anything the policy forbids."""

    def __init__(self) -> None:
        super().__init__()
        self.ids, self.wanted, self.forbidden = [], [], []

    def handle_starttag(self, tag, attrs):
        """Look at one element."""
        found = dict(attrs)
        if "id" in found:
            self.ids.append(found["id"])
        self.wanted += (found.get("aria-describedby") or "").split()
        self.wanted += [found["for"]] if "for" in found else []
        self.forbidden += [name for name in found if name.startswith("on") or name == "style"]
        if tag == "style" or (tag == "script" and "src" not in found):
            self.forbidden.append(tag)


EVERYTHING = """{% extends "layout/desk.html" %}{% block title %}一切{% endblock %}
{% block tools %}{{ ui.link_button("#", "新", key="n") }}{% endblock %}
{% block filters %}{{ ui.field(form, "q", "找", key="/", optional=true) }}{% endblock %}
{% block list %}{% call ui.table("表", ["甲"], rows=true) %}<tr><td>1</td></tr>{% endcall %}
{{ ui.pagination(2, 3, 25) }}{{ ui.empty("空", "会来", "#", "去") }}{{ ui.bars("图", [("a", 3)]) }}
{{ ui.bars("空图", []) }}{{ ui.trend("走势", ["一月"], ["甲"], [[(none, "")]]) }}
{{ ui.progress("在做", 1, 3) }}{{ ui.steps(["一", "二"], 1) }}
{% call ui.live("/x") %}旧{% endcall %}{% endblock %}
{% block detail %}{{ ui.radios(form, "r", "选", [(1, "一"), (2, "二", "注")], hint="h") }}
{{ ui.checkboxes(form, "c", "选", [(1, "一")]) }}{{ ui.tick(form, "t", "同意") }}
{{ ui.select(form, "s", "选", [(1, "一")], empty="请选") }}{{ ui.rating(form, "g", "评") }}
{{ ui.stars(4) }}{{ ui.back("/") }}{{ ui.field(form, "p", "密", type="password") }}{% endblock %}
{% block actions %}{{ ui.confirm("撤", "真的？", "是", "/x", {"a": 1}) }}{% endblock %}"""


@pytest.mark.parametrize("path", ["/", "/?lang=en", "/?elder=1"])
def test_a_page_of_everything_obeys_its_own_policy(app, path):
    officer = auth.User("li", "李梅", auth.DESK)
    cookie = f"{auth.COOKIE}={auth.issue_token(officer, SECRET)}"
    form = Form({"p": "hidden-secret"}, {"r": "选一个", "g": "选一个"})
    with app.test_request_context(path, headers={"Cookie": cookie}):
        page = flask.render_template_string(EVERYTHING, form=form)
    audit = Audit()
    audit.feed(page)
    assert audit.forbidden == []
    assert len(audit.ids) == len(set(audit.ids))
    assert set(audit.wanted) <= set(audit.ids)
    assert "hidden-secret" not in page
    assert 'class="skip" href="#main"' in page
    assert page.count("<h1") == 1


def test_a_trend_is_lines_with_gaps_and_a_table_of_its_numbers(app):
    """A period without a number is a gap, not a zero; every number can be read."""
    page = render(
        app,
        "{{ ui.trend('走势', ['一月', '二月', '三月'], ['甲', '乙'], series, unit='%') }}",
        series=[
            [(100.0, "2 ÷ 2"), (50.0, "1 ÷ 2"), (0.0, "0 ÷ 3")],
            [(75.0, ""), (None, ""), (25.0, "")],
        ],
    )
    assert 'd="M10.0 10.0L360.0 90.0L710.0 170.0"' in page
    assert 'd="M10.0 50.0M710.0 130.0"' in page, "a gap"
    assert page.count("<circle") == 3 + 1, "a mark for every number, and one in the legend"
    assert "50.0%" in page
    assert "1 ÷ 2" in page
    assert page.count("没有") == 1


def test_a_desk_page_without_detail_has_no_second_pane(app):
    with app.test_request_context("/"):
        page = flask.render_template_string(
            '{% extends "layout/desk.html" %}{% block title %}空{% endblock %}'
        )
    assert "desk-detail" not in page


def serve(app, *paths: str):
    for path in paths:
        app.add_url_rule(path, path, lambda: "")


def test_the_navigation_is_by_role(app):
    serve(app, "/track", "/guides", "/desk")
    with app.test_request_context("/orders/3"):
        bar = app.jinja_env.globals["nav_items"]
        assert [item.path for item in bar(None)] == ["/partners", "/track", "/guides"]
        department = bar(auth.User("w", "王", auth.DEPARTMENT))
        assert [item.path for item in department if item.current] == ["/orders"]
        assert "/desk" not in [item.path for item in department]


def test_an_entry_without_its_page_is_not_shown(app):
    serve(app, "/track")
    with app.test_request_context("/track"):
        bar = [item.path for item in app.jinja_env.globals["nav_items"](None)]
    assert bar == ["/partners", "/track"], "what another service serves is known to be there"


def test_the_desks_sections_are_by_permission_and_one_is_current(app):
    serve(app, "/desk", "/my", "/desk/archive", "/figures", "/desk/people", "/desk/<number>")
    bar, row = app.jinja_env.globals["nav_items"], app.jinja_env.globals["nav_sections"]
    officer = auth.User("o", "周", auth.DESK, "340603001003")
    with app.test_request_context("/my"):
        assert [item.path for item in bar(officer) if item.current] == ["/desk"]
        assert [(i.path, i.current) for i in row(officer)] == [
            ("/desk", False),
            ("/my", True),
            ("/desk/archive", False),
            ("/figures", False),
            ("/desk/people", False),
        ]
    with app.test_request_context("/desk/XS-202611-0001-10"):
        assert [item.path for item in row(officer) if item.current] == ["/desk"]
    with app.test_request_context("/messages"):
        assert row(officer) == []


def test_a_supervisor_has_sections_without_a_desk(app):
    serve(app, "/desk", "/my", "/desk/catalogue", "/figures", "/desk/people")
    bar, row = app.jinja_env.globals["nav_items"], app.jinja_env.globals["nav_sections"]
    supervisor = auth.User("s", "孙", auth.SUPERVISOR)
    with app.test_request_context("/figures"):
        assert [i.path for i in row(supervisor)] == ["/desk/catalogue", "/figures", "/desk/people"]
        assert [item.path for item in bar(supervisor) if item.current] == ["/desk/people"]


def test_every_section_has_a_letter_of_its_own():
    letters = [section.key for section in nav.SECTIONS]
    assert all(letters)
    assert len(set(letters)) == len(letters)
    assert nav.LEADER not in letters


# The stylesheet


def tokens(selector):
    block = re.search(rf"^{re.escape(selector)} \{{(.*?)^\}}", CSS, re.DOTALL | re.MULTILINE)
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block.group(1)))


def luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


TEXT_ON = [
    *((text, ground) for text in ("ink", "quiet", "teal", "teal-deep", "late", "soon", "ok")
      for ground in ("surface", "panel", "tint", "teal-wash")),
    ("on-teal", "teal"), ("on-teal", "teal-deep"), ("late", "late-wash"), ("soon", "soon-wash"),
    ("ink", "soon-wash"), ("panel", "soon"), ("panel", "ink"), ("focus-ink", "focus"),
]  # fmt: skip


@pytest.mark.parametrize("mood", [":root", ".wall"])
def test_text_stands_out_from_its_ground(mood):
    colours = tokens(mood)
    weak = {
        f"{text} on {ground}": round(contrast(colours[text], colours[ground]), 2)
        for text, ground in TEXT_ON
        if contrast(colours[text], colours[ground]) < 4.5
    }
    assert weak == {}
    edges = {
        f"{edge} on {ground}"
        for edge in ("edge", "star")
        for ground in ("surface", "panel")
        if contrast(colours[edge], colours[ground]) < 3
    }
    assert edges == set()


def test_no_text_is_smaller_than_sixteen_pixels():
    scale = dict(re.findall(r"--(t\d): ([\d.]+)rem", CSS))
    assert min(float(size) for size in scale.values()) >= 1
    for size in re.findall(r"font-size: ([^;]+);", CSS):
        assert size.startswith("var(--t") or size in {"100%", "125%", "1em", "12pt"}, size
    assert "html.elder { font-size: 125%; }" in CSS


def test_nothing_is_fetched_from_elsewhere():
    for file in [*STATIC.iterdir(), *TEMPLATES.rglob("*.html")]:
        text = file.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "http:" not in text, file
        assert "https:" not in text, file
        assert "url(" not in text, file
