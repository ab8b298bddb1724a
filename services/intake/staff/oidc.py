"""OpenID Connect: who somebody is, as the district's identity provider says (统一身份认证).

Authorization code with PKCE (S256), state and nonce; signatures by the provider's published keys,
with RS256, ES256 or EdDSA and nothing else. Who a person is comes from the provider; what they may
do stays with their account here. The protocol is authlib's.
"""

import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import jwt
import requests
from authlib.common.errors import AuthlibBaseError
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc.errors import JoseError

from shared.config import IdentityProvider
from shared.green import Timeout

ALGORITHMS = ("RS256", "ES256", "EdDSA")
"""What a token may be signed with: keys we cannot have; `none` and shared secrets never."""
SCOPE = "openid profile"
TIMEOUT = (3.05, 5)
"""Seconds to connect, and to wait for each answer."""
PATIENCE = 10
"""Seconds for all that is asked of the provider at one signing in."""
MOST_BYTES = 512 * 1024
FRESH_FOR = 3600
"""Seconds for which what the provider said of itself is believed."""
LEEWAY = 60
"""Seconds that the provider's clock may differ from ours."""
LONGEST_CLAIM = 255
_DISCOVERY = "/.well-known/openid-configuration"


class ProviderDown(ConnectionError):
    """The provider cannot be reached, or answers with nonsense. Signing in by it must wait."""


class NotProven(Exception):
    """The provider's answer proves nobody's identity; the text says why, for the log."""


@dataclass(frozen=True)
class Asked:
    """What one signing in began with; the browser brings it back, signed by us."""

    state: str
    nonce: str
    verifier: str


@dataclass
class Provider:
    """The identity provider of a district.

    Attributes:
        settings: how we are known there.
        callback: our address that it sends people back to.
    """

    settings: IdentityProvider
    callback: str
    _metadata: dict[str, Any] = field(default_factory=dict)
    _keys: list[jwt.PyJWK] = field(default_factory=list)
    _asked_at: float = 0.0

    def begin(self) -> tuple[str, Asked]:
        """The address to send a browser to, and what to remember until it is back.

        Raises:
            ProviderDown: the provider cannot be asked for its addresses.
        """
        asked = Asked(generate_token(32), generate_token(32), secrets.token_urlsafe(48))
        with _limited(), self._session() as session:
            address, _ = session.create_authorization_url(
                self._address("authorization_endpoint"),
                state=asked.state,
                nonce=asked.nonce,
                code_verifier=asked.verifier,
            )
        return str(address), asked

    def finish(self, answer: Mapping[str, str], asked: Asked) -> str:
        """Who it is: the value of the agreed claim.

        Args:
            answer: the query the browser came back with.
            asked: what `begin` gave, from the same browser.

        Raises:
            ProviderDown: the provider cannot be reached.
            NotProven: any check failed.
        """
        if not secrets.compare_digest(answer.get("state", "").encode(), asked.state.encode()):
            raise NotProven("state: not the one this browser began with")
        if answer.get("iss", self.settings.issuer) != self.settings.issuer:  # RFC 9207
            raise NotProven("iss: the answer is another provider's")
        if "error" in answer or "code" not in answer:
            raise NotProven(f"error: {answer.get('error', 'no code')[:100]}")
        with _limited():
            tokens = self._redeem(answer["code"], asked.verifier)
            claims = self._claims(tokens, asked.nonce)
        return self._identity(claims)

    def sign_out_address(self, back_to: str) -> str:
        """Where to sign out of the provider too; empty where it offers no such thing.

        Raises:
            ProviderDown: the provider cannot be asked.
        """
        with _limited():
            if not self._known().get("end_session_endpoint"):
                return ""
            address = self._address("end_session_endpoint")
        asked = {"client_id": self.settings.client_id, "post_logout_redirect_uri": back_to}
        return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}"

    def _session(self) -> OAuth2Session:
        offered = self._known().get("token_endpoint_auth_methods_supported")
        post_only = offered is not None and "client_secret_basic" not in offered
        method = "client_secret_post" if post_only else "client_secret_basic"
        return OAuth2Session(
            self.settings.client_id,
            self.settings.client_secret or None,
            token_endpoint_auth_method=method if self.settings.client_secret else "none",
            scope=SCOPE,
            redirect_uri=self.callback,
            code_challenge_method="S256",
            default_timeout=TIMEOUT,
        )

    def _redeem(self, code: str, verifier: str) -> Mapping[str, Any]:
        """The tokens for a code; the provider gives them once."""
        address = self._address("token_endpoint")
        try:
            with self._session() as session:
                tokens: Mapping[str, Any] = session.fetch_token(
                    address,
                    code=code,
                    code_verifier=verifier,
                    grant_type="authorization_code",
                    allow_redirects=False,
                )
        except requests.RequestException as error:
            raise ProviderDown(f"{address}: {error}") from error
        except AuthlibBaseError as error:
            raise NotProven(f"code: {error}") from error
        except (ValueError, TypeError) as error:
            raise ProviderDown(f"{address}: no tokens: {error}") from error
        return tokens

    def _claims(self, tokens: Mapping[str, Any], nonce: str) -> CodeIDToken:
        token = str(tokens.get("id_token") or "")
        checked = self._verified(token)
        claims = CodeIDToken(
            checked["payload"],
            checked["header"],
            options={
                "iss": {"essential": True, "value": self.settings.issuer},
                "aud": {"essential": True, "value": self.settings.client_id},
                "nonce": {"essential": True, "value": nonce},
            },
            params={
                "nonce": nonce,
                "client_id": self.settings.client_id,
                "access_token": tokens.get("access_token"),
            },
        )
        try:
            claims.validate(leeway=LEEWAY)
        except (JoseError, ValueError, TypeError) as error:
            raise NotProven(f"id_token: {error}") from error
        return claims

    def _verified(self, token: str) -> dict[str, Any]:
        """Header and payload of a token that one of the provider's keys signed."""
        try:
            header = jwt.get_unverified_header(token)
            if header.get("alg") not in ALGORITHMS:
                raise NotProven(f"alg: {header.get('alg')!r} is not one of {ALGORITHMS}")
            key = self._key(header)
            # The claims are checked by authlib, all in one place.
            return jwt.decode_complete(
                token,
                key,
                algorithms=[str(key.algorithm_name)],
                options={
                    "verify_aud": False,
                    "verify_iss": False,
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                    "verify_sub": False,
                    "verify_jti": False,
                },
            )
        except jwt.PyJWTError as error:
            raise NotProven(f"id_token: {error}") from error

    def _key(self, header: Mapping[str, Any]) -> jwt.PyJWK:
        """The key that a token says it was signed with; asked for again when it is a new one."""
        found = _fitting(self._keys, header)
        if found is None:
            # Providers change their keys. Only a token out of a code of ours leads here, so
            # nobody can make us ask at will.
            self._keys = _keys_in(_get(self._address("jwks_uri")))
            found = _fitting(self._keys, header)
        if found is None:
            raise NotProven(f"kid: {header.get('kid')!r} is no key of the provider's")
        return found

    def _identity(self, claims: Mapping[str, Any]) -> str:
        name = self.settings.claim
        value = claims.get(name)
        if not isinstance(value, str) or not 0 < len(value) <= LONGEST_CLAIM:
            raise NotProven(f"{name}: no such claim of text in the token")
        return value

    def _known(self) -> dict[str, Any]:
        """The provider's description of itself; with it, its keys are forgotten every hour."""
        if not self._metadata or time.monotonic() - self._asked_at > FRESH_FOR:
            found = _get(f"{self.settings.issuer.rstrip('/')}{_DISCOVERY}")
            if found.get("issuer") != self.settings.issuer:
                raise ProviderDown(
                    f"issuer: it says {found.get('issuer')!r}, OIDC_ISSUER {self.settings.issuer!r}"
                )
            self._metadata, self._keys, self._asked_at = found, [], time.monotonic()
        return self._metadata

    def _address(self, name: str) -> str:
        address = self._known().get(name)
        secure = self.settings.issuer.startswith("https://")
        allowed = ("https://",) if secure else ("https://", "http://")
        if not isinstance(address, str) or not address.startswith(allowed):
            raise ProviderDown(f"{name}: the provider gives no safe address: {address!r}")
        return address


