"""How an order is put into the shape that MYE sees."""

from collections.abc import Sequence

import msgspec

from mye_tiktok.domain.order import AfterSale, Deadlines, Milestones, Order, Package, Recipient, Totals
from mye_tiktok.domain.order_lines import Line
from mye_tiktok.mye.money import as_money
from mye_tiktok.mye.order_body import (
    AfterSaleBody,
    AfterSalesBody,
    BuyerBody,
    DeadlinesBody,
    DistrictBody,
    HoldBody,
    LineBody,
    MilestonesBody,
    OrderBody,
    PackageBody,
    PartBody,
    RecipientBody,
    TotalsBody,
)
from mye_tiktok.mye.times import as_utc_text


def order_body(order: Order, after_sales: Sequence[AfterSale]) -> OrderBody:
    """Return `order` with its after-sales as MYE sees it."""
    cancellations = [one for one in after_sales if one.kind == "cancellation"]
    asked = order.cancellation_requested or any(one.is_pending for one in cancellations)
    return OrderBody(
        kind=order.kind,
        kinds=list(order.kinds),
        hold=HoldBody(on_hold=order.is_on_hold, provisional=order.is_on_hold, passes_hold=order.passes_hold),
        cancellation_requested=asked and not order.is_cancelled,
        cancel_reason=order.cancel_reason,
        buyer_message=order.buyer_message,
        seller_note=order.seller_note,
        created_at=as_utc_text(order.created_at),
        updated_at=as_utc_text(order.updated_at),
        paid_at=as_utc_text(order.milestones.paid),
        lines=[_line(line) for line in order.lines],
        packages=[_package(package) for package in order.packages],
        totals=_totals(order.totals),
        recipient=_recipient(order.recipient),
        buyer=BuyerBody(user_id=order.buyer.user_id, email=order.buyer.email, nickname=order.buyer.nickname),
        deadlines=_deadlines(order.deadlines),
        milestones=_milestones(order.milestones),
        after_sales=AfterSalesBody(
            cancellations=[_after_sale(one) for one in cancellations],
            returns=[_after_sale(one) for one in after_sales if one.kind == "return"],
        ),
        warehouse_id=order.warehouse_id,
        delivery_option_id=order.delivery_option_id,
        delivery_option_name=order.delivery_option_name,
        shipping_type=order.shipping_type,
        fulfillment_type=order.fulfillment_type,
        payment_method=order.payment_method,
        cash_on_delivery=order.cash_on_delivery,
        related_order_id=order.related_order_id,
    )


def _line(line: Line) -> LineBody:
    return LineBody(
        product_id=line.product_id,
        sku_id=line.sku_id,
        seller_sku=line.seller_sku,
        product_name=line.product_name,
        variant=line.variant,
        quantity=line.quantity,
        line_item_ids=list(line.line_item_ids),
        unit_price=as_money(line.unit_price),
        original_price=as_money(line.original_price),
        status=line.status,
        package_ids=list(line.package_ids),
        gift=line.gift,
        sku_type=line.sku_type,
        parts=[
            PartBody(product_id=part.product_id, sku_id=part.sku_id, seller_sku=part.seller_sku, quantity=part.quantity)
            for part in line.parts
        ],
    )


def _package(package: Package) -> PackageBody:
    return PackageBody(
        package_id=package.package_id,
        tracking_number=package.tracking_number,
        provider_id=package.provider_id,
        provider_name=package.provider_name,
        status=package.status,
        line_item_ids=list(package.line_item_ids),
    )


def _totals(totals: Totals) -> TotalsBody:
    return TotalsBody(
        total=as_money(totals.total),
        subtotal=as_money(totals.subtotal),
        original_products=as_money(totals.original_products),
        shipping_fee=as_money(totals.shipping_fee),
        original_shipping_fee=as_money(totals.original_shipping_fee),
        seller_discount=as_money(totals.seller_discount),
        platform_discount=as_money(totals.platform_discount),
        tax=as_money(totals.tax),
        other={name: as_money(amount) for name, amount in totals.other},
    )


def _recipient(recipient: Recipient) -> RecipientBody:
    return RecipientBody(
        name=recipient.name,
        first_name=recipient.first_name,
        last_name=recipient.last_name,
        phone=recipient.phone,
        full_address=recipient.full_address,
        lines=list(recipient.lines),
        detail=recipient.detail,
        postal_code=recipient.postal_code,
        post_town=recipient.post_town,
        region=recipient.region,
        districts=[DistrictBody(level=level, label=label, name=name) for level, label, name in recipient.districts],
        delivery_preference=recipient.delivery_preference,
        masked=recipient.masked,
        empty=recipient.empty,
    )


def _deadlines(deadlines: Deadlines) -> DeadlinesBody:
    names = DeadlinesBody.__struct_fields__
    return DeadlinesBody(**{name: as_utc_text(getattr(deadlines, name)) for name in names})


def _milestones(milestones: Milestones) -> MilestonesBody:
    names = MilestonesBody.__struct_fields__
    return MilestonesBody(**{name: as_utc_text(getattr(milestones, name)) for name in names})


def _after_sale(one: AfterSale) -> AfterSaleBody:
    return AfterSaleBody(
        id=one.case_id,
        type=one.type,
        status=one.status,
        role=one.role,
        reason=one.reason,
        reason_text=one.reason_text,
        created_at=as_utc_text(one.created_at),
        updated_at=as_utc_text(one.updated_at),
        deadline=as_utc_text(one.deadline),
        refund=as_money(one.refund),
        line_item_ids=list(one.line_item_ids),
        tiktok=msgspec.Raw(one.raw.encode()),
    )
