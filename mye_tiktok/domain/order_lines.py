"""What was bought: units, one per TikTok line item, and the lines they are grouped into."""

from collections.abc import Iterable
from dataclasses import dataclass

from mye_tiktok.domain.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one unit of a bundle holds of one SKU."""

    product_id: str
    sku_id: str
    seller_sku: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One TikTok line item, which is one piece. `unit_price` is what the buyer pays, `original_price` before discounts.

    `package_id` is empty where there is no package yet.
    """

    line_item_id: str
    product_id: str
    sku_id: str
    seller_sku: str
    product_name: str
    variant: str
    unit_price: Money | None
    original_price: Money | None
    status: str
    gift: bool
    sku_type: str
    package_id: str
    package_status: str
    tracking_number: str
    provider_id: str
    provider_name: str
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Units that are alike; `line_item_ids` has one id per piece."""

    product_id: str
    sku_id: str
    seller_sku: str
    product_name: str
    variant: str
    unit_price: Money | None
    original_price: Money | None
    status: str
    gift: bool
    sku_type: str
    line_item_ids: tuple[str, ...]
    package_ids: tuple[str, ...]
    parts: tuple[Part, ...] = ()

    @property
    def quantity(self) -> int:
        """How many pieces it is."""
        return len(self.line_item_ids)


def grouped(units: Iterable[Unit]) -> tuple[Line, ...]:
    """Join the units of a SKU; those that differ in price, status, type or in being a gift are kept apart.

    A unit without any SKU stays alone. Lines stand in the order of their first units.
    """
    groups: dict[tuple[object, ...], list[Unit]] = {}
    for unit in units:
        groups.setdefault(_likeness(unit), []).append(unit)
    return tuple(_line(group) for group in groups.values())


def _likeness(unit: Unit) -> tuple[object, ...]:
    sku = (unit.product_id, unit.sku_id, unit.seller_sku)
    alone = "" if unit.sku_id or unit.seller_sku else unit.line_item_id
    return (*sku, alone, unit.unit_price, unit.original_price, unit.status, unit.gift, unit.sku_type, unit.parts)


def _line(units: list[Unit]) -> Line:
    first = units[0]
    return Line(
        product_id=first.product_id,
        sku_id=first.sku_id,
        seller_sku=first.seller_sku,
        product_name=first.product_name,
        variant=first.variant,
        unit_price=first.unit_price,
        original_price=first.original_price,
        status=first.status,
        gift=first.gift,
        sku_type=first.sku_type,
        line_item_ids=tuple(unit.line_item_id for unit in units),
        package_ids=tuple(dict.fromkeys(unit.package_id for unit in units if unit.package_id)),
        parts=first.parts,
    )
