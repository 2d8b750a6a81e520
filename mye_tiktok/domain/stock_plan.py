"""What is to be done about one SKU's stock: from MYE's levels, the rules, what was sold, and TikTok's own figures."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from mye_tiktok.domain.stock import AMBIGUOUS, Known, Level, SkuPlan, Target, Verdict, WarehousePlan
from mye_tiktok.domain.stock_rules import Rule, Rulebook, figure, map_of, warehouse_of

READ_AFTER_WRITE = timedelta(minutes=10)
"""How long TikTok may show the figure from before an update; nobody says, so we take no figure for final sooner."""
REFUSING_STATUSES: Mapping[str, str] = {"FREEZE": "product-frozen", "DELETED": "product-deleted"}
"""Product statuses in which TikTok takes no stock, and our code for each ("Update Inventory", status rules)."""
MOST_KEPT = 2**63 - 1
"""The largest figure that a database keeps; several places may come to more."""
SKU_GONE, WAREHOUSE_MISSING, WAREHOUSE_UNKNOWN = "sku-gone", "warehouse-missing", "warehouse-unknown"


def plan_sku(known: Known, rules: Rulebook, figures: Mapping[str, int] | None, *, now: datetime) -> SkuPlan:
    """Decide about one SKU. `figures` is what TikTok shows per warehouse, None when it does not know the SKU.

    Of several levels of a place the newest counts; a warehouse that MYE says nothing of keeps TikTok's figure.
    """
    target = known.target
    if code := REFUSING_STATUSES.get(target.status):
        return _refused(known, code, f"TikTok takes no stock for a product in status {target.status}")
    if not figures:
        return _refused(known, SKU_GONE, f"TikTok shows no SKU {target.sku_id} of product {target.product_id}")
    mine = rules.of(target.channel_uid, target.seller_sku)
    standing, lost = _placed(known.levels, figures, mine)
    warehouses = _warehouses(known, standing, figures, mine)
    refused = {
        wish.wish_id: _no_place(wish.place, figures, mine)
        for wish in known.waiting
        if wish.place in lost and lost[wish.place].wish_id == wish.origin_id
    }
    answered = {*refused} | {wish_id for one in warehouses for wish_id in one.wish_ids}
    late = [wish.wish_id for wish in known.waiting if wish.wish_id not in answered]
    if known.ambiguous:
        refused |= dict.fromkeys(late, (AMBIGUOUS, f"two SKUs of the shop have the seller SKU {target.seller_sku!r}"))
    # also where all wishes have their answer: what MYE says of these places can't be shown
    astray = [_no_place(place, figures, mine) for place in lost]
    verdict, code, message = _verdict(target, warehouses, [*refused.values(), *astray], now=now)
    return _plan(
        known,
        verdict,
        warehouses=warehouses,
        code=code,
        message=message,
        superseded=() if known.ambiguous else tuple(late),
        refused=refused or None,
    )


def newest(levels: Iterable[Level]) -> dict[str, Level]:
    """Return the newest level of each place; of two with the same time the one that arrived later."""
    found: dict[str, Level] = {}
    for level in levels:
        held = found.get(level.place)
        if held is None or _age(level) > _age(held):
            found[level.place] = level
    return found


def spoke_at(levels: Iterable[Level]) -> datetime | None:
    """Return when MYE last spoke of a SKU: a late wish knows only of what was before it was made."""
    return max((min(level.occurred_at, level.received_at) for level in levels), default=None)


def _age(level: Level) -> tuple[datetime, int]:
    return level.occurred_at, level.wish_id


def _placed(
    levels: Sequence[Level], warehouses: Mapping[str, int], rules: Sequence[Rule]
) -> tuple[dict[str, list[Level]], dict[str, Level]]:
    """Return the levels that stand, per warehouse, and those whose place is no warehouse of the SKU."""
    found: defaultdict[str, list[tuple[Level, bool]]] = defaultdict(list)
    lost: dict[str, Level] = {}
    for place, level in newest(levels).items():
        meant = warehouse_of(place, warehouses, () if level.by_hand else rules)
        if meant is None:
            lost[place] = level
        else:
            found[meant[0]].append((level, meant[1]))
    return {warehouse_id: _standing(placed) for warehouse_id, placed in found.items()}, lost


def _standing(placed: Sequence[tuple[Level, bool]]) -> list[Level]:
    """Return what is summed: parts, unless the whole was told later than all of them; then only the whole.

    Of the parts only those count that are newer than the last figure of the whole: MYE went over to parts then.
    """
    if len(placed) == 1:
        return [placed[0][0]]
    whole = max((level for level, is_whole in placed if is_whole), key=_age, default=None)
    parts = [level for level, is_whole in placed if not is_whole and (whole is None or _age(level) > _age(whole))]
    return parts or ([whole] if whole else [])


def _warehouses(
    known: Known, standing: Mapping[str, Sequence[Level]], figures: Mapping[str, int], rules: Sequence[Rule]
) -> tuple[WarehousePlan, ...]:
    sold = _sold(known)
    plans = []
    for warehouse_id, current in figures.items():
        levels = standing.get(warehouse_id)
        if not levels:
            plans.append(
                WarehousePlan(
                    warehouse_id=warehouse_id, current=current, wanted=None, to=current, rule="as TikTok shows it"
                )
            )
            continue
        wanted = min(sum(level.quantity for level in levels), MOST_KEPT)
        to, words = _figure(levels, wanted, sold=sold, rules=rules, warehouse_id=warehouse_id)
        origins = {level.wish_id for level in levels}
        plans.append(
            WarehousePlan(
                warehouse_id=warehouse_id,
                current=current,
                wanted=wanted,
                to=to,
                rule=words,
                wish_ids=tuple(wish.wish_id for wish in known.waiting if wish.origin_id in origins),
            )
        )
    return tuple(plans)


def _figure(
    levels: Sequence[Level], wanted: int, *, sold: int, rules: Sequence[Rule], warehouse_id: str
) -> tuple[int, str]:
    """Return what the rules make of it; what a person set is meant as it is."""
    if any(level.by_hand for level in levels):
        return figure(wanted, sold=sold, rules=(), warehouse_id=warehouse_id, says="by hand")
    return figure(wanted, sold=sold, rules=rules, warehouse_id=warehouse_id)


def _sold(known: Known) -> int:
    """Count what was sold since MYE last spoke of this SKU: its figure can't know of that.

    From which warehouse an order takes its pieces nobody says before it is shipped, so they go off each one that MYE
    speaks of.
    """
    if not known.sales:
        return 0
    told = spoke_at(known.levels)
    return sum(sale.quantity for sale in known.sales if told and sale.ordered_at > told)


def _no_place(place: str, figures: Mapping[str, int], rules: Sequence[Rule]) -> tuple[str, str]:
    names = ", ".join(figures)
    if rule := map_of(place, rules):
        kept = f"the SKU is not kept in warehouse {rule.warehouse_id}, but in {names}"
        return WAREHOUSE_UNKNOWN, f"rule map {place}={rule.warehouse_id}: {kept}"
    if not place:
        return WAREHOUSE_MISSING, f"the SKU has several warehouses ({names}) and the wish names none"
    return WAREHOUSE_UNKNOWN, f"{place!r} is no warehouse of the SKU, which has {names}, and no rule maps it to one"


def _verdict(
    target: Target, warehouses: Sequence[WarehousePlan], reasons: Sequence[tuple[str, str]], *, now: datetime
) -> tuple[Verdict, str, str]:
    if all(one.wanted is None for one in warehouses):
        return ("rejected", *reasons[0]) if reasons else ("unchanged", "", "")
    same = all(one.to == one.current for one in warehouses)
    return ("unchanged" if same and not _sent_otherwise(target, warehouses, now=now) else "send"), "", ""


def _sent_otherwise(target: Target, warehouses: Sequence[WarehousePlan], *, now: datetime) -> bool:
    """Tell whether another figure was sent a moment ago, which TikTok may not show yet."""
    if target.sent_at is None or target.sent_at + READ_AFTER_WRITE < now:
        return False
    return any(target.sent.get(one.warehouse_id, one.to) != one.to for one in warehouses)


def _refused(known: Known, code: str, message: str) -> SkuPlan:
    refused = {wish.wish_id: (code, message) for wish in known.waiting}
    return _plan(known, "rejected", code=code, message=message, refused=refused)


def _plan(
    known: Known,
    verdict: Verdict,
    *,
    code: str,
    message: str,
    refused: Mapping[int, tuple[str, str]] | None,
    warehouses: tuple[WarehousePlan, ...] = (),
    superseded: tuple[int, ...] = (),
) -> SkuPlan:
    target = known.target
    return SkuPlan(
        channel_uid=target.channel_uid,
        product_id=target.product_id,
        sku_id=target.sku_id,
        seller_sku=target.seller_sku,
        revision=target.revision,
        lane=target.lane,
        attempts=target.attempts,
        verdict=verdict,
        warehouses=warehouses,
        code=code,
        message=message,
        superseded=superseded,
        refused=refused,
    )
