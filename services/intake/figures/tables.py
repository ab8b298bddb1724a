"""The table of figures: counts and sums of a day or a month, by place, item and channel.

It grows with days and with what there is to tell apart, not with cases. Every case that was
archived is in it exactly once; the others are counted as they are (`queries.live`).
"""

import sqlalchemy as sa

from services.intake.figures.counted import COUNTED

DAY, MONTH = "day", "month"
WHOLE = "*"
"""Stands for every community together, and for every item and channel of one community."""


def figure_table(metadata: sa.MetaData) -> sa.Table:
    """Add it to intake's metadata. `grain` is DAY or MONTH, `start` the (first) day of it."""
    return sa.Table(
        "figure_days",
        metadata,
        sa.Column("grain", sa.String(5), primary_key=True),
        sa.Column("community", sa.String(12), primary_key=True),
        sa.Column("start", sa.Date, primary_key=True),
        sa.Column("item", sa.String(40), primary_key=True),
        sa.Column("channel", sa.String(30), primary_key=True),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in COUNTED),
    )
