"""The SKUs whose stock we keep: made due, claimed by a push, and ticked off."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Text, and_, bindparam, case, cast, func, literal, or_, select, tuple_, update

from mye_tiktok.db.database import Session
from mye_tiktok.db.dialects import affected, among, is_postgresql, lock_shared
from mye_tiktok.db.tables.base import UtcTime
from mye_tiktok.db.tables.inventory import StockTargetRow
from mye_tiktok.db.tables.products import ProductRow
from mye_tiktok.domain.stock import HOT, NEAR_ZERO, ORDINARY, SkuPlan, Target

SORTING = "stock sorting"
"""The lock of those who sort in. They touch targets in no order, so whoever else locks many shares it first."""
LANES = (HOT, NEAR_ZERO, ORDINARY)
# so many due SKUs are looked at to find the products that go next
SKUS_PER_PRODUCT = 8
FREE: dict[str, object] = {"claimed_by": "", "claimed_until": None}
Key = tuple[str, str, str]
Done = tuple[SkuPlan, Mapping[str, int] | None]
"""A target that was planned, with what TikTok accepted per warehouse; None where nothing was sent."""
T = StockTargetRow
KEY = (T.channel_uid, T.product_id, T.sku_id)
# the figures as they are kept: nearly all of `sent` is empty, and a type's processing takes longer than to see that
FIGURES = cast(T.figures, Text).label("figures")
SENT = cast(T.sent, Text).label("sent")
COLUMNS = (*KEY, T.seller_sku, T.lane, T.revision, T.attempts, FIGURES, T.read_at, SENT, T.sent_at)


def waiting_since(now: datetime) -> ColumnElement[datetime]:
    """Return from when on a target that becomes due is due: one that waits already keeps its place."""
    return case((T.due_at <= now, T.due_at), else_=literal(now, UtcTime()))


def mark(session: Session, *where: ColumnElement[bool], now: datetime, lane: int | None = None) -> int:
    """Make targets due at once, as if nothing was tried yet; returns how many. Without `lane` each keeps its own."""
    values: dict[str, object] = {"due_at": waiting_since(now), "revision": T.revision + 1, "attempts": 0}
    if lane is not None:
        values["lane"] = case((T.hot_until > now, HOT), else_=lane)
    return affected(session, update(T).where(_in_turn(session, *where)).values(values))


def mark_keys(session: Session, keys: Sequence[Key], *, now: datetime, lane: int | None = None) -> int:
    """Make these targets due at once: of differences that were found, say; returns how many there are."""
    return mark(session, tuple_(*KEY).in_(keys), now=now, lane=lane) if keys else 0


def heat(session: Session, seller_skus: Sequence[str], *, now: datetime, until: datetime, sold_in: str = "") -> int:
    """Let every target of these seller SKUs go first until `until`, in all channels; returns how many there are.

    Those of the channel it was `sold_in`, and those that waited for another attempt, are due at once.
    """
    mine = and_(among(session, T.seller_sku, seller_skus), T.seller_sku != "")
    due = or_(T.due_at.is_not(None), T.channel_uid == sold_in) if sold_in else T.due_at.is_not(None)
    hot = {
        "lane": HOT,
        "hot_until": until,
        "due_at": case((due, waiting_since(now)), else_=T.due_at),
        "revision": case((due, T.revision + 1), else_=T.revision),
    }
    return affected(session, update(T).where(_in_turn(session, mine)).values(hot))


def claim(
    session: Session,
    channel_uid: str,
    *,
    claimed_by: str,
    now: datetime,
    until: datetime,
    limit_products: int,
    lanes: Sequence[int] | None = None,
) -> list[Target]:
    """Take what is due of the products that go next, those just sold first; all due SKUs of a product come together.

    With `lanes` only products with a SKU in one of these are looked at. What nobody ticks off is free again after
    `until`. Whoever claims never waits for another one who does.
    """
    products = _next_products(session, channel_uid, lanes or LANES, now=now, limit=limit_products)
    if not products:
        return []
    mine = (T.channel_uid == channel_uid, among(session, T.product_id, products), *_free(now))
    chosen = select(*KEY).where(*mine).order_by(*KEY)
    if is_postgresql(session):
        chosen = chosen.with_for_update(skip_locked=True)
    picked = chosen.cte("chosen")
    taken = {"claimed_by": claimed_by, "claimed_until": until}
    statement = update(T).where(tuple_(*KEY).in_(select(*picked.c))).values(taken).returning(*COLUMNS)
    session.flush()
    rows = session.connection().execute(statement).all()
    found_statuses = statuses(session, channel_uid, products)
    place = {product_id: number for number, product_id in enumerate(products)}
    found = [target_of(row, found_statuses.get(row.product_id, "")) for row in rows]
    return sorted(found, key=lambda target: (place[target.product_id], target.sku_id))


def due(
    session: Session, channel_uid: str, *, now: datetime, limit: int, after: tuple[str, str] = ("", "")
) -> list[Target]:
    """Return targets that are due, claimed or not, in the order of their ids: `after` a product and SKU, the next."""
    behind = tuple_(*KEY) > (channel_uid, *after)
    query = select(*COLUMNS).where(T.channel_uid == channel_uid, behind, T.due_at <= now)
    rows = session.connection().execute(query.order_by(*KEY).limit(limit)).all()
    found_statuses = statuses(session, channel_uid, list({row.product_id for row in rows}))
    return [target_of(row, found_statuses.get(row.product_id, "")) for row in rows]


def count_due(session: Session, channel_uid: str, *, now: datetime) -> int:
    """Count the targets of a channel that are due."""
    mine = (T.channel_uid == channel_uid, T.due_at <= now)
    return session.scalars(select(func.count()).select_from(T).where(*mine)).one()


def keep_figures(session: Session, figures: Mapping[Key, Mapping[str, int]], *, read_at: datetime) -> None:
    """Note what TikTok shows for these targets."""
    if not figures:
        return
    mine = [column == bindparam(f"key_{number}") for number, column in enumerate(KEY)]
    rows = [
        {"key_0": key[0], "key_1": key[1], "key_2": key[2], "figures": dict(figures[key]), "read_at": read_at}
        for key in sorted(figures)
    ]
    values = {"figures": bindparam("figures", type_=T.figures.type), "read_at": bindparam("read_at", type_=UtcTime())}
    hold(session, figures)
    session.flush()
    session.connection().execute(update(T).where(*mine).values(values), rows)


def hold(session: Session, keys: Iterable[Key]) -> None:
    """Lock these targets before they are dealt with one by one, in whatever order."""
    chosen = sorted(set(keys))
    lock_shared(session, SORTING)
    if chosen and is_postgresql(session):
        session.execute(select(T.sku_id).where(tuple_(*KEY).in_(chosen)).order_by(*KEY).with_for_update())


def finish(session: Session, done: Iterable[Done], *, now: datetime) -> int:
    """Tick off targets that were dealt with, each with what TikTok accepted; returns how many are not due any more.

    One that was made due again since its plan stays due, also when somebody else sent that before us. Call `hold` first
    when more is dealt with in the transaction.
    """
    over: dict[str, object] = {"due_at": None, "attempts": 0}
    return sum(
        _end(session, plan, sent, over | {"code": plan.code, "message": plan.message}, now=now)
        for plan, sent in _in_order(done)
    )


def postpone(
    session: Session, done: Iterable[Done], *, now: datetime, due_at: datetime, code: str, message: str
) -> int:
    """Put off targets that did not get through, one attempt more each; returns how many.

    One that was made due again since its plan stays due at once. Give what TikTok may have accepted all the same, after
    a timeout say: until it is known to be gone no figure of TikTok's is trusted to be final.
    """
    later = {"due_at": due_at, "attempts": T.attempts + 1, "code": code, "message": message}
    return sum(_end(session, plan, sent, later, now=now) for plan, sent in _in_order(done))


def sold_meanwhile(session: Session, plans: Iterable[SkuPlan]) -> set[Key]:
    """Return those that were sold since they were planned: their plans may show too much."""
    since = {plan.key: plan.revision for plan in plans}
    query = select(*KEY, T.revision).where(tuple_(*KEY).in_(list(since)), T.lane == HOT)
    found = [((uid, product_id, sku_id), revision) for uid, product_id, sku_id, revision in session.execute(query)]
    return {key for key, revision in found if revision != since[key]}


def give_back(session: Session, keys: Iterable[Key]) -> int:
    """Give back single targets that were claimed, for whoever claims next; returns how many."""
    return affected(session, update(T).where(_in_turn(session, tuple_(*KEY).in_(list(keys)))).values(FREE))


def release(session: Session, channel_uid: str, *, claimed_by: str) -> int:
    """Give back everything that `claimed_by` claimed and did not tick off."""
    mine = (T.channel_uid == channel_uid, T.claimed_by == claimed_by, T.due_at.is_not(None))
    return affected(session, update(T).where(_in_turn(session, *mine)).values(FREE))


def target_of(row: Row[*tuple[Any, ...]], status: str) -> Target:
    """Return a row of COLUMNS as a value, with the status of its product."""
    channel_uid, product_id, sku_id, seller_sku, lane, revision, attempts, figures, read_at, sent, sent_at = row[:11]
    return Target(
        channel_uid=channel_uid,
        product_id=product_id,
        sku_id=sku_id,
        seller_sku=seller_sku,
        lane=lane,
        revision=revision,
        attempts=attempts,
        figures=_per_warehouse(figures),
        read_at=read_at,
        sent=_per_warehouse(sent),
        sent_at=sent_at,
        status=status,
    )


def _per_warehouse(text: str) -> dict[str, int]:
    return {} if text == "{}" else json.loads(text)


def statuses(session: Session, channel_uid: str, product_ids: Sequence[str]) -> dict[str, str]:
    """Return the statuses of these products, as far as they are known."""
    mine = (ProductRow.channel_uid == channel_uid, among(session, ProductRow.product_id, product_ids))
    return dict(session.execute(select(ProductRow.product_id, ProductRow.status).where(*mine)).all())


def _next_products(session: Session, channel_uid: str, lanes: Sequence[int], *, now: datetime, limit: int) -> list[str]:
    """Return the products of the first due SKUs, lane by lane, which the index has in that order."""
    products: dict[str, None] = {}
    for lane in sorted(lanes):
        mine = (T.channel_uid == channel_uid, T.lane == lane, *_free(now))
        first = select(T.product_id).where(*mine).order_by(T.due_at).limit(limit * SKUS_PER_PRODUCT)
        products |= dict.fromkeys(session.scalars(first))
        if len(products) >= limit:
            break
    return list(products)[:limit]


def _free(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return T.due_at <= now, or_(T.claimed_until.is_(None), T.claimed_until <= now)


def _in_turn(session: Session, *where: ColumnElement[bool]) -> ColumnElement[bool]:
    """Lock rows in the order of their keys, as everybody does: two that lock many never wait for each other."""
    if not is_postgresql(session):
        return and_(*where)
    lock_shared(session, SORTING)
    locked = select(*KEY).where(*where).order_by(*KEY).with_for_update().cte("locked")
    return tuple_(*KEY).in_(select(*locked.c))


def _in_order(done: Iterable[Done]) -> list[Done]:
    return sorted(done, key=lambda one: (one[0].channel_uid, one[0].product_id, one[0].sku_id))


def _end(
    session: Session, plan: SkuPlan, sent: Mapping[str, int] | None, values: Mapping[str, object], *, now: datetime
) -> int:
    mine = (T.channel_uid == plan.channel_uid, T.product_id == plan.product_id, T.sku_id == plan.sku_id)
    given: Mapping[str, object] = {} if sent is None else {"sent": dict(sent), "sent_at": now}
    free: dict[str, object] = {**FREE, **given}
    ended = affected(session, update(T).where(*mine, T.revision == plan.revision).values({**free, **values}))
    if not ended:
        # it had its turn, and waits behind the others; what was sent may have come after what is newer
        again = now if sent else case((T.due_at <= now, now), else_=T.due_at)
        affected(session, update(T).where(*mine).values({**free, "due_at": again}))
    return ended
