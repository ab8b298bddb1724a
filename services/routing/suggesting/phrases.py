"""What a text says, cut into pieces that can be counted: its characters and pairs of them.

Only Chinese characters count. Numbers, letters and signs are left out before anything is counted,
so no telephone, identity or plate number can become a piece.
"""

import re

_RUNS = re.compile(r"[\u4e00-\u9fff]+")


def pieces(text: str) -> frozenset[str]:
    """Every Chinese character of the text and every two that stand side by side."""
    found: set[str] = set()
    for run in _RUNS.findall(text):
        found.update(run)
        found.update(pairs(run))
    return frozenset(found)


def pairs(run: str) -> frozenset[str]:
    """Every two neighbouring characters with no space between them."""
    return frozenset(run[i : i + 2] for i in range(len(run) - 1) if " " not in run[i : i + 2])
