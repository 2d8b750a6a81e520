"""How a request is signed: pure, byte for byte (Partner Center, "Sign your API request")."""

import hmac
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import quote

from mye_tiktok.tiktok.app import App

UNSIGNED = frozenset({"sign", "access_token"})


def string_to_sign(secret: str, path: str, query: Mapping[str, str], body: bytes = b"") -> bytes:
    """Return the bytes that are signed. `query` holds decoded values; `body` is empty for multipart uploads."""
    pairs = "".join(f"{key}{query[key]}" for key in sorted(query) if key not in UNSIGNED)
    return f"{secret}{path}{pairs}".encode() + body + secret.encode()


def signature(secret: str, path: str, query: Mapping[str, str], body: bytes = b"") -> str:
    """Return the lower-case hexadecimal HMAC-SHA256 that goes into `sign`."""
    return hmac.digest(secret.encode(), string_to_sign(secret, path, query, body), "sha256").hex()


def signed_target(app: App, path: str, query: Mapping[str, str], body: bytes, timestamp: int) -> str:
    """Return path and query as they stand in the request line, `sign` included.

    `query` is completed by `app_key` and `timestamp` (Unix seconds); values are signed decoded and sent
    percent-encoded, so that a page token with `+`, `/` or `=` arrives as it was handed out.
    """
    full = {**query, "app_key": app.app_key, "timestamp": str(timestamp)}
    sign = signature(app.app_secret, path, full, body)
    return f"{path}?{encoded(full)}&sign={sign}"


def encoded(query: Mapping[str, str]) -> str:
    """Return `query` percent-encoded for a URL."""
    return "&".join(f"{_quoted(key)}={_quoted(value)}" for key, value in query.items())


@lru_cache(maxsize=256)
def _quoted(text: str) -> str:
    """Percent-encode a name or a value; nearly all are the same in every request of a second."""
    return quote(text, safe="")
