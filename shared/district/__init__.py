"""A district as data: `load("xiangshan")` reads, checks and returns it. See docs/district-pack.md.

Services read files of their own in the pack with `read_part(district.path, "routing.yml", Schema)`.
"""

from shared.district.loading import DISTRICTS, load
from shared.district.model import (
    Choice,
    Community,
    Department,
    District,
    Fact,
    Grade,
    Item,
    Limit,
    Material,
    NotIssued,
    OutOfScope,
    Rules,
    ServiceHours,
    Staff,
)
from shared.district.reading import Document, PackError, Problem, read_part

__all__ = [
    "DISTRICTS",
    "Choice",
    "Community",
    "Department",
    "District",
    "Document",
    "Fact",
    "Grade",
    "Item",
    "Limit",
    "Material",
    "NotIssued",
    "OutOfScope",
    "PackError",
    "Problem",
    "Rules",
    "ServiceHours",
    "Staff",
    "load",
    "read_part",
]
