"""Sealing one value: SM4-GCM, bound to the column it stands in.

A sealed value is: format (1 byte), length of the key's id (1), the id, nonce (12), ciphertext, tag
(16). Format, id and purpose are authenticated with it. The nonce is random: a key should be rotated
before it sealed 2**32 values (NIST SP 800-38D, 8.3).
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, modes

from shared.sealing.keys import KeyRing

FORMAT = 1
NONCE_BYTES = 12
TAG_BYTES = 16


class Tampered(ValueError):
    """A sealed value is not what was written into this column."""

    def __init__(self, purpose: str, reason: str) -> None:
        self.purpose = purpose
        super().__init__(
            f"{purpose}: {reason}. It was changed or moved there past the platform: restore it from"
            " a backup."
        )


def header(key_id: str) -> bytes:
    """What every value sealed with this key begins with."""
    name = key_id.encode()
    return bytes((FORMAT, len(name))) + name


def seal(keys: KeyRing, purpose: str, plain: bytes) -> bytes:
    """Seal with the writing key. What is empty stays empty.

    Raises:
        NoKeys: the ring has no key.
    """
    if not plain:
        return b""
    key = keys.first
    before, nonce = header(key.id), os.urandom(NONCE_BYTES)
    sealing = Cipher(key.sm4, modes.GCM(nonce)).encryptor()
    sealing.authenticate_additional_data(before + purpose.encode())
    return b"".join((before, nonce, sealing.update(plain), sealing.finalize(), sealing.tag))


def unseal(keys: KeyRing, purpose: str, sealed: bytes) -> bytes:
    """The plain value.

    Raises:
        Tampered: it was changed, or sealed for another column.
        UnknownKey: its key is not in the ring.
    """
    if not sealed:
        return b""
    key = keys.key(key_id_of(purpose, sealed))
    before = header(key.id)
    body = sealed[len(before) :]
    if len(body) <= NONCE_BYTES + TAG_BYTES:
        raise Tampered(purpose, "the value is cut short")
    opening = Cipher(key.sm4, modes.GCM(body[:NONCE_BYTES], body[-TAG_BYTES:])).decryptor()
    opening.authenticate_additional_data(before + purpose.encode())
    try:
        return opening.update(body[NONCE_BYTES:-TAG_BYTES]) + opening.finalize()
    except InvalidTag:
        raise Tampered(purpose, "the value does not fit its seal") from None


def key_id_of(purpose: str, sealed: bytes) -> str:
    """The id of the key it is sealed with.

    Raises:
        Tampered: it is no sealed value of a format this platform knows.
    """
    if len(sealed) < 2 or sealed[0] != FORMAT:  # noqa: PLR2004 - format and length
        raise Tampered(purpose, "the value is not sealed in a format this version knows")
    name = sealed[2 : 2 + sealed[1]]
    if not name.isascii():
        raise Tampered(purpose, "the value names no key")
    return name.decode("ascii")
