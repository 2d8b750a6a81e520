"""What the sandbox says about cancellations and returns, and what it does when a seller decides."""

from collections.abc import Callable, Iterable, Mapping

from mye_tiktok.sandbox import cases
from mye_tiktok.sandbox.answers import Json, Refusal
from mye_tiktok.sandbox.case_desk import CaseDesk, book
from mye_tiktok.sandbox.cases import Case, Topic
from mye_tiktok.sandbox.cases_past import CaseFilter
from mye_tiktok.sandbox.order_answers import window
from mye_tiktok.sandbox.order_states import HOLDING, RECALLED, open_lines
from mye_tiktok.sandbox.page_tokens import page
from mye_tiktok.sandbox.world import Call

PARTLY_CANCELLED_IN = HOLDING
# by decision: the kinds it is for, the states it fits, and the state it leads to
APPROVALS: Mapping[str, tuple[frozenset[str], str, str]] = {
    "APPROVE_REFUND": (frozenset({"REFUND"}), cases.PENDING, cases.SUCCESS),
    "APPROVE_RETURN": (frozenset({"RETURN_AND_REFUND"}), cases.PENDING, cases.TO_SHIP),
    "DIRECT_REFUND": (frozenset({"RETURN_AND_REFUND"}), cases.PENDING, cases.SUCCESS),
    "OFFER_PARTIAL_REFUND": (frozenset({"REFUND", "RETURN_AND_REFUND"}), cases.PENDING, cases.OFFERED),
    "APPROVE_RECEIVED_PACKAGE": (frozenset({"RETURN_AND_REFUND"}), cases.SHIPPED, cases.SUCCESS),
    "APPROVE_REPLACEMENT": (
        frozenset({"REPLACEMENT"}),
        "REPLACEMENT_REQUEST_PENDING",
        "REPLACEMENT_REQUEST_COMPLETE",
    ),
    "ISSUE_REPLACEMENT_REFUND": (
        frozenset({"REPLACEMENT"}),
        "REPLACEMENT_REQUEST_PENDING",
        "REPLACEMENT_REQUEST_REFUND_SUCCESS",
    ),
}
REJECTIONS: Mapping[str, tuple[frozenset[str], str, str]] = {
    "REJECT_REFUND": (frozenset({"REFUND"}), cases.PENDING, cases.REJECTED),
    "REJECT_RETURN": (frozenset({"RETURN_AND_REFUND"}), cases.PENDING, cases.REJECTED),
    "REJECT_RECEIVED_PACKAGE": (frozenset({"RETURN_AND_REFUND"}), cases.SHIPPED, cases.REFUSED),
    "REJECT_REPLACEMENT": (
        frozenset({"REPLACEMENT"}),
        "REPLACEMENT_REQUEST_PENDING",
        "REPLACEMENT_REQUEST_REJECT",
    ),
    "OFFER_PARTIAL_REFUND_AFTER_RECEIVING_PKG": (frozenset({"RETURN_AND_REFUND"}), cases.SHIPPED, cases.OFFERED),
}
UNFIT: Mapping[str, int] = {"APPROVE_RECEIVED_PACKAGE": 25011013, "OFFER_PARTIAL_REFUND": 25011032}


def search_cancellations(call: Call) -> Json:
    """Answer one page of cancellations. Source: POST /return_refund/202602/cancellations/search and 202309."""
    body = call.body
    asked = CaseFilter(
        ids=tuple(body.get("cancel_ids") or ()),
        order_ids=tuple(body.get("order_ids") or ()),
        buyers=tuple(body.get("buyer_user_ids") or ()),
        kinds=tuple(body.get("cancel_types") or ()),
        statuses=tuple(body.get("cancel_status") or ()),
    )
    found, beside = _page(call, "cancellation", asked)
    return {"cancellations": found, **beside}


def search_returns(call: Call) -> Json:
    """Answer one page of returns; without any, their key is left out. Source: POST …/returns/search."""
    body = call.body
    others = {"arbitration_status": "arbitration_status", "seller_proposed_return_type": "seller_proposed_return_type"}
    asked = CaseFilter(
        ids=tuple(body.get("return_ids") or ()),
        order_ids=tuple(body.get("order_ids") or ()),
        buyers=tuple(body.get("buyer_user_ids") or ()),
        kinds=tuple(body.get("return_types") or ()),
        statuses=tuple(body.get("return_status") or ()),
        others=tuple((name, tuple(body[key])) for key, name in others.items() if body.get(key)),
    )
    found, beside = _page(call, "return", asked)
    return {"return_orders": found, **beside} if found else beside


