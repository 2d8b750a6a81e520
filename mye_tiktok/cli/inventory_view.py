"""How requests about stock look on a screen and in JSON."""

from collections.abc import Sequence
from typing import get_args

from mye_tiktok.cli.output import table
from mye_tiktok.domain.stock import UNREADABLE, Request, RequestState
from mye_tiktok.errors import WrongUsageError

COLUMNS = ("REQUEST", "CHANNEL", "SKU", "WAREHOUSE", "QUANTITY", "OCCURRED", "STATE", "WHY")
STATES: tuple[RequestState, ...] = get_args(RequestState)


def parse_state(text: str) -> RequestState | None:
    """Return the state that an operator named, None for none; raises WrongUsageError."""
    state = next((one for one in STATES if one == text), None)
    if text and state is None:
        raise WrongUsageError(f"--status {text!r} is none of {', '.join(STATES)}")
    return state


def request_json(request: Request) -> dict[str, object]:
    """Return a request as `--json` shows it."""
    return {
        "request_id": request.request_id,
        "channel_uid": request.channel_uid,
        "seller_sku": request.seller_sku,
        "product_id": request.product_id,
        "sku_id": request.sku_id,
        "warehouse_id": request.warehouse_id,
        "quantity": _quantity(request),
        "occurred_at": request.occurred_at,
        "received_at": request.received_at,
        "origin": request.origin,
        "state": request.state,
        "code": request.code,
        "message": request.message,
        "settled_at": request.settled_at,
    }


def print_requests(requests: Sequence[Request]) -> None:
    """Print requests as a table."""
    table(COLUMNS, [_row(request) for request in requests], empty="no such request")


def _row(request: Request) -> tuple[object, ...]:
    named = request.seller_sku or "/".join(filter(None, (request.product_id, request.sku_id)))
    return (
        request.request_id,
        request.channel_uid or "every",
        named,
        request.warehouse_id,
        _quantity(request),
        request.occurred_at,
        request.state,
        ": ".join(filter(None, (request.code, request.message))),
    )


def _quantity(request: Request) -> int | None:
    return None if request.quantity == UNREADABLE else request.quantity
