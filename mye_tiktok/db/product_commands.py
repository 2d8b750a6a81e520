"""Commands about products on their way: written down, claimed product by product, put off, answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, or_, select, tuple_, update
from sqlalchemy.orm import aliased

from mye_tiktok.db import bulk
from mye_tiktok.db.database import Session
from mye_tiktok.db.dialects import affected, lock
from mye_tiktok.db.tables.product_commands import ProductCommandRow
from mye_tiktok.domain.product_command import Action, Command, CommandState, Result

R = ProductCommandRow
COLUMNS = ("fingerprint", "message_id", "action", "channel_uid", "product_id", "payload", "received_at")
ACTIONS: Mapping[str, Action] = {
    "refresh": "refresh",
    "create": "create",
    "update": "update",
    "price": "price",
    "activate": "activate",
    "deactivate": "deactivate",
}
STATES: Mapping[str, CommandState] = {
    "pending": "pending",
    "done": "done",
    "unchanged": "unchanged",
    "superseded": "superseded",
    "refused": "refused",
    "failed": "failed",
}
FREE: dict[str, object] = {"claimed_by": "", "claimed_until": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandFilter:
    """Which commands are meant; what is not given does not matter."""

    state: CommandState | None = None
    channel_uid: str = ""
    product_id: str = ""


def add(session: Session, commands: Sequence[Command], *, now: datetime) -> int:
    """Write commands down in this order and return how many were new; one that is there already is left alone.

    One with a `reason` is refused at once.
    """
    waiting = [_values(command) for command in commands if not command.reason]
    fresh = {"attempts": 0, "next_attempt_at": now, "claimed_by": "", "claimed_until": None}
    pending = {**fresh, "state": "pending", "code": "", "reason": "", "settled_at": None}
    new = bulk.write(session, R, COLUMNS, waiting, existing="kept", same=pending)
    refused = [(*_values(one), one.code, one.reason) for one in commands if one.reason]
    settled = {**fresh, "state": "refused", "settled_at": now}
    return new + bulk.write(session, R, (*COLUMNS, "code", "reason"), refused, existing="kept", same=settled)


def any_due(session: Session, *, due_by: datetime) -> bool:
    """Tell whether a command waits whose time has come, claimed or not."""
    due = select(R.id).where(R.state == "pending", R.next_attempt_at <= due_by).limit(1)
    return session.execute(due).first() is not None


def claim(
    session: Session, *, claimed_by: str, now: datetime, due_by: datetime, lease: timedelta, limit: int
) -> list[Command]:
    """Take all pending commands of up to `limit` products with one that was due by `due_by`, the oldest first.

    A product of which somebody holds a command is left to him. What nobody answers is free again after its lease.
    """
    # one claims at a time: a command that comes while its product is being claimed must not go to another reader
    lock(session, "product commands")
    other = aliased(R)
    held = select(other.id).where(
        other.channel_uid == R.channel_uid,
        other.product_id == R.product_id,
        other.state == "pending",
        other.claimed_until > now,
    )
    due = (R.state == "pending", R.next_attempt_at <= due_by, ~held.exists())
    first = select(R.channel_uid, R.product_id).where(*due).group_by(R.channel_uid, R.product_id)
    products = session.execute(first.order_by(func.min(R.id)).limit(limit)).all()
    if not products:
        return []
    mine = and_(R.state == "pending", tuple_(R.channel_uid, R.product_id).in_([tuple(one) for one in products]))
    taken = {"claimed_by": claimed_by, "claimed_until": now + lease, "attempts": R.attempts + 1}
    session.flush()
    rows = session.connection().execute(update(R).where(mine).values(taken).returning(*R.__table__.columns)).all()
    return sorted(map(command_of, rows), key=lambda command: command.command_id)


def settle(session: Session, command: Command, result: Result, *, claimed_by: str, now: datetime) -> bool:
    """Note the answer to a command; False when it is not ours any more."""
    answer = {"state": result.outcome, "code": result.code, "reason": result.reason, "settled_at": now}
    return affected(session, update(R).where(*_mine([command], claimed_by)).values({**answer, **FREE})) == 1


def postpone(
    session: Session, commands: Sequence[Command], *, claimed_by: str, until: datetime, code: str, reason: str
) -> int:
    """Put off commands that did not get through this time; returns how many were still ours."""
    later = {"next_attempt_at": until, "code": code, "reason": reason}
    return affected(session, update(R).where(*_mine(commands, claimed_by)).values({**later, **FREE}))


def release(session: Session, *, claimed_by: str) -> int:
    """Give back what was claimed and not done, as if it had not been claimed."""
    mine = (R.state == "pending", R.claimed_by == claimed_by)
    return affected(session, update(R).where(*mine).values({"attempts": R.attempts - 1, **FREE}))


def find(session: Session, wanted: CommandFilter, *, limit: int) -> list[Command]:
    """Return commands, the newest first."""
    where: list[ColumnElement[bool]] = []
    if wanted.state is not None:
        where.append(R.state == wanted.state)
    if wanted.channel_uid:
        where.append(R.channel_uid == wanted.channel_uid)
    if wanted.product_id:
        where.append(R.product_id == wanted.product_id)
    query = select(*R.__table__.columns).where(*where).order_by(R.id.desc()).limit(limit)
    return [command_of(row) for row in session.execute(query)]


def retry(session: Session, command_ids: Sequence[int], *, now: datetime) -> int:
    """Let commands that were refused or given up be tried again, as if they had just come; returns how many."""
    mine = (R.id.in_(command_ids), or_(R.state == "refused", R.state == "failed"))
    again = {"state": "pending", "attempts": 0, "next_attempt_at": now, "code": "", "reason": "", "settled_at": None}
    return affected(session, update(R).where(*mine).values(again))


def command_of(row: Row[*tuple[Any, ...]]) -> Command:
    """Return a row as a value, without its prices."""
    return Command(
        fingerprint=row.fingerprint,
        message_id=row.message_id,
        action=ACTIONS[row.action],
        channel_uid=row.channel_uid,
        product_id=row.product_id,
        received_at=row.received_at,
        payload=row.payload,
        command_id=row.id,
        state=STATES[row.state],
        attempts=row.attempts,
        next_attempt_at=row.next_attempt_at,
        code=row.code,
        reason=row.reason,
        settled_at=row.settled_at,
    )


def _values(command: Command) -> bulk.Row:
    return (
        command.fingerprint,
        command.message_id,
        command.action,
        command.channel_uid,
        command.product_id,
        command.payload,
        command.received_at,
    )


def _mine(commands: Sequence[Command], claimed_by: str) -> tuple[ColumnElement[bool], ...]:
    return R.id.in_([one.command_id for one in commands]), R.state == "pending", R.claimed_by == claimed_by
