"""The pages of deliberation: the desk's, and what everybody may read."""

from collections.abc import Mapping
from typing import Any

import flask
import marshmallow as ma
from werkzeug.wrappers import Response

from services.intake.deliberation import actions, schemas
from services.intake.deliberation.matter import STATES, Matter
from services.intake.deliberation.pack import own_platforms, pack_for
from services.intake.pages_common import actor, lang, refuse, runtime
from services.intake.reason import Forbidden, Rejected, Unknown
from shared.permissions import Place, may
from shared.web.auth import public, requires, shows, signed_in
from shared.web.forms import Form, page_asked, read_form, typed
from shared.web.i18n import gettext, msgid
from shared.web.problem import field_errors

blueprint = flask.Blueprint("deliberation_pages", __name__)
LABELS = {
    "title": msgid("什么事"),
    "kind": msgid("事由"),
    "story": msgid("来龙去脉"),
    "parties": msgid("哪些方"),
    "source": msgid("来自哪个办件或民情"),
    "at": msgid("什么时候开的"),
    "platform": msgid("在哪个平台"),
    "place": msgid("地点"),
    "attendance": msgid("各方到了几人、说了什么"),
    "agreed": msgid("谈到哪一步"),
    "text": msgid("做什么"),
    "party": msgid("哪一方"),
    "who": msgid("谁"),
    "due": msgid("什么时候以前"),
    "task": msgid("哪一项任务"),
    "note": msgid("说明"),
    "what": msgid("出什么"),
    "yuan": msgid("多少元"),
    "question": msgid("表决什么"),
    "entitled": msgid("应到人数"),
    "present": msgid("实到人数"),
    "votes_for": msgid("同意"),
    "votes_against": msgid("反对"),
    "abstained": msgid("弃权"),
    "score": msgid("评价"),
    "words": msgid("说明"),
    "reason": msgid("理由"),
    "result": msgid("结果"),
    "name": msgid("姓名"),
    "phone": msgid("手机号"),
}
TITLES = {
    "meet": msgid("记一次会"),
    "task": msgid("分一项任务"),
    "task-done": msgid("任务办完了"),
    "means": msgid("记一笔筹措"),
    "decide": msgid("记一次表决"),
    "grade": msgid("记居民评价"),
    "advance": msgid("走下一步"),
    "settle": msgid("办成了"),
    "fail": msgid("没谈成"),
    "drop": msgid("不再协商"),
    "reopen": msgid("重新打开"),
    "publish": msgid("公开结果"),
    "unpublish": msgid("收回公开"),
    "case": msgid("转为办件"),
    "raise": msgid("提出"),
    "forget": msgid("按规定删除了个人信息"),
}
"""What each action is called, on its button and in the history."""
_HERE = "/desk/deliberation"
_SIZE = 20


