"""TikTok's labels: what is on offer for an order, buying one, and where the document lies."""

from collections.abc import Sequence

from mye_tiktok.domain.authorization import Access
from mye_tiktok.domain.json import Json
from mye_tiktok.domain.shipping import BoughtLabel, Dimension, Document, LabelOffer, Weight
from mye_tiktok.errors import TryLaterError
from mye_tiktok.tiktok.client import Query, TikTokClient
from mye_tiktok.tiktok.fields import flag, mapping, moment, money, number, rows, text
from mye_tiktok.tiktok.operations import CREATE_PACKAGES, GET_ELIGIBLE_SHIPPING_SERVICES, GET_PACKAGE_SHIPPING_DOCUMENT

WHOLE_ORDER, SOME_LINES, SEVERAL_ORDERS = "1", "2", "3"
STILL_BEING_MADE = frozenset({"11034037", "11034023"})
NOT_SHIPPED_YET = frozenset({"21023035", "21042104"})
PICKED_UP = "21042102"
DOCUMENT_TYPES = (
    "SHIPPING_LABEL",
    "PACKING_SLIP",
    "SHIPPING_LABEL_AND_PACKING_SLIP",
    "SHIPPING_LABEL_PICTURE",
    "HAZMAT_LABEL",
    "INVOICE_LABEL",
)
DOCUMENT_SIZES = ("A6", "A5")


def label_offers(
    client: TikTokClient,
    access: Access,
    order_id: str,
    *,
    line_item_ids: Sequence[str] = (),
    weight: Weight | None = None,
    dimension: Dimension | None = None,
) -> tuple[LabelOffer, ...]:
    """Return the labels that TikTok sells for an order or some of its lines ("Get Eligible Shipping Services")."""
    body = _measures(weight, dimension)
    if line_item_ids:
        body["order_line_item_ids"] = list(line_item_ids)
    data = client.call(access, GET_ELIGIBLE_SHIPPING_SERVICES, path={"order_id": order_id}, body=body)
    return tuple(_offer(row) for row in rows(data.get("shipping_services")) if text(row.get("id")))


def buy_label(
    client: TikTokClient,
    access: Access,
    order_ids: Sequence[str],
    *,
    line_item_ids: Sequence[str] = (),
    service_id: str = "",
    weight: Weight | None = None,
    dimension: Dimension | None = None,
) -> BoughtLabel:
    """Buy a label and so create the package of one order, some of its lines, or several orders ("Create Packages").

    It costs money and is never sent twice: when it raises UnreachableError or TryLaterError, read the order first.
    """
    body: Json = {**_measures(weight, dimension), **_content(order_ids, line_item_ids)}
    if service_id:
        body["shipping_service_id"] = service_id
    data = client.call(access, CREATE_PACKAGES, body=body)
    service = mapping(data.get("shipping_service_info"))
    return BoughtLabel(
        package_id=text(data.get("package_id")),
        service=_offer(service) if service else None,
        created_at=moment(data.get("create_time")),
    )


def get_document(
    client: TikTokClient,
    access: Access,
    package_id: str,
    *,
    kind: str = "SHIPPING_LABEL",
    size: str = "",
    form: str = "",
) -> Document:
    """Return where a label or slip can be fetched ("Get Package Shipping Document").

    `size` A6 (TikTok's default) or A5; `form` PDF, or in Brazil also ZPL. One that is still being made has no address
    yet. After shipping and before pick-up only: TikTok refuses it otherwise (NOT_SHIPPED_YET, PICKED_UP).
    """
    given = {"document_size": size, "document_format": form}
    query: Query = {"document_type": kind, **{name: value for name, value in given.items() if value}}
    try:
        data = client.call(access, GET_PACKAGE_SHIPPING_DOCUMENT, path={"package_id": package_id}, query=query)
    except TryLaterError as refusal:
        if refusal.code in STILL_BEING_MADE:
            return Document(url="", tracking_number="")
        raise
    # seen in the field: the address ends with white space
    return Document(url=text(data.get("doc_url")).strip(), tracking_number=text(data.get("tracking_number")).strip())


def _content(order_ids: Sequence[str], line_item_ids: Sequence[str]) -> Json:
    if len(order_ids) > 1:
        return {"ship_type": SEVERAL_ORDERS, "order_list_ids": list(order_ids)}
    if line_item_ids:
        lines = [{"order_line_id": one} for one in line_item_ids]
        return {"ship_type": SOME_LINES, "order_id": order_ids[0], "order_line_item": lines}
    return {"ship_type": WHOLE_ORDER, "order_id": order_ids[0]}


def _measures(weight: Weight | None, dimension: Dimension | None) -> Json:
    body: Json = {}
    if weight is not None:
        body["weight"] = {"value": weight.value, "unit": weight.unit}
    if dimension is not None:
        sides = {"length": dimension.length, "width": dimension.width, "height": dimension.height}
        body["dimension"] = {**sides, "unit": dimension.unit}
    return body


def _offer(raw: Json) -> LabelOffer:
    return LabelOffer(
        service_id=text(raw.get("id")),
        name=text(raw.get("name")).strip(),
        price=money(raw.get("price"), raw.get("currency")),
        provider_id=text(raw.get("shipping_provider_id")),
        provider_name=text(raw.get("shipping_provider_name")).strip(),
        earliest_days=number(raw.get("earliest_delivery_days")),
        latest_days=number(raw.get("latest_delivery_days")),
        is_default=flag(raw.get("is_default")),
    )
