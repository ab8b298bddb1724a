"""What a file is called when it is saved: header lines hold Latin letters only, names do not."""

import unicodedata
from urllib.parse import quote


def disposition(how: str, name: str) -> str:
    """Give a Content-Disposition line for a file of this name, in any language (RFC 6266).

    Args:
        how: ``inline`` or ``attachment``.
        name: as people know it.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    kept = "".join(char for char in plain if char.isalnum() or char in "-_. ").strip() or "file"
    stem = kept if not kept.startswith(".") else f"file{kept}"
    return f"{how}; filename=\"{stem}\"; filename*=UTF-8''{quote(name, safe='')}"
