"""The JSON API of points: passbooks, the ledger, rewards and vouchers."""

from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from typing import Any

from services.partners import access, handlers_points, ledger_store, queries, schemas
from services.partners import queries_points as points
from services.partners.api import here, whole
from services.partners.reward import Redemption
from shared.db import Transaction
from shared.web import auth
from shared.web.blueprint import ApiBlueprint

blueprint = ApiBlueprint("points-api", __name__, url_prefix="/api/partners")


@blueprint.route("/passbooks/<owner>")
@auth.requires("passbook.read")
@blueprint.arguments(schemas.PageQuery, location="query")
@blueprint.response(200, schemas.Passbook)
def get_passbook(query: dict[str, int], owner: str) -> Mapping[str, Any]:
    """A passbook: its own partner's and staff's to see."""
    access.admit_to_passbook(auth.signed_in(), owner)
    with here().database.read() as connection:
        found = points.passbook(connection, owner, query["page"], query["page_size"])
        return vars(found) | {"owner": owner, "balance": points.balance(connection, owner)}


@blueprint.route("/ledger")
@auth.requires("ledger.read")
@blueprint.arguments(schemas.PageQuery, location="query")
@blueprint.response(200, schemas.EntryList)
def list_entries(query: dict[str, int]) -> Mapping[str, Any]:
    """Every entry, newest first."""
    with here().database.read() as connection:
        return vars(points.ledger(connection, query["page"], query["page_size"]))


@blueprint.route("/ledger/verify")
@auth.requires("ledger.read")
@blueprint.response(200, schemas.Verified)
def verify() -> Mapping[str, Any]:
    """Recompute everything; names the first mismatch."""
    with here().database.read() as connection:
        mismatch = ledger_store.verify(connection)
        sums = points.totals(connection)
    return sums | {"sound": mismatch is None, "mismatch": mismatch and asdict(mismatch)}


@blueprint.route("/rewards")
@auth.public("partner.list")
@blueprint.response(200, schemas.RewardList)
def list_rewards() -> Mapping[str, Any]:
    """What points buy."""
    with here().database.read() as connection:
        return whole(points.list_rewards(connection))


@blueprint.route("/rewards/<code>/redeem", methods=["POST"])
@auth.requires("reward.redeem")
@blueprint.arguments(schemas.Redeem)
@blueprint.response(201, schemas.Voucher)
def redeem(data: dict[str, str | None], code: str) -> Redemption:
    """Points for a voucher."""
    return do_redeem(code, data["request"])


def do_redeem(code: str, request: str | None) -> Redemption:
    """Redeem for the signed-in partner, by API or page.

    Raises:
        Refused, Unknown: as ``handlers_points.redeem``.
    """
    user = auth.signed_in()
    owner = access.own_partner(user)
    wish = partial(handlers_points.redeem, owner=owner, code=code, by=user.name, request=request)
    return here().database.run(wish)


@blueprint.route("/redemptions")
@auth.requires("voucher.read")
@blueprint.arguments(schemas.PageQuery, location="query")
@blueprint.response(200, schemas.VoucherList)
def list_vouchers(query: dict[str, int]) -> Mapping[str, Any]:
    """Vouchers: staff see all, a partner its own."""
    user = auth.signed_in()
    owner = "" if access.is_staff(user) else access.own_partner(user)
    with here().database.read() as connection:
        found = points.vouchers(owner=owner)
        return vars(queries.page_of(connection, found, query["page"], query["page_size"]))


@blueprint.route("/redemptions/<voucher>/cancel", methods=["POST"])
@auth.requires("voucher.settle")
@blueprint.response(200, schemas.Voucher)
def cancel(voucher: str) -> Redemption:
    """Undo a redemption before it is handed over: the points come back."""
    return do_cancel(voucher)


def do_cancel(voucher: str) -> Redemption:
    """Cancel for the signed-in person, by API or page.

    Raises:
        Refused, Unknown: as ``handlers_points.cancel``.
    """
    user = auth.signed_in()
    owner = None if access.is_staff(user) else access.own_partner(user)

    def undo(tx: Transaction) -> Redemption:
        before = handlers_points.load(tx, voucher)
        access.admit_to_voucher(user, before, before.owner)
        return handlers_points.cancel(tx, voucher, owner, user.name)

    return here().database.run(undo)


@blueprint.route("/redemptions/<voucher>/hand-over", methods=["POST"])
@auth.requires("voucher.settle")
@blueprint.response(200, schemas.Voucher)
def hand_over(voucher: str) -> Redemption:
    """The reward was given."""
    return do_hand_over(voucher)


def do_hand_over(voucher: str) -> Redemption:
    """Hand over for the signed-in person, by API or page.

    Raises:
        Refused, Unknown: as ``handlers_points.hand_over``.
    """
    user = auth.signed_in()
    giver = None if access.is_staff(user) else access.own_partner(user)

    def give(tx: Transaction) -> Redemption:
        before = handlers_points.load(tx, voucher)
        access.admit_to_voucher(user, before, before.partner)
        return handlers_points.hand_over(tx, voucher, giver, user.name)

    return here().database.run(give)
