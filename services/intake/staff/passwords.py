"""Passwords: which may be chosen, and how they are kept.

Length and a list of what is guessed first, rather than kinds of characters: so say NIST SP 800-63B
(3.1.1.2) and OWASP ASVS 5 (6.2), and 等保2.0 asks for complexity, which a longer password has. Kept
as Argon2id at OWASP's least setting (19 MiB, two passes): a check takes some 20 ms and holds up the
service's other requests that long, as much as sign-in should.
"""

import secrets
from datetime import timedelta
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from services.intake.reason import Reason, allow, msgid

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200
FEWEST_DIFFERENT = 4
ONE_TIME_FOR = timedelta(days=7)
"""How long a password that an administrator gave opens the door; then another one is needed."""
COMMON = Path(__file__).parent / "common_passwords.txt"
_EASY = "abcdefghijkmnpqrstuvwxyz23456789"  # none that looks like another one
_BLOCKS, _BLOCK = 4, 4
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_NOBODY = _hasher.hash("nobody has this password")
"""What a wrong username is checked against, so that it takes as long as a wrong password."""


def hash_password(password: str, *own: str) -> str:
    """An Argon2id hash with its own salt. `own`: the person's username, which it must not be.

    Raises:
        Invalid: it may not be chosen.

    """
    allow(not_to_choose(password, *own))
    return _hasher.hash(password)


def hash_demo_password(password: str) -> str:
    """As `hash_password`, whatever it is: for demo accounts, whose password is public."""
    return _hasher.hash(password)


def is_right(password: str, known: str | None) -> bool:
    """Whether this is the password with that hash; takes as long where there is none."""
    try:
        _hasher.verify(known or _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False
    return known is not None


def made_stronger(password: str, known: str) -> str:
    """The password's hash by today's parameters; empty when it is kept by them already."""
    return _hasher.hash(password) if _hasher.check_needs_rehash(known) else ""


def one_time_password() -> str:
    """A random password of eighty bits that can be read out on the telephone."""
    blocks = ["".join(secrets.choice(_EASY) for _ in range(_BLOCK)) for _ in range(_BLOCKS)]
    return "-".join(blocks)


def not_to_choose(password: str, *own: str) -> Reason | None:
    """Why this may not be somebody's password."""
    least, most = SHORTEST_PASSWORD, LONGEST_PASSWORD
    if len(password) < least:
        longer = msgid("请换一个长一些的，比如连着写几个不相干的词")
        return _no(msgid("密码太短，至少 %(least)s 个字符"), longer, least=least)
    if len(password) > most:
        return _no(msgid("密码太长，最多 %(most)s 个字符"), msgid("请换一个短一些的"), most=most)
    if any(_alike(password, name) for name in own):
        return _no(msgid("密码不能就是用户名"), msgid("请换一个别人猜不到的"))
    if password.casefold() in common() or len(set(password)) < FEWEST_DIFFERENT:
        other = msgid("请换一个别人猜不到的，比如连着写几个不相干的词")
        return _no(msgid("这个密码太常见，很容易被猜到"), other)
    return None


@cache
def common() -> frozenset[str]:
    """What is guessed first, of the passwords that are long enough."""
    lines = COMMON.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


def _alike(password: str, name: str) -> bool:
    """The name itself, backwards, or with no more than a figure or two about it."""
    said, own = password.casefold(), name.casefold()
    return bool(own) and (said.strip("0123456789!@#.-_") == own or said in {own, own[::-1]})


def _no(text: str, remedy: str, **values: int) -> Reason:
    return Reason("password", text, remedy, values)
