"""The centre's own OpenID Connect provider: asked from here, over its HTTPS address."""

from __future__ import annotations

import base64
import json
from datetime import datetime
from urllib.parse import quote

import aiohttp
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import ValidationError

from line102.errors import Unreachable
from line102.web.oidc import Asked, Metadata, OidcRefused, Relying, address_of_question, subject_of

LIMIT = aiohttp.ClientTimeout(total=10)  # seconds: a person waits
PROVIDER = "the sign-in provider"
MAX_ANSWER = 256 * 1024  # bytes
Json = dict[str, object]


class OidcClient:
    """Nothing is kept between two people but what the provider says about itself. Raises Unreachable, OidcRefused."""

    def __init__(self, relying: Relying) -> None:
        self.relying = relying
        self._metadata: Metadata | None = None

    async def question(self, asked: Asked) -> str:
        """The address to which the browser goes."""
        async with aiohttp.ClientSession(timeout=LIMIT) as http:
            return address_of_question(await self._about(http), self.relying, asked)

    async def subject(self, code: str, asked: Asked, now: datetime) -> str:
        """Who signed in there, by the code with which the browser came back."""
        async with aiohttp.ClientSession(timeout=LIMIT) as http:
            metadata = await self._about(http)
            id_token = await self._id_token(http, metadata, code, asked)
            keys = await _json(http, "GET", metadata.jwks_uri)  # each time: it may have new ones, and sign-ins are few
        try:
            return subject_of(id_token, KeySet.import_key_set(keys), self.relying, asked, now)  # type: ignore[arg-type]
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise OidcRefused(f"the ID token cannot be verified: {type(error).__name__}") from error

    async def _about(self, http: aiohttp.ClientSession) -> Metadata:
        if self._metadata is None:
            address = self.relying.issuer.rstrip("/") + "/.well-known/openid-configuration"
            try:
                found = Metadata.model_validate(await _json(http, "GET", address))
            except ValidationError as error:
                raise OidcRefused("it does not say what it is") from error
            if found.issuer != self.relying.issuer:
                raise OidcRefused(f"it calls itself {found.issuer[:200]!r}: set that as the issuer")
            self._metadata = found
        return self._metadata

    async def _id_token(self, http: aiohttp.ClientSession, metadata: Metadata, code: str, asked: Asked) -> str:
        us, headers = self.relying, {}
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": us.redirect_uri,
            "code_verifier": asked.verifier,
        }
        if "client_secret_basic" in metadata.token_endpoint_auth_methods_supported:
            pair = f"{quote(us.client_id, safe='')}:{quote(us.secret, safe='')}"  # RFC 6749, 2.3.1
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        else:
            form |= {"client_id": us.client_id, "client_secret": us.secret}
        answer = await _json(http, "POST", metadata.token_endpoint, data=form, headers=headers)
        if not isinstance(token := answer.get("id_token"), str):
            raise OidcRefused("it gave no ID token")
        return token


async def _json(
    http: aiohttp.ClientSession,
    method: str,
    address: str,
    *,
    data: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
) -> Json:
    """Raises Unreachable when nobody answers, OidcRefused for an answer that is none."""
    try:
        async with http.request(method, address, data=data, headers=headers, allow_redirects=False) as answer:
            if answer.status >= 500:
                raise Unreachable(PROVIDER, f"it answers {answer.status}")
            if answer.status != 200:
                raise OidcRefused(f"it answers {answer.status} to {method} {answer.url.path}")
            body = await _body(answer)
    except (aiohttp.ClientError, TimeoutError) as error:
        raise Unreachable(PROVIDER, type(error).__name__) from error
    try:
        said = json.loads(body)
    except ValueError as error:
        raise OidcRefused("its answer is no JSON") from error
    if not isinstance(said, dict):
        raise OidcRefused("its answer is no object")
    return said


async def _body(answer: aiohttp.ClientResponse) -> bytes:
    body = b""
    async for piece in answer.content.iter_chunked(16 * 1024):
        body += piece
        if len(body) > MAX_ANSWER:
            raise OidcRefused("its answer is too long")
    return body
