"""Files on disk: sealed, whole, and swept."""

import os
from datetime import timedelta

import pytest

from shared.uploads import files
from shared.uploads.files import Lost, Vault, digest, new_key, new_name, preview_of

DATA = b"readable words " * 1000
DAY = timedelta(days=1)


@pytest.fixture
def vault(tmp_path):
    return Vault(tmp_path / "uploads")


def on_disk(vault):
    return [path for path in vault.folder.rglob("*") if path.is_file()]


def test_what_is_kept_comes_back_and_cannot_be_read_on_disk(vault):
    name, key = new_name(), new_key()
    vault.keep(name, DATA, key)
    assert vault.read(name, key) == DATA
    (path,) = on_disk(vault)
    assert b"readable" not in path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_only_its_own_key_opens_it(vault):
    name = new_name()
    vault.keep(name, DATA, new_key())
    for key in (new_key(), b""):
        with pytest.raises(Lost):
            vault.read(name, key)


def test_a_changed_byte_is_noticed(vault):
    name, key = new_name(), new_key()
    vault.keep(name, DATA, key)
    (path,) = on_disk(vault)
    changed = bytearray(path.read_bytes())
    changed[100] ^= 1
    path.write_bytes(changed)
    with pytest.raises(Lost, match="backup"):
        vault.read(name, key)


def test_one_file_does_not_stand_for_another(vault):
    key, one, other = new_key(), new_name(), new_name()
    vault.keep(one, DATA, key)
    vault.keep(other, b"other", key)
    vault._path(one).replace(vault._path(other))
    with pytest.raises(Lost):
        vault.read(other, key)


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "a" * 31, "A" * 32, "a" * 32 + "/x"])
def test_no_other_name_is_a_path(vault, name):
    with pytest.raises(ValueError, match="none of ours"):
        vault.read(name, new_key())


def test_a_full_disk_leaves_nothing_behind(vault, monkeypatch):
    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        vault.keep(new_name(), DATA, new_key())
    assert on_disk(vault) == []


def test_what_is_dropped_is_gone_and_may_be_dropped_again(vault):
    name, key = new_name(), new_key()
    vault.keep(name, DATA, key)
    vault.drop(name)
    vault.drop(name)
    vault.drop(preview_of(name))
    assert on_disk(vault) == []
    with pytest.raises(Lost):
        vault.read(name, key)


def test_what_is_old_is_found_unfinished_or_not(vault):
    assert list(vault.older_than(DAY)) == []
    old, new = new_name(), new_name()
    for name in (old, new):
        vault.keep(name, DATA, new_key())
    unfinished = vault._path(old).with_name("0123.part")
    unfinished.write_bytes(b"half")
    for path in (vault._path(old), unfinished):
        os.utime(path, (0, 0))
    assert set(vault.older_than(DAY)) == {vault._path(old), unfinished}


def test_the_digest_is_sm3():
    assert digest(b"abc") == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
