"""How a request on the API host is signed, as the sandbox understands the documentation."""

import hashlib
import hmac
from collections.abc import Iterable

UNSIGNED = frozenset({"sign", "access_token"})


def signature(
    secret: str, path: str, query: Iterable[tuple[str, str]], body: bytes = b"", content_type: str = ""
) -> str:
    """Return the lower-case hex signature of a request; `query` holds decoded values.

    Source: Partner Center, "Sign your API request": sorted keys and values behind the path, then the raw
    body unless it is multipart, all wrapped in the secret.
    """
    pairs = "".join(key + value for key, value in sorted(query) if key not in UNSIGNED)
    signed_body = b"" if content_type.lower().startswith("multipart/form-data") else body
    text = f"{secret}{path}{pairs}".encode() + signed_body + secret.encode()
    return hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()


def webhook_signature(app_key: str, secret: str, body: bytes) -> str:
    """Return the `Authorization` header of a webhook: neither path nor time take part."""
    return hmac.new(secret.encode(), app_key.encode() + body, hashlib.sha256).hexdigest()
