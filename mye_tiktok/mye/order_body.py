"""The shape of an order as MYE sees it."""

import msgspec

from mye_tiktok.mye.money import MoneyBody


class HoldBody(msgspec.Struct):
    """`provisional`: buyers may still cancel freely, nothing may be shipped. `passes_hold`: it is or was on hold."""

    on_hold: bool
    provisional: bool
    passes_hold: bool


class PartBody(msgspec.Struct):
    """What one piece of a bundle holds of one SKU."""

    product_id: str
    sku_id: str
    seller_sku: str
    quantity: int


class LineBody(msgspec.Struct):
    """Pieces of a SKU that are alike, one line item id per piece."""

    product_id: str
    sku_id: str
    seller_sku: str
    product_name: str
    variant: str
    quantity: int
    line_item_ids: list[str]
    unit_price: MoneyBody | None
    original_price: MoneyBody | None
    status: str
    package_ids: list[str]
    gift: bool
    sku_type: str
    parts: list[PartBody]


class PackageBody(msgspec.Struct):
    """A parcel as far as it is known."""

    package_id: str
    tracking_number: str
    provider_id: str
    provider_name: str
    status: str
    line_item_ids: list[str]


class TotalsBody(msgspec.Struct):
    """What the buyer pays; `other` has every further amount under TikTok's name."""

    total: MoneyBody | None
    subtotal: MoneyBody | None
    original_products: MoneyBody | None
    shipping_fee: MoneyBody | None
    original_shipping_fee: MoneyBody | None
    seller_discount: MoneyBody | None
    platform_discount: MoneyBody | None
    tax: MoneyBody | None
    other: dict[str, MoneyBody | None]


class DistrictBody(msgspec.Struct):
    """One level of where it goes, such as L0, Country, United Kingdom."""

    level: str
    label: str
    name: str


class RecipientBody(msgspec.Struct):
    """Where it goes, as TikTok gives it: perhaps masked, perhaps empty."""

    name: str
    first_name: str
    last_name: str
    phone: str
    full_address: str
    lines: list[str]
    detail: str
    postal_code: str
    post_town: str
    region: str
    districts: list[DistrictBody]
    delivery_preference: str
    masked: bool
    empty: bool


class BuyerBody(msgspec.Struct):
    """Who bought; the email is a relay address."""

    user_id: str
    email: str
    nickname: str


class DeadlinesBody(msgspec.Struct):
    """Until when something has to happen."""

    rts: str | None
    tts: str | None
    shipping_due: str | None
    collection_due: str | None
    cancel: str | None
    delivery: str | None
    delivery_due: str | None
    pick_up: str | None
    recommended: str | None


class MilestonesBody(msgspec.Struct):
    """When the order reached what it did."""

    paid: str | None
    shipped: str | None
    collected: str | None
    delivered: str | None
    cancel_requested: str | None
    cancelled: str | None


class AfterSaleBody(msgspec.Struct):
    """A cancellation or a return."""

    id: str
    type: str
    status: str
    role: str
    reason: str
    reason_text: str
    created_at: str | None
    updated_at: str | None
    deadline: str | None
    refund: MoneyBody | None
    line_item_ids: list[str]
    tiktok: msgspec.Raw


class AfterSalesBody(msgspec.Struct):
    """All cancellations and returns of the order."""

    cancellations: list[AfterSaleBody]
    returns: list[AfterSaleBody]


class OrderBody(msgspec.Struct):
    """An order as MYE sees it."""

    kind: str
    kinds: list[str]
    hold: HoldBody
    cancellation_requested: bool
    cancel_reason: str
    buyer_message: str
    seller_note: str
    created_at: str | None
    updated_at: str | None
    paid_at: str | None
    lines: list[LineBody]
    packages: list[PackageBody]
    totals: TotalsBody
    recipient: RecipientBody
    buyer: BuyerBody
    deadlines: DeadlinesBody
    milestones: MilestonesBody
    after_sales: AfterSalesBody
    warehouse_id: str
    delivery_option_id: str
    delivery_option_name: str
    shipping_type: str
    fulfillment_type: str
    payment_method: str
    cash_on_delivery: bool
    related_order_id: str
