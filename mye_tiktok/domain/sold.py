"""What an order takes out of stock."""

from collections.abc import Iterator
from dataclasses import dataclass

from mye_tiktok.domain.order import CANCELLED, Order
from mye_tiktok.domain.order_lines import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Sold:
    """Pieces of one SKU that an order holds."""

    product_id: str
    sku_id: str
    seller_sku: str
    quantity: int


def sold(order: Order | None) -> dict[str, Sold]:
    """Return per SKU what `order` holds: from the moment it is placed, paid or not, until it is cancelled.

    A bundle holds its parts as well as itself.
    """
    found: dict[str, Sold] = {}
    if order is None or order.is_cancelled:
        return found
    for piece in (piece for unit in order.units if unit.status != CANCELLED for piece in _pieces(unit)):
        before = found.get(piece.sku_id)
        found[piece.sku_id] = _more(before, piece.quantity) if before else piece
    found.pop("", None)
    return found


def _pieces(unit: Unit) -> Iterator[Sold]:
    yield Sold(product_id=unit.product_id, sku_id=unit.sku_id, seller_sku=unit.seller_sku, quantity=1)
    for part in unit.parts:
        if part.sku_id != unit.sku_id:
            yield Sold(
                product_id=part.product_id, sku_id=part.sku_id, seller_sku=part.seller_sku, quantity=part.quantity
            )


def _more(piece: Sold, quantity: int) -> Sold:
    return Sold(
        product_id=piece.product_id,
        sku_id=piece.sku_id,
        seller_sku=piece.seller_sku,
        quantity=piece.quantity + quantity,
    )