def _limited() -> Any:
    """A limit on all that is asked inside; it needs the service's own green threads to end it."""
    return Timeout(PATIENCE, ProviderDown(f"no answer within {PATIENCE} seconds"))


def _get(address: str) -> dict[str, Any]:
    """A JSON object from the provider, no longer than reasonable, from this address itself."""
    try:
        with requests.get(address, timeout=TIMEOUT, allow_redirects=False, stream=True) as answer:
            if answer.status_code != requests.codes.ok:
                raise ProviderDown(f"{address}: answered {answer.status_code}")
            body = _bounded(answer)
        found = json.loads(body)
    except (requests.RequestException, ValueError) as error:
        raise ProviderDown(f"{address}: {error}") from error
    if not isinstance(found, dict):
        raise ProviderDown(f"{address}: not a JSON object")
    return found


def _bounded(answer: requests.Response) -> bytes:
    body = b""
    for chunk in answer.iter_content(64 * 1024):
        body += chunk
        if len(body) > MOST_BYTES:
            raise ProviderDown(f"{answer.url}: longer than {MOST_BYTES} bytes")
    return body


def _keys_in(jwks: Mapping[str, Any]) -> list[jwt.PyJWK]:
    """The keys for signing that we can use; what else a provider publishes is left out."""
    found = []
    for one in jwks.get("keys", ()):
        if not isinstance(one, dict) or one.get("use", "sig") != "sig":
            continue
        try:
            key = jwt.PyJWK(one)
        except jwt.PyJWTError:
            continue
        if key.algorithm_name in ALGORITHMS:
            found.append(key)
    return found


def _fitting(keys: list[jwt.PyJWK], header: Mapping[str, Any]) -> jwt.PyJWK | None:
    kid = header.get("kid")
    fitting = [key for key in keys if key.algorithm_name == header.get("alg")]
    if kid is None:
        return fitting[0] if len(fitting) == 1 else None
    return next((key for key in fitting if key.key_id == kid), None)
