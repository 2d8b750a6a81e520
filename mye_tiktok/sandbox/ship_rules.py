"""What TikTok refuses when something is to be shipped: the market's way of shipping, states, carriers, numbers.

Source: FACTS of the reference pack, "Packages and shipping" and "Error codes"; the codes of each call's page.
"""

import re
from collections.abc import Mapping, Sequence

from mye_tiktok.sandbox.answers import Json, Refusal
from mye_tiktok.sandbox.cases import Case
from mye_tiktok.sandbox.delivery_options import OPTIONS, carriers
from mye_tiktok.sandbox.order_desk import SHIPS_ANYWAY
from mye_tiktok.sandbox.order_states import Parcel, waiting_lines
from mye_tiktok.sandbox.shops import Shop

SEA = frozenset({"VN", "ID", "TH", "MY", "PH", "SG"})
LATAM = frozenset({"MX", "BR"})
EMEA = frozenset({"GB", "IE", "ES", "IT", "DE", "FR"})
# where sellers upload tracking numbers, where they arrange packages, and where TikTok sells labels
MARKED = EMEA | {"US", "JP"}
ARRANGED: Mapping[str, frozenset[str]] = {"SELLER": SEA | LATAM, "TIKTOK": SEA | LATAM | EMEA}
BOUGHT = EMEA | {"US", "JP"}
OPEN_RETURNS = frozenset(
    {"RETURN_OR_REFUND_REQUEST_PENDING", "REPLACEMENT_REQUEST_PENDING", "EXCHANGE_REQUEST_PENDING"}
)
WAITING = frozenset({"AWAITING_SHIPMENT", "PARTIALLY_SHIPPING"})
LENGTHS = range(4, 51)
SPELLING = re.compile(r"[A-Za-z0-9_./-]+")


def check_market(entry: Json, region: str, call: str) -> None:
    """Refuse what ships otherwise here: `call` is mark, arrange or buy."""
    if str(entry.get("fulfillment_type")) == "FULFILLMENT_BY_TIKTOK":
        raise Refusal(21008025, "The order is fulfilled by the platform.")
    shipping = str(entry.get("shipping_type"))
    if call == "mark":
        if region not in MARKED:
            raise Refusal(21008106, "Marking as shipped is not available in this region.")
        if shipping != "SELLER":
            raise Refusal(21011004, "The package is not shipped by the seller.")
    if call == "arrange" and region not in ARRANGED.get(shipping, frozenset()):
        raise Refusal(21011003, "This action is not allowed for the shipping type of the order in this market.")
    if call == "buy":
        if region not in BOUGHT:
            raise Refusal(21004010, "Labels are not available in this country.")
        if shipping != "TIKTOK":
            raise Refusal(21011013, "The order is not shipped with the platform's labels.")


def check_state(entry: Json, region: str, *, shipped: int) -> None:
    """Refuse an order that is not to be shipped now; `shipped` is the code of one that was shipped before."""
    status = str(entry.get("status"))
    if status == "ON_HOLD":
        raise Refusal(21011044, "The order is on hold and cannot be fulfilled yet.")
    if status == "CANCELLED":
        raise Refusal(21011041, "The order is cancelled.")
    if status == "UNPAID":
        raise Refusal(21042057, "The order is not awaiting shipment.")
    if status not in WAITING:
        raise Refusal(shipped, "The order has been shipped already.")
    if entry.get("is_buyer_request_cancel") and region not in SHIPS_ANYWAY:
        raise Refusal(21011007, "The order has an open after-sales request.")


def check_after_sales(cases: Sequence[Case], *, code: int = 21008044) -> None:
    """Refuse while a return of the order waits for the seller."""
    if any(case.status in OPEN_RETURNS for case in cases):
        raise Refusal(code, "An item of the order has an open after-sales request.")


def chosen_lines(entry: Json, named: Sequence[str]) -> list[str]:
    """Return the units that a call names, or all that are still to be shipped; refuses others."""
    waiting = waiting_lines(entry)
    if not named:
        packages = {line.get("package_id") for line in entry["line_items"] if line["id"] in waiting}
        if len(packages) > 1:
            raise Refusal(21011048, "The order has several packages: name the order lines.")
        return waiting
    words = {str(line["id"]): line.get("display_status") for line in entry["line_items"]}
    if not words.keys() >= set(named):
        raise Refusal(21011029, "An order line does not belong to the order.")
    if any(words[line_id] == "CANCELLED" for line_id in named):
        raise Refusal(21011041, "An order line is cancelled.")
    if not set(named) <= set(waiting):
        raise Refusal(21011006, "An order line has been shipped already.")
    return list(dict.fromkeys(named))


def parcel_of(entry: Json, shop: Shop, given: Json, *, spelling: int = 21011022) -> Parcel:
    """Return what a call says of a parcel; refuses a tracking number or carrier that cannot be.

    spelling: the code for a character that no tracking number has.
    """
    number, provider_id = str(given.get("tracking_number") or ""), str(given.get("shipping_provider_id") or "")
    if len(number) not in LENGTHS:
        raise Refusal(21011022, "The tracking number is invalid.")
    if not SPELLING.fullmatch(number):
        raise Refusal(spelling, "The tracking number has forbidden characters.")
    option = OPTIONS.get(str(entry.get("delivery_option_id")))
    known = {} if option is not None and option.fulfilled else carriers(shop.stall.region)
    if provider_id not in known:
        raise Refusal(21011022, "The shipping provider id is invalid.")
    return Parcel(tracking_number=number, provider_id=provider_id, provider=known[provider_id])
