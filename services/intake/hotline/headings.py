"""Headings of columns as people write them, compared without what they add.

Imports nothing much, as the process that reads spreadsheets needs it and should start soon.
"""

import re

_ADDED = re.compile(r"[\s*＊:：]|（[^）]*）|\([^)]*\)")
"""Blanks, stars, colons, and remarks in brackets."""


def plain(heading: str) -> str:
    """A heading without what people add to it; as it is if nothing else were left."""
    return _ADDED.sub("", heading) or heading.strip()