def reject_reasons(call: Call) -> Json:
    """Answer the reasons that one request may be rejected with. Source: GET /return_refund/202309/reject_reasons."""
    shop, case_id = call.shop, call.query["return_or_cancel_id"]
    case = shop.cancellations.find(case_id) or shop.returns.find(case_id)
    return {"reasons": _reasons(call, case.topic) if case else []}


def approve_cancellation(call: Call) -> Json:
    """Grant a buyer's request. Source: POST /return_refund/202309/cancellations/{cancel_id}/approve."""
    case = _decidable(call, "cancellation", "cancel_id", cases.CANCEL_PENDING, unfit=25011012)
    order = call.shop.orders.find(case.order_id)
    if order is not None and order.entry.get("status") not in {"AWAITING_SHIPMENT", "PARTIALLY_SHIPPING"}:
        raise Refusal(25001045, "The order has been shipped and cannot be cancelled.")
    _desk(call).settle_cancellation(call.shop, case.item_id, "approve")
    return {}


def reject_cancellation(call: Call) -> Json:
    """Refuse a buyer's request. Source: POST /return_refund/202309/cancellations/{cancel_id}/reject."""
    case = _decidable(call, "cancellation", "cancel_id", cases.CANCEL_PENDING, unfit=25011011)
    _check_reason(call, case)
    _desk(call).settle_cancellation(call.shop, case.item_id, "reject")
    return {}


def approve_return(call: Call) -> Json:
    """Take a return a step further. Source: POST /return_refund/202309/returns/{return_id}/approve."""
    decision = call.body["decision"]
    kinds, fitting, target = APPROVALS[decision]
    case = _decidable(call, "return", "return_id", fitting, unfit=UNFIT.get(decision, 25011012), kinds=kinds)
    if call.body.get("buyer_keep_item") and target == cases.TO_SHIP:
        target = cases.SUCCESS
    _desk(call).advance_return(call.shop, case.item_id, target, **_offer(call, target))
    return {}


def reject_return(call: Call) -> Json:
    """Refuse a return or a parcel. Source: POST /return_refund/202606/returns/{return_id}/reject."""
    decision = call.body["decision"]
    kinds, fitting, target = REJECTIONS[decision]
    unfit = 25020012 if fitting == cases.SHIPPED else 25001003
    case = _decidable(call, "return", "return_id", fitting, unfit=unfit, kinds=kinds)
    _check_reason(call, case)
    _desk(call).advance_return(call.shop, case.item_id, target, **_offer(call, target))
    return {}


def cancel_order(call: Call) -> Json:
    """Cancel an order, or lines of it in the US and the UK. Source: POST /return_refund/202602/cancellations."""
    shop, body = call.shop, call.body
    order = shop.orders.find(body["order_id"])
    if order is None:
        raise Refusal(25020005, "No permission for this order.")
    if not body["cancel_reason"]:
        raise Refusal(25001014, "The cancel reason is unknown.")
    _check_cancellable(order.entry, shop.stall.region)
    case = _desk(call).cancel_lines(shop, order.item_id, _lines(call, order.entry), body["cancel_reason"])
    return {"cancel_id": case.item_id, "cancel_status": case.status}


def once(handler: Callable[[Call], Json]) -> Callable[[Call], Json]:
    """Let a request that comes again with the same idempotency key be answered as the first time."""

    def answer(call: Call) -> Json:
        key = call.query.get("idempotency_key")
        if not key:
            return handler(call)
        whole = (call.shop.shop_id, call.operation.name, *call.path.values(), key)
        if whole not in call.world.answered:
            call.world.answered[whole] = handler(call)
        return call.world.answered[whole]

    return answer


def _offer(call: Call, target: str) -> Json:
    """Return what an offer of a partial refund writes on a return; such an offer needs an amount."""
    if target != cases.OFFERED:
        return {}
    given = call.body.get("partial_refund") or call.body.get("partial_refund_amount") or {}
    amount = given.get("amount") or given.get("partial_refund_total")
    if not amount or not given.get("currency"):
        raise Refusal(25001001, "Invalid parameter. A partial refund needs an amount and a currency.")
    offered = {"amount": amount, "currency": given["currency"]}
    return {"seller_proposed_return_type": "PARTIAL_REFUND", "partial_refund": offered}


