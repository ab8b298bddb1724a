"""An OpenID provider on loopback that says whatever a test wants it to say, over real HTTP.

Left alone it is an honest one that checks PKCE and gives each code once; `oidc-provider-mock`, a
provider of somebody else's making, shows that we are understood elsewhere.
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

CLIENT_ID, CLIENT_SECRET = "baitong", "a secret of the client"
Claims = dict[str, Any]


class Key:
    """A key to sign with, and how it is published."""

    def __init__(self, kid: str, algorithm: str = "ES256") -> None:
        makers: dict[str, Callable[[], Any]] = {
            "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
            "EdDSA": ed25519.Ed25519PrivateKey.generate,
            "RS256": lambda: rsa.generate_private_key(65537, 2048),
        }
        self.kid, self.algorithm = kid, algorithm
        self.private = makers[algorithm]()

    def sign(self, claims: Claims) -> str:
        """A token."""
        return jwt.encode(claims, self.private, self.algorithm, headers={"kid": self.kid})

    def published(self) -> dict[str, Any]:
        """As a JWK."""
        made = jwt.get_algorithm_by_name(self.algorithm)
        public = made.to_jwk(self.private.public_key(), as_dict=True)
        return {**public, "kid": self.kid, "use": "sig", "alg": self.algorithm}


class EvilProvider:
    """What it does is what its attributes say.

    Attributes:
        issuer: its address.
        keys: those it publishes.
        sign: makes the ID token of its claims.
        claims: put over the honest ones; None takes one away.
        described: put over its description of itself.
        identity: the `sub` of whoever signs in.
        asked: the paths it was asked for.
    """

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.keys = [Key("first")]
        self.sign: Callable[[Claims], str] = self.keys[0].sign
        self.claims: Claims = {}
        self.described: dict[str, Any] = {}
        self.identity = "person-1"
        self.asked: list[str] = []
        self._codes: dict[str, dict[str, str]] = {}

    def description(self) -> dict[str, Any]:
        """Discovery."""
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "end_session_endpoint": f"{self.issuer}/bye",
        } | self.described

    def authorize(self, asked: dict[str, str]) -> str:
        """Whoever comes is signed in: the address to send them back to."""
        code = secrets.token_urlsafe(8)
        self._codes[code] = asked
        back = {"code": code, "state": asked["state"]}
        return f"{asked['redirect_uri']}?{urlencode(back)}"

    def token(self, given: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """The tokens for a code, once, to whoever knows the verifier."""
        asked = self._codes.pop(given.get("code", ""), None)
        if asked is None or not _verifies(given.get("code_verifier", ""), asked):
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        honest = {"iss": self.issuer, "sub": self.identity, "aud": asked["client_id"]}
        honest |= {"exp": now + 300, "iat": now, "nonce": asked["nonce"]}
        claims = {k: v for k, v in (honest | self.claims).items() if v is not None}
        return 200, {"access_token": "x", "token_type": "Bearer", "id_token": self.sign(claims)}

    def jwks(self) -> dict[str, Any]:
        """Its keys."""
        return {"keys": [key.published() for key in self.keys]}


def _verifies(verifier: str, asked: dict[str, str]) -> bool:
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")
    return asked["code_challenge_method"] == "S256" and asked["code_challenge"] == digest.decode()


def unsigned(claims: Claims) -> str:
    """A token with `alg` none."""
    return jwt.encode(claims, None, algorithm="none")


def signed_with_the_secret(claims: Claims) -> str:
    """A token that our own client secret signs."""
    return jwt.encode(claims, hashlib.sha256(CLIENT_SECRET.encode()).digest(), algorithm="HS256")


@contextmanager
def evil_provider(port: int) -> Iterator[EvilProvider]:
    """Serve one until the end."""
    provider = EvilProvider(f"http://127.0.0.1:{port}")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path, asked = urlsplit(self.path).path, _first(urlsplit(self.path).query)
            provider.asked.append(path)
            if path == "/authorize":
                self.send_response(302)
                self.send_header("Location", provider.authorize(asked))
                self.end_headers()
            elif path == "/jwks":
                self._say(200, provider.jwks())
            else:
                self._say(200, provider.description())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._say(*provider.token(_first(body)))

        def _say(self, status: int, said: dict[str, Any]) -> None:
            body = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: Any) -> None:
            """Say nothing of each request."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _first(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query).items()}
