"""The rules of stock as they are kept."""

from collections.abc import Mapping

from sqlalchemy import ColumnElement, and_, delete, select

from mye_tiktok.db import bulk, stock_targets
from mye_tiktok.db.database import Session
from mye_tiktok.db.dialects import affected, resembles
from mye_tiktok.db.tables.inventory import InventoryRuleRow, StockTargetRow
from mye_tiktok.db.tables.products import SkuRow, StockRow
from mye_tiktok.domain.stock_rules import BUFFERS, Rule, RuleKind

KINDS: Mapping[str, RuleKind] = {
    "buffer": "buffer",
    "buffer_percent": "buffer_percent",
    "threshold": "threshold",
    "cap": "cap",
    "map": "map",
}
COLUMNS = ("kind", "channel_uid", "pattern", "place", "warehouse_id", "value", "set_at")
R = InventoryRuleRow


def list_all(session: Session, channel_uid: str | None = None) -> list[Rule]:
    """Return all rules, or those that may apply in a channel."""
    mine = () if channel_uid is None else (R.channel_uid.in_(("", channel_uid)),)
    rows = session.scalars(select(R).where(*mine).order_by(R.kind, R.channel_uid, R.pattern, R.place))
    return [
        Rule(
            kind=KINDS[row.kind],
            channel_uid=row.channel_uid,
            pattern=row.pattern,
            place=row.place,
            warehouse_id=row.warehouse_id,
            value=row.value,
            set_at=row.set_at,
        )
        for row in rows
    ]


def set_rule(session: Session, rule: Rule) -> int:
    """Keep a rule in place of the one for the same SKUs and place; returns how many targets became due by it.

    A buffer in pieces takes the place of one in percent, and the other way round.
    """
    affected(session, delete(R).where(_same(rule)))
    values = tuple(getattr(rule, column) for column in COLUMNS)
    bulk.write(session, R, COLUMNS, [values], existing="none", same={})
    return _make_due(session, rule)


def remove(session: Session, rule: Rule) -> int | None:
    """Delete a rule and return how many targets became due by that; None when there is none like it."""
    if not affected(session, delete(R).where(_same(rule))):
        return None
    return _make_due(session, rule)


def warehouses(session: Session, channel_uid: str = "") -> list[str]:
    """Return the warehouses that the catalogue knows, of one channel or of all."""
    mine = (StockRow.channel_uid == channel_uid,) if channel_uid else ()
    return list(session.scalars(select(StockRow.warehouse_id).where(*mine).distinct().order_by(StockRow.warehouse_id)))


def fits_any(session: Session, rule: Rule) -> bool:
    """Tell whether the catalogue has a SKU that a rule is about."""
    here = (SkuRow.channel_uid == rule.channel_uid,) if rule.channel_uid else ()
    mine = select(SkuRow.sku_id).where(*here, resembles(session, SkuRow.seller_sku, rule.pattern))
    return session.scalars(mine.limit(1)).first() is not None


def _make_due(session: Session, rule: Rule) -> int:
    here = [StockTargetRow.channel_uid == rule.channel_uid] if rule.channel_uid else []
    mine = resembles(session, StockTargetRow.seller_sku, rule.pattern)
    return stock_targets.mark(session, *here, mine, now=rule.set_at)


def _same(rule: Rule) -> ColumnElement[bool]:
    kinds = BUFFERS if rule.kind in BUFFERS else (rule.kind,)
    return and_(R.kind.in_(kinds), R.channel_uid == rule.channel_uid, R.pattern == rule.pattern, R.place == rule.place)
