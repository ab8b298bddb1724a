"""What came in by Open311: which service it was filed under, and where."""

from dataclasses import dataclass

import sqlalchemy as sa

from shared.sealing import SealedJSON
from shared.types import Moment


@dataclass(frozen=True)
class Open311Tables:
    """All tables of the package."""

    requests: sa.Table


def open311_tables(metadata: sa.MetaData) -> Open311Tables:
    """Add them to intake's metadata."""
    return Open311Tables(
        sa.Table(
            "open311_requests",
            metadata,
            sa.Column("case_number", sa.String(40), primary_key=True),
            sa.Column("service_code", sa.String(20), nullable=False),
            sa.Column("at", Moment, nullable=False, index=True),
            # Coordinates, device and address of a photo: where somebody was is personal.
            sa.Column("given", SealedJSON("open311_requests.given"), nullable=False),
        )
    )
