"""An OpenID Connect provider in a process of its own: ``python -m tests.fakes.oidc_provider``; prints its address.

It keeps to the standard and refuses what does not: a wrong secret, a wrong or used code, a verifier that does not fit
the challenge, another redirect address. Who comes is signed in as ``sub-op1`` at once. ``POST /lie {"what": …}`` makes
the next ID tokens wrong in one way.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
import time
from typing import Any
from urllib.parse import urlencode

from aiohttp import BasicAuth, web
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

CLIENT, SECRET = "line102-of-the-tests", "secret/of:the tests"


class Provider:
    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, parameters={"kid": "one"})
        self.other_key = RSAKey.generate_key(2048, parameters={"kid": "one"})
        self.codes: dict[str, dict[str, str]] = {}
        self.issuer = ""
        self.lie = ""

    async def about(self, _: web.Request) -> web.Response:
        return web.json_response(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "response_types_supported": ["code"],
            }
        )

    async def authorize(self, request: web.Request) -> web.Response:
        asked = dict(request.query)
        right = asked["client_id"] == CLIENT and asked["response_type"] == "code" and "openid" in asked["scope"].split()
        if not right or asked["code_challenge_method"] != "S256":
            return web.Response(status=400, text="no question of ours")
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        back = {"code": code, "state": asked["state"], "iss": self.issuer}
        return web.Response(status=302, headers={"Location": f"{asked['redirect_uri']}?{urlencode(back)}"})

    async def token(self, request: web.Request) -> web.Response:
        said = dict(await request.post())
        who = BasicAuth.decode(request.headers.get("Authorization", "Basic Og=="))
        if (who.login, who.password) != (CLIENT, "secret%2Fof%3Athe%20tests"):  # RFC 6749, 2.3.1: form-encoded first
            return web.json_response({"error": "invalid_client"}, status=401)
        asked = self.codes.pop(str(said.get("code")), None)
        digest = hashlib.sha256(str(said.get("code_verifier")).encode()).digest()
        if asked is None or asked["code_challenge"] != _base64(digest) or asked["redirect_uri"] != said["redirect_uri"]:
            return web.json_response({"error": "invalid_grant"}, status=400)
        token = self._signed(asked["nonce"])
        return web.json_response({"access_token": "x", "token_type": "Bearer", "id_token": token})

    async def keys(self, _: web.Request) -> web.Response:
        return web.json_response(KeySet([self.key]).as_dict(private=False))

    async def set_lie(self, request: web.Request) -> web.Response:
        self.lie = (await request.json())["what"]
        return web.Response(status=204)

    def _signed(self, nonce: str) -> str:
        now = time.time()
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "sub": "sub-op1",
            "aud": CLIENT,
            "exp": now + 300,
            "iat": now,
            "nonce": nonce,
        }
        wrong: dict[str, dict[str, Any]] = {
            "issuer": {"iss": "https://evil.example"},
            "audience": {"aud": "somebody-else"},
            "party": {"aud": [CLIENT, "somebody-else"], "azp": "somebody-else"},
            "old": {"exp": now - 3600},
            "future": {"iat": now + 3600},
            "nonce": {"nonce": "of-another-question"},
            "stranger": {"sub": "sub-nobody"},
            "subject": {"sub": 102},
            "closed": {"sub": "sub-closed"},
        }
        claims |= wrong.get(self.lie, {})
        if self.lie == "unsigned":
            return f"{_encoded({'alg': 'none'})}.{_encoded(claims)}."
        if self.lie == "secret":  # HS256 under what everybody knows: the public key
            text = f"{_encoded({'alg': 'HS256', 'kid': 'one'})}.{_encoded(claims)}"
            mac = hmac.digest(self.key.as_pem(private=False), text.encode(), "sha256")
            return f"{text}.{_base64(mac)}"
        return jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.other_key if self.lie == "key" else self.key)


def _encoded(value: dict[str, Any]) -> str:
    return _base64(json.dumps(value).encode())


def _base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


async def main() -> None:
    provider, app = Provider(), web.Application()
    app.router.add_get("/.well-known/openid-configuration", provider.about)
    app.router.add_get("/authorize", provider.authorize)
    app.router.add_post("/token", provider.token)
    app.router.add_get("/keys", provider.keys)
    app.router.add_post("/lie", provider.set_lie)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    provider.issuer = f"http://localhost:{runner.addresses[0][1]}"  # another site than the console's 127.0.0.1
    print(provider.issuer, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
