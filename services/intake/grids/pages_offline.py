"""What a phone keeps to work without a network: a page that says so, and the worker's script.

Nothing kept by the service worker names a whole person: the report form shows masked names, and
lists of the day are not kept at all.
"""

import hashlib
import json

import flask

from services.intake.grids.pages_blueprint import blueprint
from shared.web.app import STATIC, asset
from shared.web.auth import public

WORKER = STATIC / "field-worker.js"
SHELL = ("baitong.css", "intake.css", "grids.css", "baitong.js", "field.js", "mark.svg")
"""Files of shared/web/static that the phone keeps."""
PAGES = ("/field/offline", "/field/new")


@blueprint.get("/field/offline")
@public("front.read")
def offline() -> str:
    """What the phone shows of /field without a network: what waits, and a way to a new report."""
    return flask.render_template("grids/field_offline.html")


@blueprint.get("/field/worker.js")
@public("front.read")
def worker() -> flask.Response:
    """The service worker with what it keeps; it changes whenever a kept file does."""
    kept = [asset(name) for name in SHELL]
    script = WORKER.read_text(encoding="utf-8")
    version = hashlib.sha256((script + "".join(kept)).encode()).hexdigest()[:12]
    head = f"const KEPT = {json.dumps({'version': version, 'files': kept, 'pages': PAGES})};\n"
    response = flask.Response(head + script, content_type="text/javascript; charset=utf-8")
    response.headers["Service-Worker-Allowed"] = "/field"
    response.headers["Cache-Control"] = "no-cache"
    return response
