"""What partners 合伙人 says: what became of a need."""

from marshmallow import fields, validate

from shared.contracts.case_fact import APPLICANT, NUMBER
from shared.contracts.contract import Contract, ContractSchema
from shared.contracts.fields import Person, identifier, nested, text


class NeedFact(ContractSchema):
    """What every fact about a need carries."""

    need = text(40, required=True)
    case_number = identifier()
    title = text(200, required=True)
    partner = text(100, load_default="")
    note = text(1000, load_default="")
    applicant = nested(Person, required=True)
    partner_code = text(40, load_default="")
    points = fields.Integer(load_default=0, validate=validate.Range(min=0))
    language = fields.String(load_default="zh", validate=validate.OneOf(["zh", "en"]))


FACT = {
    "need": f"{NUMBER}-n1",
    "case_number": NUMBER,
    "title": "上门维修水管",
    "partner": "暖心商户联盟",
    "note": "",
    "applicant": APPLICANT,
    "partner_code": "demo-nuanxin",
    "points": 0,
    "language": "zh",
}

offered = Contract(
    "need.offered",
    1,
    "partners",
    ("intake",),
    NeedFact,
    FACT | {"partner": "", "partner_code": "", "note": "3 家"},
    "The need was offered to matching partners.",
)
accepted = Contract(
    "need.accepted", 1, "partners", ("intake", "notify"), NeedFact, FACT, "A partner will meet it."
)
fulfilled = Contract(
    "need.fulfilled",
    1,
    "partners",
    ("intake", "notify"),
    NeedFact,
    FACT,
    "The partner says it is done.",
)
confirmed = Contract(
    "need.confirmed",
    1,
    "partners",
    ("intake",),
    NeedFact,
    FACT | {"points": 20},
    "Both sides say it is done; points were given.",
)
unmet = Contract(
    "need.unmet",
    1,
    "partners",
    ("intake",),
    NeedFact,
    FACT | {"partner": "", "partner_code": "", "note": "无匹配伙伴"},
    "Nobody can meet it.",
)

CONTRACTS = (offered, accepted, fulfilled, confirmed, unmet)
