"""Numbers signed for the address of one kind of page: who guesses or counts up opens nothing."""

from dataclasses import dataclass
from functools import lru_cache

from itsdangerous import BadSignature, URLSafeSerializer


@dataclass(frozen=True)
class SignedNumber:
    """The tokens of one kind of address; the same for a number every time.

    ``salt`` tells the kinds apart. It stands in what was printed, so it never changes.
    """

    salt: str

    def token(self, number: str, secret: str) -> str:
        """The signed token of a number."""
        token = _signer(secret, self.salt).dumps(number)
        return token if isinstance(token, str) else token.decode()

    def number_of(self, token: str, secret: str) -> str | None:
        """The number a token was made for, or None for a token that is not ours."""
        try:
            number = _signer(secret, self.salt).loads(token)
        except BadSignature:
            return None
        return number if isinstance(number, str) else None


@lru_cache(maxsize=8)
def _signer(secret: str, salt: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt=salt)
