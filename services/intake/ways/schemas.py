"""What the JSON API takes for ways, promises, refusals, public notices and hand-over."""

from marshmallow import Schema, fields, validate


def _text(most: int, about: str, *, required: bool = True) -> fields.String:
    length = validate.Length(min=1 if required else 0, max=most)
    if required:
        return fields.String(validate=length, required=True, metadata={"description": about})
    return fields.String(validate=length, load_default="", metadata={"description": about})


class WayIn(Schema):
    """How it is handled."""

    way = _text(20, "on_the_spot, on_behalf, accompanied or at_home")


class PromiseIn(Schema):
    """Minor materials promised in writing (A24)."""

    materials = fields.List(
        _text(200, "Material"), required=True, validate=validate.Length(min=1, max=50)
    )
    reason = _text(500, "Why they are not here")


class CaseRefuseIn(Schema):
    """A written refusal (A38)."""

    reason = _text(1000, "Why, in words the applicant reads")
    ground = _text(300, "By which rule", required=False)


class PublishIn(Schema):
    """A public notice."""

    place = _text(60, "Where it hangs; the pack's place where left out", required=False)


class ObjectionIn(Schema):
    """An objection to what is in public notice."""

    objection = _text(1000, "What somebody objects")


class HandOverIn(Schema):
    """To another first responder (B14)."""

    to = _text(60, "Username of an officer of the same community")
    reason = _text(1000, "Why")
