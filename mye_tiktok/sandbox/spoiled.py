"""What each fault does to an answer."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from mye_tiktok.sandbox.answers import Answer, Json, Refusal, text
from mye_tiktok.sandbox.faults import Fault

PAGE = "<!DOCTYPE html><html><head><title>Just a moment</title></head><body><h1>Please wait</h1></body></html>"
KEPT = frozenset(
    {
        *("id", "products", "skus", "shops", "total_count", "next_page_token", "create_time", "update_time"),
        *("orders", "line_items", "cancellations", "cancel_id", "return_orders", "return_id", "order_id"),
    }
)
ENUMS = frozenset(
    {
        *("status", "product_status", "seller_type", "effect_status", "type", "deactivation_source"),
        *("display_status", "package_status", "shipping_type", "fulfillment_type", "order_type", "delivery_type"),
        *("cancel_status", "cancel_type", "return_status", "return_type", "role"),
    }
)
HANG_SECONDS = 600.0


class DroppedError(ConnectionAbortedError):
    """The connection ends without an answer; waitress closes it, an in-process transport raises this."""


REFUSALS: Mapping[str, tuple[int, str]] = {
    "internal": (36009003, "Internal error. Please try again later."),
    "timeout": (36009007, "Request timeout. Please try again later."),
    "rate_limited": (36009002, "Request rate limit exceeded. Please try again later."),
    "hourly_cap": (36009037, "The hourly request limit of the development shop has been reached."),
    "expired": (105002, "Expired credentials. The 'access_token' header is expired."),
    "revoked": (105001, "Invalid credentials. The 'access_token' is invalid or the seller has deauthorized."),
    "refresh_refused": (36004005, "refresh token is invalid or has expired"),
    "shop_inactive": (36009043, "Access denied. The shop is inactive."),
    "seller_inactive": (36009044, "Access denied. The seller is inactive."),
    "scope_missing": (105005, "Access denied. The scope is not granted."),
}


def instead(fault: Fault, healed: threading.Event) -> Answer | None:
    """Return what a fault answers in place of TikTok; None when the call is answered first and spoiled after.

    Raises Refusal for faults that are refusals, DroppedError for a connection without an answer.
    """
    if fault.kind in REFUSALS:
        code, message = REFUSALS[fault.kind]
        raise Refusal(code, message, status=fault.status, headers=_retry_after(fault))
    if fault.kind == "refusal":
        raise Refusal(fault.code, fault.message, status=fault.status, headers=_retry_after(fault))
    if fault.kind == "hang":
        healed.wait(fault.seconds or HANG_SECONDS)
    if fault.kind in {"hang", "drop"}:
        raise DroppedError("the sandbox dropped the connection")
    return _odd_answer(fault)


def _odd_answer(fault: Fault) -> Answer | None:
    if fault.kind == "html":
        return text(fault.status or 200, PAGE, content_type="text/html; charset=utf-8")
    if fault.kind == "bad_gateway":
        return text(fault.status or 502, "upstream connect error or disconnect/reset before headers")
    if fault.kind == "unavailable":
        answer = text(fault.status or 503, "Service Unavailable")
        return replace(answer, headers=(*answer.headers, *_retry_after(fault)))
    return None


def spoil_data(fault: Fault | None, data: Json, page_token: str = "") -> Json:
    """Return the data as a fault leaves it; `page_token` is what the caller sent."""
    if fault is None:
        return data
    if fault.kind == "same_page_token":
        return {**data, "next_page_token": page_token or "c2FtZQ=="}
    spoiled: Json = SPOILERS[fault.kind](data) if fault.kind in SPOILERS else data
    return spoiled


def spoil_answer(fault: Fault | None, answer: Answer) -> Answer:
    """Return the answer as a fault lets it through; raises DroppedError when it is lost on the way."""
    if fault is None:
        return answer
    if fault.kind == "lost":
        raise DroppedError("the sandbox did what was asked and lost the answer")
    half = answer.body[: len(answer.body) // 2]
    if fault.kind == "truncated":
        return replace(answer, body=half)
    if fault.kind == "cut":
        return replace(answer, body=half, headers=(*answer.headers, ("Content-Length", str(len(answer.body)))))
    return answer


def _strange(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: f"SANDBOX_{each}" if key in ENUMS and isinstance(each, str) else _strange(each)
            for key, each in value.items()
        }
    return [_strange(each) for each in value] if isinstance(value, list) else value


def _nulled(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _nulled(each) if key in KEPT else None for key, each in value.items()}
    return [_nulled(each) for each in value] if isinstance(value, list) else value


def _retry_after(fault: Fault) -> tuple[tuple[str, str], ...]:
    return (("Retry-After", f"{fault.seconds:.0f}"),) if fault.seconds > 0 else ()


SPOILERS: Mapping[str, Callable[[Any], Any]] = {"strange_values": _strange, "nulls": _nulled}
