"""Files on disk, sealed: random names, outside any web root, and nothing in them can be read.

Each file has a key of its own. It is not kept here but by who asked, in a sealed column: whoever
holds the disk without the database, or the database without its keys, holds noise; new keys of the
database need no file written anew; and forgetting the key is the end of every copy, backups too.
"""

import os
import re
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

KEY_LENGTH = 16
_NONCE = 12
_TAG = 16
_NAME = re.compile(r"[0-9a-f]{32}(?:-preview)?")
_UNFINISHED = ".part"


class Lost(LookupError):
    """A file that should be there is not, or is not what was written."""


@dataclass(frozen=True)
class Vault:
    """The folder of one service's files; its replicas may share it.

    Attributes:
        folder: made when the first file is kept.

    """

    folder: Path

    def keep(self, name: str, data: bytes, key: bytes) -> None:
        """Write a file; when this returns it survives a power cut.

        Raises:
            OSError: the disk does not take it.

        """
        path = self._path(name)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = path.with_name(f"{secrets.token_hex(8)}{_UNFINISHED}")
        try:
            _write(unfinished, _seal(data, key, name))
            unfinished.rename(path)
            _flush_folder(path.parent)
            _flush_folder(self.folder)
        finally:
            unfinished.unlink(missing_ok=True)

    def read(self, name: str, key: bytes) -> bytes:
        """The bytes that were kept.

        Raises:
            Lost: it is not there, was changed, or has another key.

        """
        try:
            return _open(self._path(name).read_bytes(), key, name)
        except (FileNotFoundError, InvalidTag) as error:
            raise Lost(f"{name}: {error!r}. Bring it back from the backup.") from error

    def drop(self, name: str) -> None:
        """Delete a file, which may be gone already."""
        self._path(name).unlink(missing_ok=True)

    def older_than(self, age: timedelta) -> Iterator[Path]:
        """What was written longer ago, unfinished files among it."""
        before = time.time() - age.total_seconds()
        for path in self.folder.glob("??/*"):
            try:
                old = path.stat().st_mtime < before
            except FileNotFoundError:
                continue  # another replica sweeps as well
            if old:
                yield path

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise ValueError(f"name: {name!r} is none of ours; use new_name()")
        return self.folder / name[:2] / name


def new_name() -> str:
    """A name that says nothing and that nobody guesses."""
    return secrets.token_hex(16)


def preview_of(name: str) -> str:
    """Where the small image of a photo is kept."""
    return f"{name}-preview"


def new_key() -> bytes:
    """A key for one file, to be kept sealed elsewhere."""
    return secrets.token_bytes(KEY_LENGTH)


def digest(data: bytes) -> str:
    """SM3, in 64 hexadecimal digits."""
    found = hashes.Hash(hashes.SM3())
    found.update(data)
    return found.finalize().hex()


def _seal(data: bytes, key: bytes, name: str) -> bytes:
    """SM4-GCM; bound to its name, so that one file cannot be put in another's place."""
    nonce = secrets.token_bytes(_NONCE)
    sealing = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
    sealing.authenticate_additional_data(name.encode())
    sealed = sealing.update(data) + sealing.finalize()
    return nonce + sealed + sealing.tag


def _open(sealed: bytes, key: bytes, name: str) -> bytes:
    nonce, body, tag = sealed[:_NONCE], sealed[_NONCE:-_TAG], sealed[-_TAG:]
    if len(sealed) < _NONCE + _TAG or len(key) != KEY_LENGTH:
        raise InvalidTag
    opening = Cipher(algorithms.SM4(key), modes.GCM(nonce, tag)).decryptor()
    opening.authenticate_additional_data(name.encode())
    return opening.update(body) + opening.finalize()


def _write(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
