"""OpenID Connect, the parts that decide: what we ask for, and which answer is one. Pure: no clock, no socket.

Source: OpenID Connect Core 1.0 (3.1.2.1, 3.1.3.7), RFC 7636 (PKCE), RFC 9207 (``iss`` in the answer).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.jwk import KeySet
from pydantic import BaseModel, ConfigDict, Field

from line102.errors import Refused

ALGORITHMS = ["RS256", "PS256", "ES256", "ES384", "EdDSA"]  # all asymmetric: "none" and our own secret sign nothing
LEEWAY = timedelta(seconds=60)  # between the provider's clock and ours
MAX_TOKEN = 64 * 1024  # characters
CALLBACK = "/enter/oidc/back"


class OidcRefused(Refused):
    """The provider's answer is none to our question. The text is for the log: it holds no token."""

    def __init__(self, why: str) -> None:
        super().__init__("the sign-in provider", why)


class Metadata(BaseModel):
    """What the provider says about itself, as far as we need it."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    token_endpoint_auth_methods_supported: tuple[str, ...] = Field(default=("client_secret_basic",))


@dataclass(frozen=True, slots=True, kw_only=True)
class Relying:
    """Us, as the provider knows us. ``address``: the console's, as browsers see it; ``claim`` names a person."""

    issuer: str
    client_id: str
    secret: str = field(repr=False)
    address: str
    claim: str = "sub"

    @property
    def redirect_uri(self) -> str:
        return self.address.rstrip("/") + CALLBACK


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question to the provider. It lies in the browser's cookie meanwhile, so that nobody can fill our memory."""

    state: str
    nonce: str
    verifier: str

    @classmethod
    def new(cls) -> Asked:
        return cls(state=secrets.token_urlsafe(32), nonce=secrets.token_urlsafe(32), verifier=secrets.token_urlsafe(48))

    @classmethod
    def of(cls, cookie: str) -> Asked | None:
        parts = cookie.split(".")
        return cls(state=parts[0], nonce=parts[1], verifier=parts[2]) if len(parts) == 3 and all(parts) else None

    @property
    def cookie(self) -> str:
        return f"{self.state}.{self.nonce}.{self.verifier}"

    @property
    def challenge(self) -> str:
        """S256 of the verifier."""
        return base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()


def address_of_question(metadata: Metadata, relying: Relying, asked: Asked) -> str:
    """Where the browser is sent."""
    query = {
        "response_type": "code",
        "client_id": relying.client_id,
        "redirect_uri": relying.redirect_uri,
        "scope": "openid" if relying.claim == "sub" else "openid profile email",
        "state": asked.state,
        "nonce": asked.nonce,
        "code_challenge": asked.challenge,
        "code_challenge_method": "S256",
    }
    glue = "&" if "?" in metadata.authorization_endpoint else "?"
    return metadata.authorization_endpoint + glue + urlencode(query)


def code_of(answer: Mapping[str, str], asked: Asked | None, issuer: str) -> str:
    """The code in the address by which the browser came back. Raises OidcRefused."""
    if asked is None or not hmac.compare_digest(answer.get("state", "").encode(), asked.state.encode()):
        raise OidcRefused("the answer is to no question of this browser")
    if answer.get("iss", issuer) != issuer:
        raise OidcRefused("the answer is another provider's")
    if "error" in answer:
        raise OidcRefused(f"it says {answer['error'][:60]!r}")
    if not answer.get("code"):
        raise OidcRefused("the answer has no code")
    return answer["code"]


def subject_of(id_token: str, keys: KeySet, relying: Relying, asked: Asked, now: datetime) -> str:
    """Who has signed in: the claim that the settings name. Raises OidcRefused; JoseError for a signature."""
    if len(id_token) > MAX_TOKEN:
        raise OidcRefused("the ID token is too long")
    claims = jwt.decode(id_token, keys, algorithms=ALGORITHMS).claims
    _check(claims, relying, asked, now)
    subject = claims.get(relying.claim)
    if not isinstance(subject, str) or not 0 < len(subject) <= 255:
        raise OidcRefused(f"the ID token has no text {relying.claim!r}")
    return subject


def _check(claims: Mapping[str, object], relying: Relying, asked: Asked, now: datetime) -> None:
    audience = claims.get("aud")
    for_whom = [audience] if isinstance(audience, str) else audience
    if claims.get("iss") != relying.issuer:
        raise OidcRefused("the ID token is another provider's")
    if not isinstance(for_whom, list) or relying.client_id not in for_whom:
        raise OidcRefused("the ID token is for somebody else")
    if claims.get("azp", None if len(for_whom) > 1 else relying.client_id) != relying.client_id:
        raise OidcRefused("the ID token was given to somebody else")
    ends, made, leeway_s = claims.get("exp"), claims.get("iat"), LEEWAY.total_seconds()
    if not isinstance(ends, int | float) or ends + leeway_s <= now.timestamp():
        raise OidcRefused("the ID token is too old")
    if not isinstance(made, int | float) or made - leeway_s > now.timestamp():
        raise OidcRefused("the ID token is of the future: compare the clocks")
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not hmac.compare_digest(nonce.encode(), asked.nonce.encode()):
        raise OidcRefused("the ID token answers another question")
