"""`mye-tiktok inventory unmapped`: what MYE wishes for that no shop lists, and seller SKUs that can't be matched."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from mye_tiktok.cli.output import acknowledge, show, table
from mye_tiktok.cli.session import AsJson, opened

if TYPE_CHECKING:
    from mye_tiktok.db.stock_unmapped import Doubtful
    from mye_tiktok.domain.stock import Request


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("unmapped", epilog="Example: mye-tiktok inventory unmapped --catalogue")(unmapped)


def unmapped(
    ctx: typer.Context,
    channel: Annotated[str, typer.Option("--channel", metavar="UID", help="Only for this channel.")] = "",
    catalogue: Annotated[
        bool, typer.Option("--catalogue", help="Also the SKUs whose seller SKU is empty or not unique in the shop.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, max=1_000_000, help="At most this many of each.")] = 1000,
    as_json: AsJson = False,
) -> None:
    """List the wishes that no SKU was found for. They wait: a SKU that is listed later gets what was wished for it.

    A wish that was taken in but not sorted in yet is not among them; the next push does that.
    """
    from mye_tiktok.db import stock_unmapped

    with opened(ctx) as runtime, runtime.database.reading() as session:
        wishes = stock_unmapped.waiting(session, channel, limit=limit)
        doubtful = list(stock_unmapped.doubtful(session, channel, limit=limit)) if catalogue else []
    shown: dict[str, object] = {"unmapped": [_wish_json(wish) for wish in wishes]}
    if catalogue:
        shown["catalogue"] = [_sku_json(sku) for sku in doubtful]
    show(shown, as_json=as_json, plain=lambda: _print(wishes, doubtful))


def _wish_json(wish: "Request") -> dict[str, object]:
    return {
        "code": wish.code,
        "channel_uid": wish.channel_uid,
        "seller_sku": wish.seller_sku,
        "product_id": wish.product_id,
        "sku_id": wish.sku_id,
        "warehouse_id": wish.warehouse_id,
        "quantity": wish.quantity,
        "occurred_at": wish.occurred_at,
        "request_id": wish.request_id,
        "message": wish.message,
    }


def _sku_json(sku: "Doubtful") -> dict[str, object]:
    return {
        "problem": sku.problem,
        "channel_uid": sku.channel_uid,
        "seller_sku": sku.seller_sku,
        "product_id": sku.product_id,
        "sku_id": sku.sku_id,
        "title": sku.title,
    }


def _print(wishes: "Sequence[Request]", doubtful: "Sequence[Doubtful]") -> None:
    table(
        ("WHY", "CHANNEL", "SELLER SKU", "PRODUCT", "SKU", "PIECES", "OCCURRED"),
        [
            (
                wish.code,
                wish.channel_uid or "all",
                wish.seller_sku,
                wish.product_id,
                wish.sku_id,
                wish.quantity,
                wish.occurred_at,
            )
            for wish in wishes
        ],
        empty="every wish that was sorted in found its SKU",
    )
    if doubtful:
        acknowledge("")
        table(
            ("SELLER SKU IS", "CHANNEL", "SELLER SKU", "PRODUCT", "SKU", "TITLE"),
            [tuple(_sku_json(sku).values()) for sku in doubtful],
            empty="",
        )
