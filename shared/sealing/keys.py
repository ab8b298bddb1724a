"""The keys a service seals personal fields with, and the file they stand in.

One key a line, ``id base64(32 bytes)``; the first line writes, all of them read. A key is never
used itself: HKDF-SM3 makes from it one sub-key for each use.
"""

import base64
import binascii
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import structlog
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import algorithms
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

log = structlog.get_logger(__name__)

KEY_BYTES = 32
DIGEST_BYTES = 16
LOOK_EVERY = 1.0
"""Seconds a process may go on with keys whose file was changed."""
_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")
_SEALING, _INDEX, _AUDIT = (b"baitong/1/" + use for use in (b"sm4-gcm", b"blind-index", b"audit"))


class BadKeys(ValueError):
    """The text of the keys is wrong. Says which line and why, never what stands in it."""


class UnknownKey(LookupError):
    """A value is under a key that this process does not have."""

    def __init__(self, key_id: str, ring: "KeyRing") -> None:
        self.key_id = key_id
        super().__init__(
            f"data keys: there is no key {key_id!r} in {ring.source}, which has "
            f"{', '.join(ring.ids) or 'none'}. Add its line `{key_id} <base64>` again below the"
            " first; without it what is sealed with it cannot be read."
        )


class NoKeys(UnknownKey):
    """A sealed column was used through an engine that was given no keys."""

    def __init__(self, ring: "KeyRing") -> None:
        LookupError.__init__(
            self,
            f"data keys: {ring.source} has none, so no sealed column can be read or written."
            " Make the engine with shared.db.connect(url, keys).",
        )
        self.key_id = ""


@dataclass(frozen=True)
class Key:
    """One key's sub-keys. Shows its id only.

    Attributes:
        id: stands before everything sealed with it.
        sm4: for SM4-GCM.
        index: for blind indexes.
        audit: for the signature of the audit chain's head, 32 bytes.
    """

    id: str
    sm4: algorithms.SM4 = field(repr=False)
    index: HMAC = field(repr=False)
    audit: bytes = field(repr=False)

    @classmethod
    def derive(cls, key_id: str, secret: bytes) -> "Key":
        """The sub-keys of a key."""
        return cls(
            key_id,
            algorithms.SM4(_derived(secret, _SEALING, 16)),
            HMAC(_derived(secret, _INDEX, 32), hashes.SM3()),
            _derived(secret, _AUDIT, 32),
        )

    def digest(self, purpose: str, text: str) -> bytes:
        """The blind index of a text: equal texts of one column have equal ones."""
        mac = self.index.copy()
        mac.update(purpose.encode() + b"\0" + text.encode())
        return mac.finalize()[:DIGEST_BYTES]


