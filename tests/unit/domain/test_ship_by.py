"""Until when an order has to be shipped; which provider and which number is meant."""

from datetime import UTC, datetime, timedelta

import pytest

from mye_tiktok.domain.order import Order
from mye_tiktok.domain.ship_by import ship_by
from mye_tiktok.domain.shipping import Provider, pick_provider
from mye_tiktok.domain.tracking_number import problem
from mye_tiktok.errors import RefusedError
from mye_tiktok.tiktok.order_parser import parse_order

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
PROVIDERS = (
    Provider(provider_id="71", name="USPS"),
    Provider(provider_id="72", name="Royal Mail"),
    Provider(provider_id="73", name="royal mail "),
)


def an_order(status: str = "AWAITING_SHIPMENT", *, fulfilled: str = "", shipping: str = "", **hours: int) -> Order:
    times = {name: int((NOON + timedelta(hours=number)).timestamp()) for name, number in hours.items()}
    return parse_order({"id": "5", "status": status, "fulfillment_type": fulfilled, "shipping_type": shipping, **times})


@pytest.mark.parametrize(
    ("hours", "deadline"),
    [
        ({"rts_sla_time": 2, "tts_sla_time": 3}, "rts"),
        ({"rts_sla_time": 2, "shipping_due_time": 1}, "shipping_due"),
        ({"rts_sla_time": 2, "cancel_order_sla_time": 1, "collection_due_time": 1}, "cancel"),
        ({"tts_sla_time": 1, "recommended_shipping_time": 0, "delivery_sla_time": 0}, "tts"),
        ({"rts_sla_time": 1, "shipping_due_time": 1}, "rts"),
    ],
)
def test_the_earliest_deadline_that_shipping_meets_counts(hours: dict[str, int], deadline: str) -> None:
    found = ship_by(an_order(**hours))  # type: ignore[arg-type]

    assert found is not None
    assert (found.deadline, found.at) == (deadline, NOON + timedelta(hours=min(h for h in hours.values() if h)))
    assert found.meaning


@pytest.mark.parametrize(
    "order",
    [
        an_order(),
        an_order(recommended_shipping_time=1),
        *(
            an_order(status, rts_sla_time=1)
            for status in ("UNPAID", "ON_HOLD", "AWAITING_COLLECTION", "DELIVERED", "CANCELLED", "NEW")
        ),
        an_order(fulfilled="FULFILLMENT_BY_TIKTOK", rts_sla_time=1),
        an_order(shipping="TIKTOK_DIGITAL", rts_sla_time=1),
    ],
)
def test_what_the_seller_need_not_ship_has_no_deadline(order: Order) -> None:
    assert ship_by(order) is None


@pytest.mark.parametrize("wanted", ["71", "USPS", " usps "])
def test_a_provider_is_picked_by_id_or_name(wanted: str) -> None:
    assert pick_provider(PROVIDERS, wanted).provider_id == "71"


@pytest.mark.parametrize(
    ("wanted", "words", "listed"),
    [("DHL", "no shipping provider", "USPS (71)"), ("Royal Mail", "2 shipping providers", "royal mail (73)")],
)
def test_an_unknown_or_ambiguous_provider_is_refused_with_those_there_are(wanted: str, words: str, listed: str) -> None:
    with pytest.raises(RefusedError, match=words) as caught:
        pick_provider(PROVIDERS, wanted)

    assert listed in caught.value.hint


@pytest.mark.parametrize("number", ["AB12", "a-b_c.d/1", "1" * 50])
def test_a_tracking_number_may_hold_what_is_documented(number: str) -> None:
    assert problem(number) == ""


@pytest.mark.parametrize(
    ("number", "words"),
    [("AB1", "4 to 50"), ("1" * 51, "4 to 50"), ("AB 12", "letters"), ("ÄB12", "letters"), ("AB12\n", "letters")],
)
def test_what_is_no_tracking_number_is_said(number: str, words: str) -> None:
    assert words in problem(number)
