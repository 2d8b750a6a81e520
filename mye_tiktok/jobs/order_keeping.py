"""Keep what was read of orders: rows, history and messages in one transaction."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from mye_tiktok.db import after_sales as cases
from mye_tiktok.db import order_changes, orders, outbox
from mye_tiktok.db.database import Session
from mye_tiktok.db.orders import Held, Keeping
from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.message import Message
from mye_tiktok.domain.order import AfterSale, Order, OrderChange, Source
from mye_tiktok.domain.order_judgement import Reading, announcement, is_contested, judge, topic
from mye_tiktok.domain.shipment import ShipmentNews
from mye_tiktok.jobs.order_sales import note_sales
from mye_tiktok.mye.orders import order_message
from mye_tiktok.tiktok import after_sales as case_parser
from mye_tiktok.tiktok.order_parser import parse_stored

DESTINATION = "order"
Settled = Mapping[str, Sequence[ShipmentNews]]
NOTHING_SETTLED: Settled = {}


def keep_orders(
    session: Session,
    channel: Channel,
    batch: Sequence[Order],
    after_sales: Sequence[AfterSale],
    *,
    source: Source,
    read_at: datetime,
    now: datetime,
    after_sales_read_at: datetime | None = None,
    shipments: Settled = NOTHING_SETTLED,
) -> list[OrderChange]:
    """Store what is new, note down each change and what it sold, queue its message; return also untold changes.

    `read_at` is when the call that brought `batch` was sent, `after_sales_read_at` the same for `after_sales`. To
    keep the same again changes nothing. A change of after-sales alone is a change of its order; when we don't hold
    that order, it is kept and told with the order: see `unknown_orders`. What became of `shipments`, by order, is a
    change of its order, too, in any case. The caller commits. Who keeps orders of
    several channels in one transaction takes the channels in order of their names.
    """
    uid = channel.channel_uid
    orders.lock_channel(session, uid)
    cases_read_at = after_sales_read_at or read_at
    fresh_cases = cases.upsert(session, uid, after_sales, read_at=cases_read_at, now=now)
    found = _find(session, channel, _latest(batch), fresh_cases, shipments=shipments, read_at=read_at)
    changes = [_change(channel, arrival) for arrival in found]
    kept = [
        Keeping(order=change.order, version=change.version, announced=change.announced, read_at=arrival.read_at)
        for change, arrival in zip(changes, found, strict=True)
    ]
    orders.write(session, uid, kept, now=now)
    note_sales(session, uid, [(arrival.before, arrival.order) for arrival in found if arrival.is_fresh], now=now)
    order_changes.add(session, uid, changes, source=source, now=now)
    outbox.add(session, [(DESTINATION, _message(change, channel, now)) for change in changes if change.told], now=now)
    return changes


def unknown_orders(session: Session, channel_uid: str, order_ids: Iterable[str]) -> list[str]:
    """Return those of `order_ids` that we don't hold: fetch them first to have their after-sales told."""
    return orders.unknown(session, channel_uid, order_ids)


def overtaken(session: Session, channel: Channel, batch: Sequence[Order], *, read_at: datetime) -> bool:
    """Tell whether what was stored since `read_at` may be older than one of `batch`: then ask again.

    From now on nobody else keeps orders of the channel.
    """
    orders.lock_channel(session, channel.channel_uid)
    held = orders.held(session, channel.channel_uid, [order.order_id for order in batch])
    return any(
        is_contested(held[order.order_id].reading, _reading(order, read_at))
        for order in batch
        if order.order_id in held
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Arrival:
    """An order about which something is new: itself (`is_fresh`), some of its after-sales, or of its shipments."""

    order: Order
    read_at: datetime
    is_fresh: bool
    held: Held | None
    before: Order | None
    fresh_cases: tuple[AfterSale, ...]
    all_cases: tuple[AfterSale, ...]
    shipments: tuple[ShipmentNews, ...]


def _latest(batch: Sequence[Order]) -> dict[str, Order]:
    """Return each order once; of one that is there twice the newer, of equally old ones the later."""
    latest: dict[str, Order] = {}
    for order in batch:
        other = latest.get(order.order_id)
        if other is None or not _is_older(order, other):
            latest[order.order_id] = order
    return latest


def _is_older(order: Order, other: Order) -> bool:
    if order.updated_at is None or other.updated_at is None:
        return False
    return order.updated_at < other.updated_at


def _find(
    session: Session,
    channel: Channel,
    incoming: dict[str, Order],
    fresh_cases: Sequence[AfterSale],
    *,
    shipments: Settled,
    read_at: datetime,
) -> list[_Arrival]:
    uid = channel.channel_uid
    about = dict.fromkeys([*(case.order_id for case in fresh_cases), *shipments])
    held = orders.held(session, uid, dict.fromkeys([*incoming, *about]))
    standing = {
        order_id: judge(held[order_id].reading if order_id in held else None, _reading(order, read_at))
        for order_id, order in incoming.items()
    }
    orders.confirm(session, uid, [one for one, word in standing.items() if word == "same"], read_at=read_at)
    fresh = dict.fromkeys(one for one, word in standing.items() if word in ("new", "newer"))
    touched = [one for one in about if one in held and one not in fresh]
    stored = orders.raw(session, uid, [one for one in [*fresh, *touched] if one in held])
    stored_cases = cases.of_orders(session, uid, [*fresh, *touched])
    before = {order_id: parse_stored(raw) for order_id, raw in stored.items()}
    return [
        _Arrival(
            order=incoming[order_id] if order_id in fresh else before[order_id],
            read_at=read_at if order_id in fresh else held[order_id].reading.read_at,
            is_fresh=order_id in fresh,
            held=held.get(order_id),
            before=before.get(order_id),
            fresh_cases=tuple(case for case in fresh_cases if case.order_id == order_id),
            all_cases=tuple(case_parser.parse_stored(kind, raw) for kind, raw in stored_cases[order_id]),
            shipments=tuple(shipments.get(order_id, ())),
        )
        for order_id in [*fresh, *touched]
    ]


def _reading(order: Order, read_at: datetime) -> Reading:
    return Reading(updated_at=order.updated_at, digest=order.digest, read_at=read_at)


def _change(channel: Channel, arrival: _Arrival) -> OrderChange:
    order, held = arrival.order, arrival.held
    told, announced = announcement(
        channel.hold_policy, order, known=held is not None, announced=held.announced if held else ""
    )
    fresh_kinds = frozenset(case.kind for case in arrival.fresh_cases)
    times = [case.updated_at for case in arrival.fresh_cases if case.updated_at is not None]
    return OrderChange(
        change="updated" if held else "created",
        order=order,
        previous_status=held.status if held else None,
        version=held.version + 1 if held else 1,
        after_sales=arrival.all_cases,
        topic=topic(arrival.before, order if arrival.is_fresh else None, fresh_kinds),
        updated_at=order.updated_at if arrival.is_fresh else max(times, default=order.updated_at),
        told=told,
        announced=announced,
        shipments=arrival.shipments,
    )


def _message(change: OrderChange, channel: Channel, now: datetime) -> Message:
    return order_message(change, channel, now=now, message_id=uuid.uuid4().hex)
