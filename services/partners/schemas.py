"""What the API takes and answers."""

import marshmallow as ma
from marshmallow import fields, validate

from services.partners import need, partner
from shared import inputs

MOST_A_PAGE = 100
LAST_PAGE = 100_000
"""A page beyond it makes an offset that no database can count to."""


class PageQuery(ma.Schema):
    """Which page."""

    page = fields.Integer(load_default=1, validate=validate.Range(min=1, max=LAST_PAGE))
    page_size = fields.Integer(load_default=20, validate=validate.Range(min=1, max=MOST_A_PAGE))


class PageAnswer(ma.Schema):
    """A list."""

    page = fields.Integer()
    page_size = fields.Integer()
    total = fields.Integer()


class Category(ma.Schema):
    """A kind of need; ``confirmed`` false: its points are still to be confirmed by the district."""

    code = fields.String()
    name = fields.String()
    name_en = fields.String()
    points = fields.Integer()
    confirmed = fields.Boolean()


class CategoryList(PageAnswer):
    """All of them."""

    items = fields.List(fields.Nested(Category))


class Offering(ma.Schema):
    """A line of the service or resource list."""

    list = fields.String(required=True, validate=validate.OneOf(list(partner.LISTS)))
    category = fields.String(required=True, validate=validate.Length(max=40))
    name = fields.String(required=True, validate=validate.Length(min=1, max=100))
    name_en = fields.String(load_default="", validate=validate.Length(max=200))
    terms = fields.String(load_default="", validate=validate.Length(max=200))
    terms_en = fields.String(load_default="", validate=validate.Length(max=200))
    confirmed = fields.Boolean(dump_only=True)


class NewPartner(ma.Schema):
    """A partner who registers."""

    code = fields.String(
        required=True,
        validate=validate.Regexp(
            "^(?!(?:join|needs|static)$)[a-z][a-z0-9-]{1,39}$",
            error="代号用小写字母、数字和连字符，以字母开头",
        ),
    )
    name = fields.String(required=True, validate=validate.Length(min=1, max=100))
    name_en = fields.String(load_default="", validate=validate.Length(max=200))
    kind = fields.String(required=True, validate=validate.OneOf(list(partner.KINDS)))
    about = fields.String(load_default="", validate=validate.Length(max=1000))
    about_en = fields.String(load_default="", validate=validate.Length(max=1000))
    credit_code = inputs.CreditCode()
    contact = fields.String(load_default="", validate=validate.Length(max=60))
    phone = inputs.Phone()
    communities = fields.List(
        inputs.CommunityCode(required=True), load_default=list, validate=validate.Length(max=500)
    )
    capacity = fields.Integer(load_default=3, validate=validate.Range(min=1, max=100))
    offerings = fields.List(
        fields.Nested(Offering), required=True, validate=validate.Length(min=1, max=50)
    )


class Partner(NewPartner):
    """A partner; contact and telephone are shown to staff only."""

    state = fields.String()
    origin = fields.String()
    sources = fields.List(fields.String())


class PartnerList(PageAnswer):
    """Partners."""

    items = fields.List(fields.Nested(Partner))


class PartnerQuery(PageQuery):
    """Which partners. ``state`` other than approved is for supervisor and admin."""

    category = fields.String(load_default="", validate=validate.Length(max=40))
    community = fields.String(load_default="", validate=validate.Length(max=12))
    state = fields.String(
        load_default=partner.APPROVED, validate=validate.OneOf(list(partner.STATES))
    )


class NeedQuery(PageQuery):
    """Which needs."""

    state = fields.String(load_default="", validate=validate.OneOf(["", *need.STATES]))
    case = fields.String(load_default="", validate=validate.Length(max=60))
    category = fields.String(load_default="", validate=validate.Length(max=40))
    community = fields.String(load_default="", validate=validate.Length(max=12))


class Reason(ma.Schema):
    """Why a partner was chosen."""

    text = fields.String()


class Offer(ma.Schema):
    """A need shown to a partner."""

    partner = fields.String()
    name = fields.String()
    state = fields.String()
    score = fields.Integer()
    reasons = fields.List(fields.String())
    offered_at = fields.AwareDateTime()
    answered_at = fields.AwareDateTime(allow_none=True)


