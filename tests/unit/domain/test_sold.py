"""What an order takes out of stock: every piece once, and none of what was cancelled."""

from hypothesis import given
from hypothesis import strategies as st

from mye_tiktok.domain.json import Json
from mye_tiktok.domain.sold import Sold, sold
from mye_tiktok.tiktok.order_parser import parse_order

lines = st.builds(
    lambda sku, status: {"product_id": "1", "sku_id": sku, "seller_sku": f"S-{sku}", "display_status": status},
    st.sampled_from(["", "11", "12"]),
    st.sampled_from(["UNPAID", "AWAITING_SHIPMENT", "CANCELLED", "SOMETHING_NEW"]),
)


def held(status: str, *line_items: Json) -> dict[str, Sold]:
    numbered = [{"id": str(at), **line} for at, line in enumerate(line_items, start=1)]
    return sold(parse_order({"id": "577", "status": status, "line_items": numbered}))


@given(of=st.lists(lines, max_size=8))
def test_every_line_that_is_not_cancelled_is_a_piece(of: list[Json]) -> None:
    holds = held("UNPAID", *of)

    for sku_id in ("11", "12"):
        pieces = [one for one in of if one["sku_id"] == sku_id and one["display_status"] != "CANCELLED"]
        assert (holds[sku_id].quantity if sku_id in holds else 0) == len(pieces)
    assert set(holds) <= {"11", "12"}


def test_a_cancelled_order_and_none_at_all_hold_nothing() -> None:
    assert held("CANCELLED", {"sku_id": "11", "display_status": "AWAITING_SHIPMENT"}) == {}
    assert sold(None) == {}


def test_a_bundle_holds_its_parts_as_well() -> None:
    parts = [{"product_id": "2", "sku_id": "21", "seller_sku": "MUG", "sku_count": 2}]

    holds = held("UNPAID", *[{"product_id": "1", "sku_id": "11", "combined_listing_skus": parts} for _ in range(2)])

    assert {sku_id: one.quantity for sku_id, one in holds.items()} == {"11": 2, "21": 4}
    assert (holds["21"].product_id, holds["21"].seller_sku) == ("2", "MUG")
