"""One event, sent at once: what `sandbox trigger` does without a sandbox that runs."""

import json
import secrets
import time
from collections.abc import Sequence
from dataclasses import replace

from mye_tiktok.sandbox import events
from mye_tiktok.sandbox.answers import Json
from mye_tiktok.sandbox.occasion import Occasion, usual
from mye_tiktok.sandbox.posting import Post, Reply
from mye_tiktok.sandbox.signing import webhook_signature


def body_of(event: str, assignments: Sequence[str], *, shop_id: str = "", sandbox_url: str = "") -> bytes:
    """Return the bytes of an event that happens now.

    Its ids are those of the sandbox at `sandbox_url`, or of one that was started without options. Raises
    ValueError for an unknown event, a wrong assignment, or a sandbox that does not answer.
    """
    moment = running_sandbox(sandbox_url, shop_id, time.time()) if sandbox_url else usual(time.time())
    envelope = events.build(event, replace(moment, shop_id=shop_id) if shop_id else moment)
    for assignment in assignments:
        path, value = assigned(envelope, assignment)
        events.put(envelope, path, value)
    return events.encode(envelope)


def assigned(envelope: Json, assignment: str) -> tuple[str, object]:
    """Read `path=value`: JSON where it is JSON, else text; a number for what is a text stays a text.

    `path:=value` takes the JSON as it is. Raises ValueError for anything else.
    """
    path, sign, text = assignment.partition("=")
    if not sign or not path.strip(":"):
        raise ValueError(f"{assignment!r} is not path=value, such as data.order_status=CANCEL")
    exact = path.endswith(":")
    path = path.removesuffix(":")
    try:
        value = json.loads(text)
    except ValueError:
        if exact:
            raise ValueError(f"{text!r} is not JSON") from None
        return path, text
    is_bare = isinstance(value, int | float | bool)
    return path, text if is_bare and not exact and isinstance(events.at(envelope, path), str) else value


def send(url: str, body: bytes, *, app_key: str, app_secret: str, copies: int = 1, forged: bool = False) -> list[Reply]:
    """Post a body `copies` times, signed by the app, or by somebody who does not know its secret."""
    signature = webhook_signature(app_key, secrets.token_hex(16) if forged else app_secret, body)
    post = Post()
    try:
        return [post(url, body, signature) for _ in range(copies)]
    finally:
        post.close()


def running_sandbox(url: str, shop_id: str, now: float) -> Occasion:
    """Return an occasion about the first product and the latest order of a shop in the sandbox at `url`.

    Raises ValueError when there is none to be had.
    """
    import httpx

    try:
        with httpx.Client(base_url=f"{url.rstrip('/')}/_sandbox/", trust_env=False, timeout=10) as http:
            shops = http.get("shops").raise_for_status().json()["shops"]
            chosen = next((str(shop["id"]) for shop in shops if shop_id in {"", shop["id"]}), None)
            if chosen is None:
                raise ValueError(f"the sandbox at {url} has no shop {shop_id}")
            query = {"shop_id": chosen, "limit": "1"}
            product_ids = http.get("products", params=query).raise_for_status().json()["product_ids"]
            orders = http.get("orders", params=query).raise_for_status().json()["orders"]
    except (httpx.HTTPError, httpx.InvalidURL, json.JSONDecodeError, LookupError) as error:
        raise ValueError(f"no sandbox answers at {url}: {error}") from error
    moment = replace(usual(now), shop_id=chosen)
    if orders:
        moment = replace(moment, order_id=str(orders[0]["id"]))
    return replace(moment, product_id=product_ids[0], sku_id=_sku(product_ids[0])) if product_ids else moment


def _sku(product_id: str) -> str:
    """Return the first SKU id of a generated product."""
    return str(int(product_id) + 1) if product_id.isdecimal() else product_id
