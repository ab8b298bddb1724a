"""Column types that seal what is written and open what is read.

The purpose is where the column stands, ``"table.column"``: a value moved to another column does
not open there. The keys come from the engine's dialect, where ``shared.db.connect(url, keys)`` put
them.
"""

import json
from typing import Any, NoReturn

import sqlalchemy as sa
from sqlalchemy.sql import operators
from sqlalchemy.types import TypeDecorator

from shared.sealing.cipher import seal, unseal
from shared.sealing.keys import DIGEST_BYTES, EmptyRing, KeyRing

_NONE = EmptyRing()
_MAY_ASK = (operators.is_, operators.is_not, operators.eq, operators.ne)


class Incomparable(TypeError):
    """A sealed column was compared, sorted or searched: its stored values say nothing."""


def give_keys(engine: sa.Engine, keys: KeyRing) -> sa.Engine:
    """Let the sealed columns of everything that goes through this engine use the ring."""
    engine.dialect.data_keys = keys  # type: ignore[attr-defined]
    return engine


def keys_of(dialect: Any) -> KeyRing:
    """The ring of a dialect; one without keys, which says so when it is used, if none was given."""
    keys: KeyRing = getattr(dialect, "data_keys", _NONE)
    return keys


class _Refusing(TypeDecorator.Comparator):  # type: ignore[type-arg]
    """Only IS NULL means something for what is stored."""

    def operate(self, op: Any, *other: Any, **kwargs: Any) -> Any:
        if op not in _MAY_ASK or not all(one is None or _is_null(one) for one in other):
            self._refuse(op)
        return super().operate(op, *other, **kwargs)

    def reverse_operate(self, op: Any, other: Any, **kwargs: Any) -> Any:  # noqa: ARG002
        self._refuse(op)

    def _refuse(self, op: Any) -> NoReturn:
        raise Incomparable(
            f"{self.expr}: a sealed column cannot be used with {op.__name__}. Search its Blind"
            " column with keys.matches(column, text), or sort after reading."
        )


class SealedType(TypeDecorator[Any]):
    """What all sealed types share; ``plain`` and ``value`` turn a value to bytes and back."""

    impl = sa.LargeBinary
    cache_ok = True
    comparator_factory = _Refusing

    def __init__(self, purpose: str) -> None:
        super().__init__()
        self.purpose = purpose

    def plain(self, value: Any) -> bytes:
        """The bytes that are sealed."""
        raise NotImplementedError

    def value(self, plain: bytes) -> Any:
        """The value of bytes that were sealed."""
        raise NotImplementedError

    def process_bind_param(self, value: Any, dialect: Any) -> bytes | None:
        """Seal."""
        if value is None:
            return None
        return seal(keys_of(dialect), self.purpose, self.plain(value))

    def process_result_value(self, value: Any, dialect: Any) -> Any:
        """Open."""
        if value is None:
            return None
        return self.value(unseal(keys_of(dialect), self.purpose, value))

    def coerce_compared_value(self, op: Any, value: Any) -> Any:  # noqa: ARG002 - SQLAlchemy's
        """A value beside it is of its kind."""
        return self

    def _kind(self, value: Any, *wanted: type) -> None:
        if not isinstance(value, wanted):
            kind = type(value).__name__  # the value itself must not get into a log
            raise TypeError(f"{self.purpose}: wants {wanted[0].__name__}, not {kind}")


class Sealed(SealedType):
    """Text, sealed. None is NULL; ``""`` is empty.

    Raises:
        Tampered: (on reading) the value was changed, or comes from another column.
        UnknownKey: (on reading) its key is not in the ring.
        NoKeys: the engine was given no keys; on writing within SQLAlchemy's StatementError.
    """

    cache_ok = True

    def plain(self, value: Any) -> bytes:
        """UTF-8."""
        self._kind(value, str)
        text: str = value
        return text.encode()

    def value(self, plain: bytes) -> str:
        """From UTF-8."""
        return plain.decode()


class SealedBytes(SealedType):
    """Bytes, sealed. None is NULL; ``b""`` is empty. Raises as ``Sealed``."""

    cache_ok = True

    def plain(self, value: Any) -> bytes:
        """Themselves."""
        self._kind(value, bytes, bytearray, memoryview)
        return bytes(value)

    def value(self, plain: bytes) -> bytes:
        """Themselves."""
        return plain


class SealedJSON(SealedType):
    """A JSON document, sealed. Raises as ``Sealed``.

    Args:
        purpose: ``"table.column"``.
        none_as_null: False where None is a document, JSON's null, as in a column that is NOT NULL.
    """

    cache_ok = True

    def __init__(self, purpose: str, *, none_as_null: bool = True) -> None:
        super().__init__(purpose)
        self.none_as_null = none_as_null

    def process_bind_param(self, value: Any, dialect: Any) -> bytes | None:
        """Seal."""
        if value is None and not self.none_as_null:
            return seal(keys_of(dialect), self.purpose, b"null")
        return super().process_bind_param(value, dialect)

    def plain(self, value: Any) -> bytes:
        """Compact JSON."""
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()

    def value(self, plain: bytes) -> Any:
        """The document."""
        return json.loads(plain)


class Blind(TypeDecorator[Any]):
    """The blind index of another column's plain text: write the plain text into it.

    Search by ``keys.matches(column, text)``. Reading gives the digest, which says nothing.

    Args:
        purpose: the column whose text it finds, ``"table.column"``.
    """

    impl = sa.LargeBinary(DIGEST_BYTES)
    cache_ok = True
    comparator_factory = _Refusing

    def __init__(self, purpose: str) -> None:
        super().__init__()
        self.purpose = purpose

    @property
    def blind_purpose(self) -> str:
        """What the digests are made for."""
        return self.purpose

    def process_bind_param(self, value: Any, dialect: Any) -> bytes | None:
        """The digest under the writing key."""
        if value is None:
            return None
        if not isinstance(value, str):
            raise TypeError(f"{self.purpose}: its index wants str, not {type(value).__name__}")
        return keys_of(dialect).first.digest(self.purpose, value) if value else b""

    def coerce_compared_value(self, op: Any, value: Any) -> Any:  # noqa: ARG002 - SQLAlchemy's
        """A value beside it is of its kind."""
        return self


def _is_null(value: Any) -> bool:
    return isinstance(value, sa.sql.elements.Null)
