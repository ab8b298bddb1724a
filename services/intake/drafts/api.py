"""The JSON API of drafts, below ``/api/intake``."""

from shared.web.blueprint import ApiBlueprint

api = ApiBlueprint("drafts", __name__, url_prefix="/api/intake", description="Drafts")
