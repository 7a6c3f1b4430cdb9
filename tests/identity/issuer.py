"""An issuer of tokens: real keys, and a real server on loopback that can rotate them, hang, fail, and answer nonsense."""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import get_default_algorithms

AUDIENCE: Final = "clinic"
DISCOVERY: Final = "/.well-known/openid-configuration"
OF: Final = {"rsa": "RS256", "ec": "ES256", "ed": "EdDSA"}


@cache
def private_key(name: str) -> Any:
    """A key by its name, `rsa`, `ec-2`, `ed-new`: made once."""
    match name.partition("-")[0]:
        case "rsa":
            return rsa.generate_private_key(65537, 1024 if name == "rsa-short" else 2048)
        case "ec":
            return ec.generate_private_key(ec.SECP256R1())
        case _:
            return ed25519.Ed25519PrivateKey.generate()


def algorithm_of(name: str) -> str:
    """What a key signs with."""
    return OF[name.partition("-")[0]]


def jwk(name: str, **more: Any) -> dict[str, Any]:
    """The public part of a key, as issuers publish it."""
    algorithm: Any = get_default_algorithms()[algorithm_of(name)]
    return {**algorithm.to_jwk(private_key(name).public_key(), as_dict=True), "kid": name, "use": "sig", **more}


def encoded(value: Any) -> str:
    """A segment. Text goes as it is, so that a header can be wrong in any way."""
    text = value if isinstance(value, (str, bytes)) else json.dumps(value)
    return urlsafe_b64encode(text.encode() if isinstance(text, str) else text).rstrip(b"=").decode()


def signed(header: Any, payload: Any, name: str, algorithm: str | None = None, key: Any = None) -> str:
    """A token with this header and payload, whatever they are, signed by a key as it should be."""
    message = f"{encoded(header)}.{encoded(payload)}"
    signer: Any = get_default_algorithms()[algorithm or algorithm_of(name)]
    return f"{message}.{encoded(signer.sign(message.encode(), key if key is not None else private_key(name)))}"


@dataclass
class Issuer:
    """What it publishes, how it behaves (`ok`, `hang`, `garbage`, `huge`, ...), and how often it was asked for what."""

    url: str = ""
    published: list[dict[str, Any]] = field(default_factory=lambda: [jwk("rsa"), jwk("ec"), jwk("ed")])
    mode: str = "ok"
    delay: float = 0.0
    asked: Counter[str] = field(default_factory=Counter)
    freed: Event = field(default_factory=Event)

    def header(self, name: str = "rsa", **more: Any) -> dict[str, Any]:
        """A header as it should be, but for `more`."""
        return {"alg": algorithm_of(name), "kid": name, "typ": "JWT", **more}

    def payload(self, **more: Any) -> dict[str, Any]:
        """A payload as it should be, but for `more`; what is `...` is left out."""
        now = int(time.time())
        own = {"iss": self.url, "aud": AUDIENCE, "sub": "u1", "iat": now, "nbf": now, "exp": now + 600, **more}
        return {key: value for key, value in own.items() if value is not ...}

    def token(self, name: str = "rsa", **more: Any) -> str:
        """A good token, but for `more` in its payload."""
        return signed(self.header(name), self.payload(**more), name)

    @property
    def fetches(self) -> int:
        """How often its keys were asked for."""
        return self.asked["/jwks"]

    def answer(self, path: str) -> tuple[int, bytes, dict[str, str]]:
        """Status, body and headers."""
        self.asked[path] += 1
        time.sleep(self.delay)
        if path == DISCOVERY:
            issuer = "https://other.example" if self.mode == "other-issuer" else self.url
            where = "http://192.0.2.1/jwks" if self.mode == "plain-http" else self.url + "jwks"
            return 200, json.dumps({"issuer": issuer, "jwks_uri": where}).encode(), {}
        match self.mode:
            case "hang":
                self.freed.wait(30)
                return 200, b"{}", {}
            case "fail":
                return 503, b"busy", {}
            case "garbage":
                return 200, b"\x00\xff{[", {}
            case "nested":
                return 200, b"[" * 200_000, {}
            case "huge":
                return 200, b'{"keys": [' + b" " * 2_000_000 + b"]}", {}
            case "redirect":
                return 302, b"", {"Location": self.url + "elsewhere"}
            case "private":
                secret: Any = get_default_algorithms()["RS256"]
                return 200, json.dumps({"keys": [{**secret.to_jwk(private_key("rsa"), as_dict=True), "kid": "rsa"}]}).encode(), {}
            case "wrong-shape":
                return 200, json.dumps({"keys": {"kid": "rsa"}}).encode(), {}
            case _:
                return 200, json.dumps({"keys": self.published}).encode(), {}


@contextmanager
def serving() -> Generator[Issuer]:
    """Serve an issuer while the context lasts."""
    issuer = Issuer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body, headers = issuer.answer(self.path)
            try:
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                return  # whoever asked has gone

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    issuer.url = f"http://127.0.0.1:{server.server_port}/"
    try:
        yield issuer
    finally:
        issuer.freed.set()
        server.shutdown()
        server.server_close()
        thread.join()
