"""Encryption of personal fields at rest (docs/conventions.md, "Personal fields")."""

from shared.sealing.cipher import Tampered
from shared.sealing.keys import BadKeys, KeyRing, NoKeys, UnknownKey
from shared.sealing.types import (
    Blind,
    Incomparable,
    Sealed,
    SealedBytes,
    SealedJSON,
    give_keys,
    keys_of,
)

__all__ = [
    "BadKeys",
    "Blind",
    "Incomparable",
    "KeyRing",
    "NoKeys",
    "Sealed",
    "SealedBytes",
    "SealedJSON",
    "Tampered",
    "UnknownKey",
    "give_keys",
    "keys_of",
]
