"""The pages of routing: what is where. Orders in ``pages_orders``, ``/supervise`` in its own."""

import flask

from services.routing import pages_orders, pages_supervise

pages = flask.Blueprint("pages", __name__, static_folder="static", static_url_path="/orders/static")

for _address, _view, _methods in (
    ("/orders", pages_orders.orders, ["GET"]),
    ("/orders/rows", pages_orders.rows, ["GET"]),
    ("/orders/sign", pages_orders.sign, ["POST"]),
    ("/orders/person", pages_orders.person, ["POST"]),
    ("/orders/<number>", pages_orders.order, ["GET"]),
    ("/orders/<number>/reveal", pages_orders.reveal, ["POST"]),
    ("/orders/<number>/<verb>", pages_orders.act, ["POST"]),
    ("/supervise", pages_supervise.supervise, ["GET"]),
    ("/supervise/parts", pages_supervise.parts, ["GET"]),
):
    pages.add_url_rule(_address, view_func=_view, methods=_methods)
