"""Where parcels are: the events of an order and, of cross-border ones, of each parcel."""

from datetime import UTC, datetime

from mye_tiktok.domain.authorization import Access
from mye_tiktok.domain.json import Json
from mye_tiktok.domain.shipping import TrackedParcel, TrackingEvent
from mye_tiktok.tiktok.client import TikTokClient
from mye_tiktok.tiktok.fields import moment, rows, text
from mye_tiktok.tiktok.ids import require_id
from mye_tiktok.tiktok.operations import GET_LOGISTICS_TRACKING, GET_ORDER_TRACKING

WHERE = "`mye-tiktok orders list` shows the orders with their ids"
NEVER = datetime.min.replace(tzinfo=UTC)


def order_tracking(client: TikTokClient, access: Access, order_id: str) -> tuple[TrackingEvent, ...]:
    """Return what happened to an order on its way, the latest first ("Get Order Tracking")."""
    require_id(order_id, "order", hint=WHERE)
    return _events(client.call(access, GET_ORDER_TRACKING, path={"order_id": order_id}).get("tracking"))


def parcel_tracking(client: TikTokClient, access: Access, order_id: str) -> tuple[TrackedParcel, ...]:
    """Return each parcel of a cross-border order with its events ("Get Logistics Tracking"); other orders have none."""
    require_id(order_id, "order", hint=WHERE)
    data = client.call(access, GET_LOGISTICS_TRACKING, path={"order_id": order_id})
    return tuple(
        TrackedParcel(
            tracking_number=text(parcel.get("newest_tracking_no")),
            carrier=text(parcel.get("carrier_name")).strip(),
            events=_events(parcel.get("track_list")),
        )
        for parcel in rows(data.get("logistics_details"))
    )


def _events(value: object) -> tuple[TrackingEvent, ...]:
    return tuple(sorted(map(_event, rows(value)), key=lambda event: event.at or NEVER, reverse=True))


def _event(raw: Json) -> TrackingEvent:
    return TrackingEvent(
        at=moment(raw.get("update_time_millis")),
        description=" ".join(text(raw.get("description")).split()),
        action=text(raw.get("action_code_name")) or text(raw.get("action_code")),
        tracking_number=text(raw.get("tracking_no")),
    )
