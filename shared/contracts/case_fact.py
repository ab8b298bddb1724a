"""What every fact about a case carries, and an example of it."""

from marshmallow import fields, validate

from shared.contracts.contract import ContractSchema
from shared.contracts.fields import Community, Officer, Person, identifier, nested, text

NUMBER = "XS-261121-00042-7"
COMMUNITY = {"code": "340603002001", "name": "供电社区"}
OWNER = {"username": "desk", "name": "李敏"}
APPLICANT = {"name": "王建国", "phone": "13805610000"}
NOW = "2026-11-21T09:12:00+08:00"


class CaseFact(ContractSchema):
    """What every fact about a case carries."""

    number = identifier()
    title = text(200, required=True)
    community = nested(Community, required=True)
    owner = nested(Officer, required=True)
    applicant = nested(Person, required=True)
    state = text(30, required=True)
    language = fields.String(load_default="zh", validate=validate.OneOf(["zh", "en"]))


FACT = {
    "number": NUMBER,
    "title": "楼下烧烤店夜间噪声扰民",
    "community": COMMUNITY,
    "owner": OWNER,
    "applicant": APPLICANT,
    "state": "accepted",
    "language": "zh",
}