@blueprint.get("/desk/deliberation")
@requires("deliberation.read")
def matters() -> str:
    """The list, and how many disputes were settled this year."""
    chosen = {name: flask.request.args.get(name, "")[:20] for name in ("state", "kind")}
    page = page_asked()
    asked = chosen | {"community": "", "page": page, "page_size": _SIZE}
    found, total = actions.search(runtime(), actor(), asked)
    return flask.render_template(
        "deliberation/matters.html",
        found=[(one, _row(one)) for one in found],
        page=page,
        pages=-(-total // _SIZE),
        total=total,
        chosen=chosen,
        disputes=actions.disputes(runtime(), actor(), "", (None, None)),
        states={code: names[lang() == "en"] for code, names in STATES.items()},
        manages=may(signed_in(), "deliberation.manage"),
        **_words(),
    )


@blueprint.route("/desk/deliberation/new", methods=["GET", "POST"])
@requires("deliberation.manage")
def new() -> str | Response | tuple[str, int]:
    """Raise a matter."""
    form = Form({"source": flask.request.args.get("source", "")[:40], "parties": _must()})
    if flask.request.method == "POST":
        form = read_form(schemas.MatterBody())
        if form.ok:
            try:
                made = actions.raise_matter(runtime(), actor(), form.data)
            except Rejected as rejected:
                refuse(form, rejected, LABELS)
            else:
                flask.flash(gettext("已提出 %(number)s。", number=made.number), "done")
                return flask.redirect(f"{_HERE}/{made.number}", code=303)
    shown = flask.render_template("deliberation/new.html", form=form, **_words())
    return shown if form.ok else (shown, 422)


@blueprint.get("/desk/deliberation/<number>")
@requires("deliberation.read")
def matter(number: str) -> str:
    """One matter: where it stands, and what comes next."""
    return _page(number, Form())


@blueprint.post("/desk/deliberation/<number>/<verb>")
@requires("deliberation.manage")
@shows("deliberation.read")
def act(number: str, verb: str) -> Response | tuple[str, int]:
    """Do one thing with it."""
    if verb not in actions.ACTS:
        flask.abort(404)
    form = _meeting() if verb == "meet" else read_form(actions.ACTS[verb].body())
    if form.ok:
        try:
            actions.act(runtime(), actor(), number, verb, form.data)
        except (Forbidden, Unknown):
            raise  # of no form: it is another's, or not there
        except Rejected as rejected:
            refuse(form, rejected, LABELS)
        else:
            flask.flash(gettext("已记下：%(what)s。", what=gettext(TITLES[verb])), "done")
            return flask.redirect(f"{_HERE}/{number}", code=303)
    return _page(number, form, verb), 422


@blueprint.get("/talk")
@public("deliberation.open")
def talk() -> str:
    """What was decided together, for everybody."""
    page = page_asked()
    community = flask.request.args.get("community", "")[:12]
    found, total = actions.talk(runtime(), community, page, _SIZE)
    return flask.render_template(
        "deliberation/talk.html",
        found=[actions.talk_json(runtime(), one) for one in found],
        community=community,
        communities=runtime().district.communities,
        page=page,
        pages=-(-total // _SIZE),
        total=total,
        **_words(),
    )


@blueprint.get("/talk/<number>")
@public("deliberation.open")
def decided(number: str) -> str:
    """One decision, for everybody; what was not made public is not there."""
    one = actions.made_public(runtime(), number)
    return flask.render_template(
        "deliberation/decided.html", one=actions.talk_json(runtime(), one), **_words()
    )


def _page(number: str, form: Form, sent: str = "") -> str:
    found, history = actions.get(runtime(), actor(), number)
    pack = pack_for(runtime().district)
    codes = [one.code for one in pack.steps]
    manages = may(signed_in(), "deliberation.manage", Place(community=found.community))
    return flask.render_template(
        "deliberation/matter.html",
        one=found,
        row=_row(found),
        history=[
            {
                "at": line.at,
                "who": line.who,
                "what": gettext(TITLES[line.action]),
                "note": line.note,
            }
            for line in history
        ],
        step_names=[actions.named(step) for step in pack.steps],
        step_at=codes.index(pack.step(found.step).code) + 1,
        step_needs=pack.step(found.step).needs,
        may_skip=pack.step(found.step).may_skip,
        verbs=actions.actions_of(found) if manages else [],
        form=form,
        sent=sent,
        blank=Form(),
        **_words(),
    )


def _row(one: Matter) -> dict[str, Any]:
    return actions.row_json(runtime(), one) | {
        "kind_name": actions.named(pack_for(runtime().district).kind(one.kind)),
        "community_name": actions.community_name(runtime(), one.community),
    }


def _words() -> dict[str, Any]:
    """The pack's lists and the fields' names, in the reader's language."""
    pack = pack_for(runtime().district)

    def choices(listing: Any) -> list[tuple[str, str]]:
        return [(one.code, actions.named(one)) for one in listing]

    return {
        "kinds": choices(pack.kinds),
        "parties": choices(pack.parties),
        "platforms": choices(pack.platforms),
        "meeting_places": [actions.named(one) for one in own_platforms(runtime().district)],
        "party_names": dict(choices(pack.parties)),
        "labels": {name: gettext(label) for name, label in LABELS.items()},
        "titles": {name: gettext(title) for name, title in TITLES.items()},
    }


def _must() -> list[str]:
    return [one.code for one in pack_for(runtime().district).parties if one.must_attend]


def _meeting() -> Form:
    """The minutes: a line for each party, of which those who came are kept."""
    plain = {name: _last(name) for name in ("at", "platform", "place", "agreed")}
    parties = pack_for(runtime().district).parties
    lines = {
        code: (_last(f"people_{code}"), _last(f"said_{code}"))
        for code in (one.code for one in parties)
    }
    values: dict[str, Any] = plain | {
        f"{name}_{code}": text
        for code, line in lines.items()
        for name, text in zip(("people", "said"), line, strict=True)
    }
    came = [
        {"party": code, "people": people or "0", "said": said}
        for code, (people, said) in lines.items()
        if people or said
    ]
    form = Form(values)
    given: Mapping[str, Any] = {name: text for name, text in plain.items() if text}
    try:
        form.data = schemas.MeetBody().load(dict(given) | {"attendance": came})
    except ma.ValidationError as error:
        form.refuse(*field_errors(error.messages))
    return form


def _last(name: str) -> str:
    return (typed(name) or [""])[-1]