class Step(ma.Schema):
    """What happened to a need."""

    at = fields.AwareDateTime()
    action = fields.String()
    state = fields.String()
    who = fields.String()
    note = fields.String()


class Need(ma.Schema):
    """A need, masked; the whole is seen by `reveal`, with a reason."""

    number = fields.String()
    case_number = fields.String()
    title = fields.String()
    category = fields.String()
    wish = fields.String()
    location = fields.String()
    community = fields.String()
    community_name = fields.String()
    owner_name = fields.String()
    applicant = fields.String()
    phone = fields.String()
    state = fields.String()
    partner = fields.String(allow_none=True)
    note = fields.String()
    points = fields.Integer()
    raised_at = fields.AwareDateTime()
    offered_at = fields.AwareDateTime(allow_none=True)
    changed_at = fields.AwareDateTime()
    version = fields.Integer()


class NeedDetail(Need):
    """A need with its offers (staff see all, a partner its own) and its history."""

    offers = fields.List(fields.Nested(Offer))
    timeline = fields.List(fields.Nested(Step))
    may_reveal = fields.Boolean(metadata={"description": "Whether the reader may see the whole"})


class NeedList(PageAnswer):
    """Needs."""

    items = fields.List(fields.Nested(Need))


class Note(ma.Schema):
    """A remark."""

    note = fields.String(load_default="", validate=validate.Length(max=1000))


class NoteRequired(ma.Schema):
    """A remark that must be there."""

    note = fields.String(required=True, validate=validate.Length(min=1, max=1000))


class Partners(ma.Schema):
    """To whom a need is offered by hand."""

    partners = fields.List(
        fields.String(validate=validate.Length(max=40)),
        required=True,
        validate=validate.Length(min=1, max=50),
    )


class PassbookLine(ma.Schema):
    """A line of a passbook; ``balance`` after it."""

    number = fields.String()
    kind = fields.String()
    about = fields.String()
    note = fields.String()
    at = fields.AwareDateTime()
    amount = fields.Integer()
    balance = fields.Integer()


class Passbook(PageAnswer):
    """A passbook."""

    owner = fields.String()
    balance = fields.Integer()
    items = fields.List(fields.Nested(PassbookLine))


class Posting(ma.Schema):
    """An amount on an account."""

    account = fields.String()
    amount = fields.Integer()


class Entry(ma.Schema):
    """An entry; its postings sum to zero."""

    number = fields.String()
    kind = fields.String()
    about = fields.String()
    note = fields.String()
    by = fields.String()
    at = fields.AwareDateTime()
    postings = fields.List(fields.Nested(Posting))


class EntryList(PageAnswer):
    """The ledger."""

    items = fields.List(fields.Nested(Entry))


class Mismatch(ma.Schema):
    """Where the ledger is wrong."""

    what = fields.String()
    code = fields.String()
    found = fields.Integer()
    expected = fields.Integer()


class Verified(ma.Schema):
    """Whether every entry is balanced and every balance the sum of its postings."""

    sound = fields.Boolean()
    mismatch = fields.Nested(Mismatch, allow_none=True)
    issued = fields.Integer()
    redeemed = fields.Integer()
    held = fields.Integer()


class Reward(ma.Schema):
    """What points buy."""

    code = fields.String()
    name = fields.String()
    name_en = fields.String()
    terms = fields.String()
    terms_en = fields.String()
    price = fields.Integer()
    left = fields.Integer()
    partner = fields.String(allow_none=True)
    partner_name = fields.String(allow_none=True)


class RewardList(PageAnswer):
    """Rewards."""

    items = fields.List(fields.Nested(Reward))


class Redeem(ma.Schema):
    """A wish. ``request`` names it: sent twice with the same, it is one voucher."""

    request = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=64))


class Voucher(ma.Schema):
    """A voucher."""

    voucher = fields.String()
    reward = fields.String()
    owner = fields.String()
    price = fields.Integer()
    state = fields.String()
    partner = fields.String(allow_none=True)
    redeemed_at = fields.AwareDateTime()
    settled_at = fields.AwareDateTime(allow_none=True)


class VoucherList(PageAnswer):
    """Vouchers."""

    items = fields.List(fields.Nested(Voucher))
