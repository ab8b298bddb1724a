"""How long residents' data stays, for the administrator: what is kept, and what would go now."""

import flask
from werkzeug.wrappers import Response

from services.intake.pages_common import named_choice, runtime
from services.intake.rights import actions_retention
from services.intake.rights.queries import Due
from services.intake.rights.retention import MATTERS, REFUSALS, REQUESTS
from shared.web.auth import requires
from shared.web.i18n import gettext, ngettext

blueprint = flask.Blueprint("retention", __name__)


@blueprint.get("/desk/retention")
@requires("retention.run")
def dry_run() -> str:
    """What would go now, in numbers: an administrator reads no matter."""
    found = actions_retention.what_is_due(runtime())
    return flask.render_template(
        "intake/retention.html",
        found=[(_named(one), one) for one in found],
        due=sum(one.due for one in found),
    )


@blueprint.post("/desk/retention")
@requires("retention.run")
def run_now() -> Response:
    """Forget a round of it now; the timer goes on with the rest."""
    gone = actions_retention.run(runtime())
    flask.flash(ngettext("删除了 %(num)s 件。", "删除了 %(num)s 件。", gone), "done")
    return flask.redirect("/desk/retention", code=303)


def _named(one: Due) -> str:
    special = {
        REFUSALS: gettext("不予出具告知书"),
        REQUESTS: gettext("个人信息请求的登记"),
        MATTERS: gettext("协商事项"),
    }
    return special.get(one.period.kind) or named_choice("kinds", one.period.kind)
