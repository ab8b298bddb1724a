"""The pages of grids: the phone's, the desk's, and the one for passers-by."""

from services.intake.grids import (
    pages_care,
    pages_field,
    pages_notices,
    pages_offline,
    pages_reports,
    pages_snap,
)
from services.intake.grids.pages_blueprint import blueprint

PARTS = (pages_field, pages_offline, pages_reports, pages_notices, pages_care, pages_snap)
"""Each hangs its views on the blueprint when it is imported."""
__all__ = ["PARTS", "blueprint"]
