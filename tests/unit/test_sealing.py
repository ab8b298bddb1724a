"""Keys, the seal of one value, and where the keys come from."""

import stat

import pytest
import sqlalchemy as sa

from services.catalogue import parts_of
from shared.bus import local
from shared.config import BadSetting, deployed, embedded
from shared.contracts import SERVICES
from shared.sealing import BadKeys, Blind, KeyRing, Tampered, UnknownKey, give_keys
from shared.sealing.cipher import seal, unseal
from shared.sealing.keys import EmptyRing, NoKeys, new_line
from shared.sealing.types import SealedType
from tests.support.keys import DATA_KEYS, KEYS

OLD, NEW = new_line("old"), new_line("new")
DEPLOYED = {
    "DATABASE_URL": "postgresql+psycopg://intake@postgres/intake",
    "AMQP_URL": "amqp://rabbitmq",
    "SECRET_KEY": "s" * 32,
}


class Clock:
    """Seconds that the test lets pass."""

    now = 0.0

    def __call__(self) -> float:
        """What time it is."""
        return self.now


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "data.keys"
    path.write_text(OLD)
    return path


def test_what_is_sealed_opens_and_never_looks_the_same_twice():
    first, second = (seal(KEYS, "cases.name", "王建国".encode()) for _ in range(2))
    assert first != second
    assert "王建国".encode() not in first
    assert unseal(KEYS, "cases.name", first) == unseal(KEYS, "cases.name", second)
    assert unseal(KEYS, "cases.name", first).decode() == "王建国"


def test_every_flipped_bit_is_noticed():
    sealed = seal(KEYS, "cases.name", b"plain")
    for place in range(len(sealed)):
        flipped = bytearray(sealed)
        flipped[place] ^= 1
        with pytest.raises((Tampered, UnknownKey), match=r"cases\.name|there is no key"):
            unseal(KEYS, "cases.name", bytes(flipped))


def test_a_value_cut_short_is_noticed():
    sealed = seal(KEYS, "cases.name", b"plain")
    for length in range(1, len(sealed)):
        with pytest.raises((Tampered, UnknownKey)):
            unseal(KEYS, "cases.name", sealed[:length])


def test_a_value_moved_to_another_column_does_not_open():
    sealed = seal(KEYS, "cases.applicant_name", b"plain")
    with pytest.raises(Tampered, match=r"cases\.title.*backup"):
        unseal(KEYS, "cases.title", sealed)


def test_a_value_under_a_key_that_is_gone_names_it_and_says_what_to_do():
    sealed = seal(KeyRing(OLD), "cases.name", b"plain")
    with pytest.raises(UnknownKey, match=r"no key 'old'.*Add its line"):
        unseal(KeyRing(NEW), "cases.name", sealed)


def test_the_first_key_writes_and_all_read():
    sealed = seal(KeyRing(OLD), "cases.name", b"plain")
    both = KeyRing(f"{NEW}\n{OLD}\n")
    assert unseal(both, "cases.name", sealed) == b"plain"
    assert b"new" in seal(both, "cases.name", b"plain")


def test_a_ring_shows_ids_only():
    ring, secret = KeyRing(f"{NEW}\n{OLD}"), NEW.partition(" ")[2]
    shown = f"{ring!r} {ring} {ring.first!r}"
    assert secret not in shown
    assert "new, old" in shown
    assert ring.first.audit.hex() not in shown


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "has no key"),
        ("# nothing yet\n\n", "has no key"),
        ("one", "1 parts"),
        ("a b c", "3 parts"),
        ("a/b " + OLD.partition(" ")[2], "the id must be"),
        ("a not-base64!", "not base64"),
        ("a c2hvcnQ=", "5 bytes"),
        (f"{OLD}\n{OLD}", "line 2: the id 'old' comes twice"),
    ],
    ids=range(8),  # a new key in a name would be another name in every worker
)
def test_wrong_keys_are_refused_without_being_shown(text, why):
    with pytest.raises(BadKeys, match=why) as refused:
        KeyRing(text)
    assert OLD.partition(" ")[2] not in str(refused.value)