def _page(call: Call, topic: Topic, asked: CaseFilter) -> tuple[list[Json], Json]:
    shop, found = call.shop, book(call.shop, topic)
    query = asked.query(topic, window(call.body), shop.stall, shop.orders.series, found.series)
    size = int(call.query.get("page_size") or 10)
    items, beside = page(found, query, call, size, sort_order="ASC", code=25001001)
    older = call.operation.path.split("/")[2] == "202309"
    return [case.view(older=older) for case in items], beside


def _desk(call: Call) -> CaseDesk:
    return call.world.cases


def _reasons(call: Call, topic: Topic) -> list[Json]:
    if call.shop.reject_reasons:
        return list(call.shop.reject_reasons)
    return [{"name": name, "text": text} for name, text in cases.REASONS[topic]]


def _check_reason(call: Call, case: Case) -> None:
    reason = call.body["reject_reason"]
    if reason in {each.get("name") for each in _reasons(call, case.topic)}:
        return
    elsewhere = {name for known in cases.REASONS.values() for name, _ in known}
    raise Refusal(25001057 if reason in elsewhere else 25001014, "The reject reason is invalid for this request.")


def _decidable(
    call: Call,
    topic: Topic,
    name: str,
    fitting: str,
    *,
    unfit: int,
    kinds: frozenset[str] = frozenset({"BUYER_CANCEL"}),
) -> Case:
    case = book(call.shop, topic).find(call.path[name])
    if case is None:
        if any(book(shop, topic).find(call.path[name]) for shop in call.world.shops):
            raise Refusal(25020005, "No permission for this order.")
        raise Refusal(25007006, "The order of this request was not found.")
    if not case.recorded and case.kind not in kinds:
        raise Refusal(25020004, "The decision does not fit the type of the request.")
    if case.status != fitting:
        raise Refusal(_unfit(call, case, unfit), "The decision does not fit the state of the request.")
    return case


def _unfit(call: Call, case: Case, unfit: int) -> int:
    """Return the refusal of a decision that comes too late: one word for what was cancelled, one for approved."""
    rejecting = call.operation.name.startswith("reject")
    if case.status.endswith("_CANCEL"):
        return unfit if rejecting else 25020009
    approved = case.status.endswith(("_SUCCESS", "_COMPLETE"))
    return 25020010 if rejecting and approved else unfit


def _check_cancellable(entry: Json, region: str) -> None:
    status = entry.get("status")
    if status in {"COMPLETED", "CANCELLED", "DELIVERED"}:
        raise Refusal(25001051, "The order is completed or cancelled.")
    if entry.get("is_buyer_request_cancel"):
        raise Refusal(25001011, "A request of the buyer is in progress.")
    if status == "IN_TRANSIT" or (status == "AWAITING_COLLECTION" and region != "US"):
        raise Refusal(25001045, "The order has been shipped and cannot be cancelled.")


def _lines(call: Call, entry: Json) -> list[str]:
    """Return the lines that a cancellation names, by line, by bundle or by SKU and number; all unless it does."""
    body, still_open = call.body, open_lines(entry)
    named = [*(body.get("order_line_item_ids") or [])]
    named += [line.get("order_line_item_id") for line in body.get("order_line_list") or []]
    for sku in body.get("skus") or []:
        of_sku = [line["id"] for line in still_open if line.get("sku_id") == sku["sku_id"] and line["id"] not in named]
        if len(of_sku) < sku["quantity"]:
            raise Refusal(25005011, "More lines than the order has.")
        named += of_sku[: sku["quantity"]]
    every = [line["id"] for line in still_open]
    if not set(named) <= set(every):
        raise Refusal(25001001, "Invalid parameter. An order line is unknown or cancelled.")
    if call.shop.stall.region not in RECALLED and not _unshipped(entry, named or every):
        raise Refusal(25001045, "A line has been shipped and cannot be cancelled.")
    if named and len(set(named)) < len(every) and call.shop.stall.region not in PARTLY_CANCELLED_IN:
        raise Refusal(25005010, "Single lines of this order cannot be cancelled.")
    return named or every


def _unshipped(entry: Json, line_ids: Iterable[str]) -> bool:
    chosen = set(line_ids)
    words = {line.get("display_status") for line in entry["line_items"] if line["id"] in chosen}
    return words <= {"UNPAID", "AWAITING_SHIPMENT"}