class KeyRing:
    """The keys of one process.

    A ring with a file looks at it again, at most once a second, and at once for a key it does not
    know; so a key added to the file needs no restart. A file that became unreadable is said in the
    log, and the keys already read stay.

    Args:
        text: the keys, one a line.
        path: the file they stand in, if they do.
        clock: seconds that only grow.

    Raises:
        BadKeys: a line is not ``id base64(32 bytes)``, an id comes twice, or there is no key.
    """

    def __init__(
        self, text: str, *, path: Path | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.path = path
        self.source = str(path) if path else "DATA_KEYS"
        self._clock = clock
        self._looked = clock()
        self._text = text
        self._keys = _parse(text, self.source)

    @classmethod
    def from_file(cls, path: Path, clock: Callable[[], float] = time.monotonic) -> "KeyRing":
        """The ring of a file.

        Raises:
            BadKeys: as the class, or the file cannot be read.
        """
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeError) as error:
            raise BadKeys(f"{path} cannot be read: {error}") from error
        return cls(text, path=path, clock=clock)

    def __repr__(self) -> str:
        return f"KeyRing({', '.join(self._keys)})"

    @property
    def ids(self) -> tuple[str, ...]:
        """Of all keys, the writing one first."""
        return tuple(self._keys)

    @property
    def first(self) -> Key:
        """The key that writes.

        Raises:
            NoKeys: the ring is empty.
        """
        self._look()
        if not self._keys:
            raise NoKeys(self)
        return next(iter(self._keys.values()))

    def key(self, key_id: str) -> Key:
        """The key with this id.

        Raises:
            UnknownKey: there is none, not even in the file as it is now.
        """
        self._look()
        if key_id not in self._keys:
            self._read()
        if not self._keys:
            raise NoKeys(self)
        if key_id not in self._keys:
            raise UnknownKey(key_id, self)
        return self._keys[key_id]

    def digests(self, purpose: str, text: str) -> list[bytes]:
        """The blind indexes a text may have, one a key."""
        first = self.first
        if not text:
            return [b""]
        others = [key for key in self._keys.values() if key is not first]
        return [key.digest(purpose, text) for key in (first, *others)]

    def matches(self, column: sa.Column[Any], text: str) -> sa.ColumnElement[bool]:
        """Condition: the ``Blind`` column is the index of this text, under whichever key.

        Raises:
            TypeError: the column is no ``Blind``.
        """
        purpose = getattr(column.type, "blind_purpose", None)
        if purpose is None:
            raise TypeError(f"{column}: only a Blind column can be searched by plain text")
        return sa.type_coerce(column, sa.LargeBinary).in_(self.digests(purpose, text))

    def _look(self) -> None:
        if self.path is not None and self._clock() - self._looked >= LOOK_EVERY:
            self._read()

    def _read(self) -> None:
        if self.path is None:
            return
        self._looked = self._clock()
        try:
            text = self.path.read_text(encoding="utf-8")
            if text != self._text:
                self._keys = _parse(text, self.source)
                self._text = text
                log.info("data_keys_read", keys=list(self._keys))
        except (OSError, UnicodeError, BadKeys) as error:
            log.warning("data_keys_not_read", error=str(error), kept=list(self._keys))


class EmptyRing(KeyRing):
    """No keys: whatever is asked of it raises NoKeys."""

    def __init__(self) -> None:
        self.path, self.source = None, "this engine"
        self._keys = {}


def new_line(key_id: str = "") -> str:
    """A line with a fresh random key; its id is the day and four random digits unless given."""
    made = key_id or f"k{time.strftime('%Y%m%d')}-{secrets.token_hex(2)}"
    return f"{made} {base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}"


def _derived(secret: bytes, use: bytes, length: int) -> bytes:
    return HKDF(hashes.SM3(), length, salt=None, info=use).derive(secret)


def _parse(text: str, source: str) -> dict[str, Key]:
    keys: dict[str, Key] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        key = _key_of(line.split(), f"{source}, line {number}")
        if key.id in keys:
            raise BadKeys(f"{source}, line {number}: the id {key.id!r} comes twice. Remove one.")
        keys[key.id] = key
    if not keys:
        raise BadKeys(f"{source}: has no key. Write a line `id base64(32 bytes)` into it.")
    return keys


def _key_of(parts: list[str], where: str) -> Key:
    remedy = "A line is `id base64(32 bytes)`; `python -m services keys new` makes one."
    if len(parts) != 2:  # noqa: PLR2004 - the two parts of a line
        raise BadKeys(f"{where}: has {len(parts)} parts. {remedy}")
    key_id, encoded = parts
    if not _ID.fullmatch(key_id):
        raise BadKeys(f"{where}: the id must be 1 to 32 letters, digits, - or _. {remedy}")
    try:
        secret = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        raise BadKeys(f"{where}: the key {key_id!r} is not base64. {remedy}") from None
    if len(secret) != KEY_BYTES:
        raise BadKeys(f"{where}: the key {key_id!r} has {len(secret)} bytes. {remedy}")
    return Key.derive(key_id, secret)
