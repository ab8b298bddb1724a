"""The words a title is found by: pairs of neighbouring Chinese characters, and words of letters.

Chinese writes no spaces, and a wrong cut would hide a matter; pairs need no dictionary. A title is
found by every text of two or more characters that stands in it (and by few that do not: all pairs
must be there, in whatever order).
"""

import hashlib
import re
import unicodedata

_RUN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]+|[a-z0-9]+")
_FIRST_CHINESE = "\u3400"
MOST_WORDS = 8
"""Of a search; more narrow it no further."""
KEY_BYTES = 8


def words_of(text: str) -> tuple[str, ...]:
    """The words of a title, or of what is looked for; each once, in their order."""
    plain = unicodedata.normalize("NFKC", text).lower()
    found = (word for run in _RUN.findall(plain) for word in _words(run))
    return tuple(dict.fromkeys(found))


def _words(run: str) -> list[str]:
    if run[0] < _FIRST_CHINESE:
        return [run]
    return [run[n : n + 2] for n in range(len(run) - 1)]


def key_of(community: str, word: str) -> int:
    """What stands for a word within one community: a signed number of 8 bytes.

    One number instead of two texts makes the largest table of the archive half as large, and the
    community in it keeps a search within its own; two words that share one are as good as none.
    """
    said = hashlib.blake2b(f"{community}\0{word}".encode(), digest_size=KEY_BYTES)
    return int.from_bytes(said.digest(), "big", signed=True)
