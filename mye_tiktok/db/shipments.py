"""Shipments on their way: written down, claimed, sent, put off, settled."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, func, or_, select, update

from mye_tiktok.db import bulk
from mye_tiktok.db.database import Session
from mye_tiktok.db.dialects import affected, among, is_postgresql
from mye_tiktok.db.tables.shipments import ShipmentRow
from mye_tiktok.domain.shipment import Origin, Outcome, Shipment, ShipmentKind, ShipmentState

R = ShipmentRow
WANTED = (
    "channel_uid",
    "kind",
    "order_id",
    "package_id",
    "line_item_ids",
    "tracking_number",
    "provider_id",
    "provider_name",
    "details",
    "origin",
    "source",
)
KINDS: Mapping[str, ShipmentKind] = {
    "ship": "ship",
    "mark_shipped": "mark_shipped",
    "arrange": "arrange",
    "create": "create",
    "update": "update",
}
STATES: Mapping[str, ShipmentState] = {
    "pending": "pending",
    "sent": "sent",
    "shipped": "shipped",
    "refused": "refused",
    "failed": "failed",
}
ORIGINS: Mapping[str, Origin] = {"hand": "hand", "file": "file", "queue": "queue"}
OPEN = ("pending", "sent")
UNDONE = ("refused", "failed")
FREE: dict[str, object] = {"claimed_by": "", "claimed_until": None}
AGAIN: dict[str, object] = {
    "state": "pending",
    "attempts": 0,
    "code": "",
    "message": "",
    "settled_at": None,
    "sent_at": None,
}
MENDED = ("provider_id", "provider_name", "details")
"""What may differ in the same intention when it is given again."""


def add(session: Session, shipments: Sequence[Shipment], *, now: datetime) -> int:
    """Write intentions down and return how many were new.

    One that was refused or given up is to be tried again when it is given again, in another message or by a person;
    by hand also one that is done, for then a look at TikTok tells. One that waits takes over another carrier or way of
    handing over, and is due; one that is on its way is left alone.
    """
    rows = [(one.fingerprint, *_wanted(one)) for one in shipments]
    fresh = {
        **{"state": "pending", "attempts": 0, "next_attempt_at": now, "sent_at": None, "settled_at": None, **FREE},
        **{"code": "", "message": "", "tiktok_request_id": "", "package_ids": [], "created_at": now, "updated_at": now},
    }
    new = bulk.write(session, R, ("fingerprint", *WANTED), rows, existing="kept", same=fresh)
    if new < len(rows):
        _give_again(session, {one.fingerprint: one for one in shipments}, now=now)
    return new


def ids_of(session: Session, shipments: Sequence[Shipment]) -> list[int]:
    """Return the rows of intentions that were written down, in their order."""
    prints = [one.fingerprint for one in shipments]
    found = session.execute(select(R.fingerprint, R.shipment_id).where(among(session, R.fingerprint, prints)))
    known = {row.fingerprint: row.shipment_id for row in found}
    return [known[one] for one in prints]


def settled_before(session: Session, shipments: Sequence[Shipment]) -> dict[str, Shipment]:
    """Return those of the intentions that shipped, or were refused, as they were written down, by fingerprint."""
    prints = [one.fingerprint for one in shipments]
    rows = session.execute(select(*R.__table__.columns).where(among(session, R.fingerprint, prints)))
    return {row.fingerprint: shipment_of(row) for row in rows if row.state in ("shipped", "refused")}


def due_ids(session: Session, *, due_by: datetime, now: datetime, limit: int) -> list[int]:
    """Return the intentions whose time has come and that nobody holds, the oldest due first."""
    due = (R.state.in_(OPEN), R.next_attempt_at <= due_by, _free(now))
    query = select(R.shipment_id).where(*due).order_by(R.next_attempt_at, R.shipment_id).limit(limit)
    return list(session.scalars(query))


def claim(
    session: Session, shipment_ids: Sequence[int], *, claimed_by: str, now: datetime, lease: timedelta
) -> list[Shipment]:
    """Take those of the intentions that are open and that nobody holds, in their order; nobody waits for anybody.

    What its holder never settles is free again after its lease, and "sent" when the call may have been made.
    """
    ready = select(R.shipment_id).where(R.shipment_id.in_(shipment_ids), R.state.in_(OPEN), _free(now))
    if is_postgresql(session):
        ready = ready.with_for_update(skip_locked=True)
    chosen = ready.cte("ready")
    taken = {"claimed_by": claimed_by, "claimed_until": now + lease, "attempts": R.attempts + 1}
    statement = update(R).where(R.shipment_id.in_(select(chosen.c.shipment_id))).values(taken)
    session.flush()
    rows = session.connection().execute(statement.returning(*R.__table__.columns)).all()
    return sorted(map(shipment_of, rows), key=lambda one: one.shipment_id)


def mark_sent(session: Session, shipment_ids: Sequence[int], *, claimed_by: str, now: datetime) -> set[int]:
    """Note that the calls are about to be made; returns those that may be made, for they are still ours."""
    sent = {"state": "sent", "sent_at": now, "updated_at": now}
    mine = (R.shipment_id.in_(shipment_ids), R.state.in_(OPEN), R.claimed_by == claimed_by, R.claimed_until > now)
    session.flush()
    return set(session.connection().execute(update(R).where(*mine).values(sent).returning(R.shipment_id)).scalars())


def settle(session: Session, shipment_id: int, outcome: Outcome, *, claimed_by: str, now: datetime) -> bool:
    """Note what became of an intention, for good or until `retry_at`; False when it is not ours any more."""
    open_still = outcome.state in OPEN
    values: dict[str, object] = {
        "state": outcome.state,
        "code": outcome.code,
        "message": outcome.text,
        "tiktok_request_id": outcome.request_id,
        "updated_at": now,
        "settled_at": None if open_still else now,
        **FREE,
    }
    if outcome.package_ids:
        values["package_ids"] = list(outcome.package_ids)
    if outcome.retry_at is not None:
        values["next_attempt_at"] = outcome.retry_at
    mine = (R.shipment_id == shipment_id, R.state.in_(OPEN), R.claimed_by == claimed_by)
    return affected(session, update(R).where(*mine).values(values)) == 1


def release(session: Session, shipment_ids: Sequence[int], *, claimed_by: str, unsent: bool = False) -> int:
    """Give back what nobody tried, as if it had not been claimed; `unsent`: marked as sent, but never called."""
    mine = (R.shipment_id.in_(shipment_ids), R.state.in_(OPEN), R.claimed_by == claimed_by)
    back: dict[str, object] = {"attempts": R.attempts - 1, **FREE}
    return affected(session, update(R).where(*mine).values(back | ({"state": "pending"} if unsent else {})))


def free_dead(session: Session, is_gone: Callable[[str], bool]) -> int:
    """Free what is held by processes of this host that are gone; returns how many intentions that were."""
    holders = session.scalars(select(R.claimed_by).where(R.state.in_(OPEN), R.claimed_by != "").distinct())
    gone = [one for one in holders if is_gone(one.rpartition(" ")[2])]
    return affected(session, update(R).where(R.claimed_by.in_(gone), R.state.in_(OPEN)).values(FREE)) if gone else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentFilter:
    """Which intentions are meant; what is not given does not matter."""

    state: ShipmentState | None = None
    channel_uid: str = ""
    order_id: str = ""


def find(session: Session, wanted: ShipmentFilter, *, limit: int) -> list[Shipment]:
    """Return intentions, the newest first."""
    where: list[ColumnElement[bool]] = []
    if wanted.state is not None:
        where.append(R.state == wanted.state)
    if wanted.channel_uid:
        where.append(R.channel_uid == wanted.channel_uid)
    if wanted.order_id:
        where.append(R.order_id == wanted.order_id)
    query = select(*R.__table__.columns).where(*where).order_by(R.shipment_id.desc()).limit(limit)
    return [shipment_of(row) for row in session.execute(query)]


def by_ids(session: Session, shipment_ids: Sequence[int]) -> dict[int, Shipment]:
    """Return these intentions."""
    rows = session.execute(select(*R.__table__.columns).where(R.shipment_id.in_(shipment_ids)))
    return {row.shipment_id: shipment_of(row) for row in rows}


def retry(session: Session, *, now: datetime, shipment_ids: Sequence[int] | None = None) -> int:
    """Let those that were given up (of ids also refused and waiting ones) be due now; None: all that were given up."""
    where: tuple[ColumnElement[bool], ...] = (R.state == "failed",)
    if shipment_ids is not None:
        affected(session, update(R).where(R.shipment_id.in_(shipment_ids), R.state.in_(OPEN)).values(_due(now)))
        where = (R.shipment_id.in_(shipment_ids), R.state.in_(UNDONE))
    return affected(session, update(R).where(*where).values(AGAIN | _due(now)))


def counts(session: Session) -> Mapping[str, int]:
    """Return how many intentions did not ship, by their states."""
    unshipped = select(R.state, func.count()).where(R.state.in_((*OPEN, *UNDONE))).group_by(R.state)
    found = dict.fromkeys((*OPEN, *UNDONE), 0)
    for state, number in session.execute(unshipped):
        found[state] = number
    return found


def shipment_of(row: Row[*tuple[Any, ...]]) -> Shipment:
    """Return a row as a value."""
    details: Mapping[str, str] = row.details
    start, _, end = details.get("slot", "").partition(",")
    return Shipment(
        channel_uid=row.channel_uid,
        kind=KINDS[row.kind],
        order_id=row.order_id,
        package_id=row.package_id,
        line_item_ids=tuple(row.line_item_ids),
        tracking_number=row.tracking_number,
        provider=row.provider_id or row.provider_name,
        method=details.get("method", ""),
        slot=(int(start), int(end)) if start and end else None,
        service_id=details.get("service_id", ""),
        origin=ORIGINS[row.origin],
        source=row.source,
        shipment_id=row.shipment_id,
        state=STATES[row.state],
        attempts=row.attempts,
        next_attempt_at=row.next_attempt_at,
        sent_at=row.sent_at,
        code=row.code,
        message=row.message,
        request_id=row.tiktok_request_id,
        package_ids=tuple(row.package_ids),
        created_at=row.created_at,
        settled_at=row.settled_at,
    )


def _give_again(session: Session, given: Mapping[str, Shipment], *, now: datetime) -> None:
    columns = (R.fingerprint, R.shipment_id, R.state, R.source, R.provider_id, R.provider_name, R.details)
    known = session.execute(select(*columns).where(among(session, R.fingerprint, list(given)), R.state != "sent"))
    for row in known.all():
        one = given[row.fingerprint]
        wanted = dict(zip(WANTED, _wanted(one), strict=True))
        if one.origin == "queue" and row.source == one.source:
            continue  # the same message once more
        if row.state == "pending":
            if (row.provider_id, row.provider_name, row.details) != tuple(wanted[name] for name in MENDED):
                unsent = (R.shipment_id == row.shipment_id, R.state == "pending", _free(now))
                affected(session, update(R).where(*unsent).values({**wanted, **_due(now)}))
        elif row.state != "shipped" or one.origin == "hand":
            # settled still: another process may have given it again, and sent it, since we looked
            settled = (R.shipment_id == row.shipment_id, R.state.not_in(OPEN))
            affected(session, update(R).where(*settled).values({**wanted, **AGAIN, **_due(now)}))


def _due(now: datetime) -> dict[str, object]:
    return {"next_attempt_at": now, "updated_at": now}


def _free(now: datetime) -> ColumnElement[bool]:
    return or_(R.claimed_until.is_(None), R.claimed_until <= now)


def _wanted(one: Shipment) -> bulk.Row:
    is_id = one.provider.isascii() and one.provider.isdigit()
    slot = f"{one.slot[0]},{one.slot[1]}" if one.slot else ""
    details = {"method": one.method, "slot": slot, "service_id": one.service_id}
    return (
        one.channel_uid,
        one.kind,
        one.order_id,
        one.package_id,
        list(one.line_item_ids),
        one.tracking_number,
        one.provider if is_id else "",
        "" if is_id else one.provider,
        {name: text for name, text in details.items() if text},
        one.origin,
        one.source,
    )