def test_a_key_added_to_the_file_is_read_at_once_where_it_is_wanted(file):
    clock = Clock()
    ring = KeyRing.from_file(file, clock)
    file.write_text(f"{NEW}\n{OLD}")
    sealed = seal(KeyRing(f"{NEW}\n{OLD}"), "cases.name", b"from another process")
    assert unseal(ring, "cases.name", sealed) == b"from another process"


def test_the_file_is_looked_at_once_a_second(file):
    clock = Clock()
    ring = KeyRing.from_file(file, clock)
    file.write_text(f"{NEW}\n{OLD}")
    clock.now = 0.9
    assert ring.first.id == "old"
    clock.now = 1.0
    assert ring.first.id == "new"


def test_a_file_that_became_unreadable_costs_nobody_their_keys(file):
    clock = Clock()
    ring = KeyRing.from_file(file, clock)
    for broken in (lambda: file.write_text("half a li"), file.unlink):
        broken()
        clock.now += 2
        assert ring.first.id == "old"


def test_the_index_finds_across_keys_and_says_nothing():
    old, both = KeyRing(OLD), KeyRing(f"{NEW}\n{OLD}")
    (before,) = old.digests("cases.phone", "13805610000")
    assert len(before) == 16
    assert before in both.digests("cases.phone", "13805610000")
    assert before not in both.digests("cases.phone", "13805610001")
    assert before not in old.digests("orders.phone", "13805610000")
    assert len(both.digests("cases.phone", "13805610000")) == 2


def test_a_ring_without_keys_says_how_to_get_some():
    for use in (lambda ring: ring.first, lambda ring: ring.key("old")):
        with pytest.raises(NoKeys, match=r"connect\(url, keys\)"):
            use(EmptyRing())


def test_a_deployed_service_without_keys_does_not_start():
    with pytest.raises(BadSetting, match="DATA_KEYS_FILE: not set"):
        deployed(DEPLOYED)
    assert deployed(DEPLOYED | {"DATA_KEYS": DATA_KEYS}).data_keys.ids == KEYS.ids


def test_a_deployed_service_with_wrong_keys_does_not_start(file):
    named = DEPLOYED | {"DATA_KEYS_FILE": str(file)}
    assert deployed(named).data_keys.ids == ("old",)
    file.write_text("no key")
    with pytest.raises(BadSetting, match=r"data\.keys, line 1"):
        deployed(named)
    file.unlink()
    with pytest.raises(BadSetting, match="cannot be read"):
        deployed(named)


def test_the_embedded_run_makes_its_key_once_for_its_owner_only(tmp_path):
    first = embedded({"DATA_DIR": str(tmp_path)}).data_keys
    again = embedded({"DATA_DIR": str(tmp_path)}).data_keys
    sealed = seal(first, "cases.name", b"plain")
    assert unseal(again, "cases.name", sealed) == b"plain"
    assert stat.S_IMODE((tmp_path / "data.keys").stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data.keys", "secret.key"]


def test_every_purpose_is_the_place_of_its_column():
    seen = []
    for metadata in (local.metadata, *(parts_of(name).models.metadata for name in SERVICES)):
        columns = [c for table in metadata.tables.values() for c in table.c]
        sealed = {f"{c.table.name}.{c.name}": c.type for c in columns if _is(c, SealedType)}
        assert {place: kind.purpose for place, kind in sealed.items()} == {p: p for p in sealed}
        for column in columns:
            if _is(column, Blind):
                assert column.type.purpose in sealed
                assert column.type.purpose.startswith(f"{column.table.name}.")
        seen += sealed
    assert {"outbox.body", "parked.body", "queued.body"} <= set(seen)


def _is(column, kind) -> bool:
    return isinstance(column.type, kind)


def test_keys_go_with_the_engine():
    engines = [give_keys(sa.create_engine("sqlite://"), KeyRing(line)) for line in (OLD, NEW)]
    assert [engine.dialect.data_keys.ids for engine in engines] == [("old",), ("new",)]
