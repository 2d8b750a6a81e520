"""Packages, carriers, labels and the calls that ship, as they are asked for and answered on the wire."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

import pytest
from pytest_httpx import HTTPXMock

from mye_tiktok.domain.authorization import Access
from mye_tiktok.domain.json import Json
from mye_tiktok.domain.package import Slot
from mye_tiktok.domain.shipping import (
    Arrangement,
    Dimension,
    Document,
    ItemRefusal,
    Regrouped,
    SelfShipment,
    Shipped,
    Weight,
)
from mye_tiktok.errors import MyeTikTokError, RefusedError, UnreachableError
from mye_tiktok.tiktok.client import TikTokClient
from mye_tiktok.tiktok.corrections import update_order, update_package
from mye_tiktok.tiktok.deliveries import DeliveryResult, update_deliveries
from mye_tiktok.tiktok.labels import buy_label, get_document, label_offers
from mye_tiktok.tiktok.operations import OPERATIONS
from mye_tiktok.tiktok.packages import PackageFilter, get_handover, get_package, list_packages, search_packages
from mye_tiktok.tiktok.providers import get_providers
from mye_tiktok.tiktok.regrouping import combine, split, uncombine
from mye_tiktok.tiktok.shipping import mark_shipped, ship_package, ship_packages
from mye_tiktok.tiktok.tracking import order_tracking, parcel_tracking
from mye_tiktok.tiktok.warehouses import get_delivery_options, get_warehouses
from tests.unit.tiktok.reference import reference
from tests.wire.conftest import Connect

SHOP = Access(authorization_id=1, shop_id="7", shop_cipher="cipher")
PARCEL = SelfShipment(tracking_number="AB123", provider_id="71")
SENT = {"tracking_number": "AB123", "shipping_provider_id": "71"}
AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
SECONDS = int(AT.timestamp())
SIDES = {"length": "1", "width": "2", "height": "3", "unit": "CM"}


def answer(server: HTTPXMock, data: Json | None = None) -> None:
    server.add_response(json={"code": 0, "message": "Success", "request_id": "1", "data": data or {}})


def sample(server: HTTPXMock, name: str) -> None:
    server.add_response(json=reference(f"samples/responses/{name}.json"))


def refuse(server: HTTPXMock, code: int) -> None:
    server.add_response(json={"code": code, "message": "No.", "request_id": "9"}, is_reusable=True)


def asked(server: HTTPXMock) -> tuple[str, dict[str, str], object]:
    """Path, query and body of the last request."""
    request = server.get_requests()[-1]
    parts = urlsplit(request.url.raw_path.decode())
    return parts.path, dict(parse_qsl(parts.query)), json.loads(request.content) if request.content else None


Call = Callable[[TikTokClient], object]
SHIPPING: dict[str, tuple[Call, str, object]] = {
    "mark_package_as_shipped": (
        lambda tiktok: mark_shipped(tiktok, SHOP, "5", PARCEL, line_item_ids=["8", "9"]),
        "/fulfillment/202610/orders/5/packages",
        {"shipping_info_list": [SENT], "order_line_list": [{"order_line_id": "8"}, {"order_line_id": "9"}]},
    ),
    "ship_package": (
        lambda tiktok: ship_package(
            tiktok, SHOP, Arrangement(package_id="6", method="PICKUP", slot=Slot(start=AT, end=AT))
        ),
        "/fulfillment/202309/packages/6/ship",
        {"handover_method": "PICKUP", "pickup_slot": {"start_time": SECONDS, "end_time": SECONDS}},
    ),
    "batch_ship_packages": (
        lambda tiktok: ship_packages(
            tiktok, SHOP, [Arrangement(package_id="6"), Arrangement(package_id="7", self_shipment=PARCEL)]
        ),
        "/fulfillment/202309/packages/ship",
        {"packages": [{"id": "6"}, {"id": "7", "self_shipment": SENT}]},
    ),
    "update_package_shipping_info": (
        lambda tiktok: update_package(tiktok, SHOP, "6", PARCEL),
        "/fulfillment/202610/packages/6/shipping_info/update",
        {"shipping_info_list": [SENT]},
    ),
    "update_order_shipping_info": (
        lambda tiktok: update_order(tiktok, SHOP, "5", PARCEL),
        "/fulfillment/202309/orders/5/shipping_info/update",
        SENT,
    ),
    "create_packages": (
        lambda tiktok: buy_label(
            tiktok,
            SHOP,
            ["5"],
            line_item_ids=["8"],
            service_id="3",
            weight=Weight(value="1.2", unit="GRAM"),
            dimension=Dimension(**SIDES),
        ),
        "/fulfillment/202512/packages",
        {
            "ship_type": "2",
            "order_id": "5",
            "order_line_item": [{"order_line_id": "8"}],
            "shipping_service_id": "3",
            "weight": {"value": "1.2", "unit": "GRAM"},
            "dimension": SIDES,
        },
    ),
    "combine_package": (
        lambda tiktok: combine(tiktok, SHOP, {"6": ["5"], "7": ["4", "3"]}),
        "/fulfillment/202309/packages/combine",
        {"combinable_packages": [{"id": "6", "order_ids": ["5"]}, {"id": "7", "order_ids": ["4", "3"]}]},
    ),
    "uncombine_packages": (
        lambda tiktok: uncombine(tiktok, SHOP, "6", ["5"]),
        "/fulfillment/202309/packages/6/uncombine",
        {"order_ids": ["5"]},
    ),
    "confirm_order_split": (
        lambda tiktok: split(tiktok, SHOP, "5", {"1": ["8"], "2": ["9"]}),
        "/fulfillment/202309/orders/5/split",
        {
            "splittable_groups": [
                {"id": "1", "order_line_item_ids": ["8"]},
                {"id": "2", "order_line_item_ids": ["9"]},
            ]
        },
    ),
    "update_package_delivery_status": (
        lambda tiktok: update_deliveries(
            tiktok,
            SHOP,
            [DeliveryResult(package_id="6", type="DELIVERY_FAILED", reason="BUYER_REFUSED")],
        ),
        "/fulfillment/202309/packages/deliver",
        {"packages": [{"id": "6", "delivery_type": "DELIVERY_FAILED", "fail_delivery_reason": "BUYER_REFUSED"}]},
    ),
}


@pytest.mark.parametrize("name", SHIPPING)
def test_what_ships_is_sent_as_the_documentation_has_it(connect: Connect, httpx_mock: HTTPXMock, name: str) -> None:
    call, path, body = SHIPPING[name]
    answer(httpx_mock)

    call(connect())

    assert OPERATIONS[name].method == "POST"
    assert asked(httpx_mock)[0] == path
    assert asked(httpx_mock)[2] == body


@pytest.mark.parametrize("name", SHIPPING)
@pytest.mark.parametrize("trouble", ["http", "internal", "timeout"])
def test_what_ships_is_sent_once_even_when_its_answer_is_lost(
    connect: Connect, httpx_mock: HTTPXMock, name: str, trouble: str
) -> None:
    if trouble == "http":
        httpx_mock.add_response(status_code=502, text="bad gateway", is_reusable=True)
    else:
        refuse(httpx_mock, {"internal": 36009003, "timeout": 36009007}[trouble])

    with pytest.raises(UnreachableError):
        SHIPPING[name][0](connect())

    assert len(httpx_mock.get_requests()) == 1


def test_nothing_but_reads_and_what_is_said_absolutely_is_repeated() -> None:
    once = {name for name, operation in OPERATIONS.items() if not operation.repeatable}

    assert once == set(SHIPPING)


def test_an_order_is_marked_as_shipped_with_all_its_open_lines(connect: Connect, httpx_mock: HTTPXMock) -> None:
    sample(httpx_mock, "mark_package_as_shipped_202309")

    shipped = mark_shipped(connect(), SHOP, "32131324123321", PARCEL)

    assert asked(httpx_mock)[2] == {"shipping_info_list": [SENT]}
    assert shipped == Shipped(
        order_id="32131324123321",
        package_id="32141235124234",
        line_item_ids=("31322412312312",),
        warning="match more than one provider",
    )


def test_an_answer_without_the_order_still_names_it(connect: Connect, httpx_mock: HTTPXMock) -> None:
    answer(httpx_mock)

    assert mark_shipped(connect(), SHOP, "5", PARCEL) == Shipped(order_id="5", package_id="", line_item_ids=())


def test_a_batch_tells_which_packages_were_refused(connect: Connect, httpx_mock: HTTPXMock) -> None:
    sample(httpx_mock, "batch_ship_partial_error")

    refused = ship_packages(connect(), SHOP, [Arrangement(package_id="123123123123131"), Arrangement(package_id="4")])

    assert refused == (ItemRefusal(package_id="123123123123131", code="10007014", message="package in freeze status"),)


def test_a_refusal_that_names_no_package_is_not_lost(connect: Connect, httpx_mock: HTTPXMock) -> None:
    answer(httpx_mock, {"errors": [{"code": 10007014, "detail": None}]})

    assert ship_packages(connect(), SHOP, [Arrangement(package_id="4")])[0].package_id == ""


def test_combining_tells_what_there_is_now_and_what_was_refused(connect: Connect, httpx_mock: HTTPXMock) -> None:
    answer(
        httpx_mock,
        {
            "packages": [{"id": "9", "order_ids": ["1", "2"]}],
            "errors": [{"code": 1, "message": "m", "detail": {"package_id": "6"}}],
        },
    )

    packages, refused = combine(connect(), SHOP, {"6": ["5"]})

    assert packages == (Regrouped(package_id="9", order_ids=("1", "2")),)
    assert refused == (ItemRefusal(package_id="6", code="1", message="m"),)


def test_a_split_names_the_packages_of_its_groups(connect: Connect, httpx_mock: HTTPXMock) -> None:
    answer(httpx_mock, {"packages": [{"splittable_group_id": "1", "id": "9"}]})

    assert split(connect(), SHOP, "5", {"1": ["8"]}) == (Regrouped(package_id="9", group="1"),)


def test_a_recorded_package_is_read(connect: Connect, httpx_mock: HTTPXMock) -> None:
    sample(httpx_mock, "package_detail")

    package = get_package(connect(), SHOP, "5433567853345")

    assert package is not None
    assert (package.package_id, package.status, package.tag, package.shipping_type) == (
        "5433567853345",
        "PROCESSING",
        "SPLIT",
        "TIKTOK",
    )
    assert (package.order_ids, package.line_item_ids) == (("54335448533296",), ("1729382476852921560",))
    assert package.delivery_option_name == "Shipped from seller"
    assert package.pickup is not None
    assert (package.is_split, package.is_combined, package.waits) == (True, False, False)


def test_a_package_without_an_id_in_its_detail_keeps_the_one_asked_for(connect: Connect, httpx_mock: HTTPXMock) -> None:
    answer(httpx_mock, {"package_status": "TO_FULFILL", "orders": [{"id": "1"}, {"id": "2"}, {"id": "1"}]})

    package = get_package(connect(), SHOP, "66")

    assert package is not None
    assert (package.package_id, package.order_ids, package.is_combined, package.waits) == ("66", ("1", "2"), True, True)
    assert (package.pickup, package.tracking_number) == (None, "")


def test_a_package_of_another_shop_is_none_of_ours(connect: Connect, httpx_mock: HTTPXMock) -> None:
    refuse(httpx_mock, 10006402)

    assert get_package(connect(), SHOP, "66") is None


def test_another_refusal_is_not_taken_for_a_missing_package(connect: Connect, httpx_mock: HTTPXMock) -> None:
    refuse(httpx_mock, 98001004)

    with pytest.raises(RefusedError):
        get_package(connect(), SHOP, "66")


@pytest.mark.parametrize("wrong", ["", "abc", "1,2", "../1", "١"])
def test_what_is_no_id_is_never_sent(connect: Connect, wrong: str) -> None:
    with pytest.raises(RefusedError, match="no package id"):
        get_package(connect(), SHOP, wrong)
    with pytest.raises(RefusedError, match="no package id"):
        get_handover(connect(), SHOP, wrong)
    for read in (order_tracking, parcel_tracking, get_providers):
        with pytest.raises(RefusedError, match=r"is no .+ id"):
            read(connect(), SHOP, wrong)


def test_a_search_takes_every_filter_and_reads_all_pages(connect: Connect, httpx_mock: HTTPXMock) -> None:
    sample(httpx_mock, "package_search_page")
    answer(httpx_mock, {"packages": [{"id": "2", "status": "NEW WORD"}, {"status": "PROCESSING"}]})
    wanted = PackageFilter(status="PROCESSING", created_from=AT, created_before=AT, updated_from=AT, updated_before=AT)

    first, second = search_packages(connect(), SHOP, wanted=wanted)

    path, query, body = asked(httpx_mock)
    assert path == "/fulfillment/202309/packages/search"
    assert (query["page_size"], query["sort_order"]) == ("50", "ASC")
    assert body == {
        "package_status": "PROCESSING",
        **dict.fromkeys(("create_time_ge", "create_time_lt", "update_time_ge", "update_time_lt"), SECONDS),
    }
    assert [package.package_id for package in (*first, *second)] == ["577828281214600000", "2"]
    assert second[0].status == "NEW WORD"


def test_a_page_of_packages_begins_with_the_newest(connect: Connect, httpx_mock: HTTPXMock) -> None:
    answer(httpx_mock, {"packages": [{"id": "2"}], "total_count": 1})

    page = list_packages(connect(), SHOP, wanted=PackageFilter(), page_token="a+/=")

    assert (asked(httpx_mock)[1]["sort_order"], asked(httpx_mock)[1]["page_token"]) == ("DESC", "a+/=")
    assert (page.items, page.total) == ([{"id": "2"}], 1)


def test_pick_up_windows_say_whether_they_can_be_booked(connect: Connect, httpx_mock: HTTPXMock) -> None:
    slots = [{"start_time": SECONDS, "end_time": SECONDS, "avaliable": free} for free in (True, False)]
    answer(httpx_mock, {"can_pickup": True, "can_drop_off": False, "pickup_slots": slots})

    handover = get_handover(connect(), SHOP, "6")

    assert (handover.can_pickup, handover.can_drop_off, handover.can_van_collection) == (True, False, False)
    assert [(slot.start, slot.available) for slot in handover.slots] == [(AT, True), (AT, False)]


def test_the_recorded_providers_are_read(connect: Connect, httpx_mock: HTTPXMock) -> None:
    sample(httpx_mock, "shipping_providers")

    (provider,) = get_providers(connect(), SHOP, "12")

    assert asked(httpx_mock)[0] == "/logistics/202309/delivery_options/12/shipping_providers"
    assert (provider.provider_id, provider.name) == ("7117858858072016686", "USPS")


def test_an_option_that_tiktok_fulfils_says_that_nothing_has_to_be_shipped(
    connect: Connect, httpx_mock: HTTPXMock
) -> None:
    refuse(httpx_mock, 21008117)

    with pytest.raises(RefusedError, match="fulfilled by TikTok") as caught:
        get_providers(connect(), SHOP, "12")

    assert (caught.value.code, caught.value.request_id) == ("21008117", "9")


def test_the_recorded_warehouses_and_their_options_are_read(connect: Connect, httpx_mock: HTTPXMock) -> None:
    sample(httpx_mock, "warehouses")
    sample(httpx_mock, "warehouse_delivery_options")

    (warehouse,) = get_warehouses(connect(), SHOP)
    (option,) = get_delivery_options(connect(), SHOP, warehouse.warehouse_id)

    assert (warehouse.name, warehouse.sells, warehouse.is_default, warehouse.region) == ("Guangzhou", True, True, "CN")
    assert (option.option_id, option.name, option.type) == ("6955034615128000261", "LSV-TTS-STD", "STANDARD")


def test_events_are_told_the_latest_first(connect: Connect, httpx_mock: HTTPXMock) -> None:
    moments = (SECONDS * 1000, SECONDS * 1000 + 5000)
    answer(httpx_mock, {"tracking": [{"description": " a\n b ", "update_time_millis": one} for one in moments]})

    later, first = order_tracking(connect(), SHOP, "5")

    assert (first.at, first.description) == (AT, "a b")
    assert later.at is not None
    assert later.at > AT


def test_parcels_of_a_cross_border_order_have_events_of_their_own(connect: Connect, httpx_mock: HTTPXMock) -> None:
    event = {"description": "handed over", "tracking_no": "T1", "action_code": 7, "action_code_name": "COLLECTED"}
    answer(
        httpx_mock,
        {"logistics_details": [{"newest_tracking_no": "T2", "carrier_name": "Carrier", "track_list": [event]}]},
    )

    (parcel,) = parcel_tracking(connect(), SHOP, "5")

    assert (parcel.tracking_number, parcel.carrier) == ("T2", "Carrier")
    assert (parcel.events[0].action, parcel.events[0].tracking_number, parcel.events[0].at) == ("COLLECTED", "T1", None)


def test_labels_on_offer_have_their_price(connect: Connect, httpx_mock: HTTPXMock) -> None:
    offer = {"id": "3", "name": "Priority", "price": "4.10", "currency": "USD", "earliest_delivery_days": 1}
    answer(httpx_mock, {"shipping_services": [offer, {"name": "without an id"}]})

    (found,) = label_offers(connect(), SHOP, "5", line_item_ids=["8"], weight=Weight(value="1", unit="POUND"))

    assert asked(httpx_mock)[2] == {"order_line_item_ids": ["8"], "weight": {"value": "1", "unit": "POUND"}}
    assert found.price is not None
    assert (found.service_id, str(found.price.amount), found.earliest_days) == ("3", "4.10", 1)


@pytest.mark.parametrize(
    ("orders", "body"),
    [
        (["5"], {"ship_type": "1", "order_id": "5"}),
        (["5", "6"], {"ship_type": "3", "order_list_ids": ["5", "6"]}),
    ],
)
def test_a_label_is_bought_for_one_order_or_for_several(
    connect: Connect, httpx_mock: HTTPXMock, orders: list[str], body: Json
) -> None:
    answer(httpx_mock, {"package_id": "9", "shipping_service_info": {"id": "3", "price": "4.10", "currency": "USD"}})

    bought = buy_label(connect(), SHOP, orders)

    assert asked(httpx_mock)[2] == body
    assert bought.service is not None
    assert (bought.package_id, bought.service.service_id) == ("9", "3")


def test_the_address_of_a_document_is_trimmed_and_kept_out_of_logs(connect: Connect, httpx_mock: HTTPXMock) -> None:
    answer(httpx_mock, {"doc_url": " https://files.example.com/1?sig=canary \n", "tracking_number": "T1"})

    found = get_document(connect(), SHOP, "6", size="A5")

    assert asked(httpx_mock)[1]["document_type"] == "SHIPPING_LABEL"
    assert asked(httpx_mock)[1]["document_size"] == "A5"
    assert (found.url, found.is_ready) == ("https://files.example.com/1?sig=canary", True)
    assert "canary" not in repr(found)


@pytest.mark.parametrize("code", [11034037, 11034023])
def test_a_document_that_is_still_being_made_has_no_address_yet(
    connect: Connect, httpx_mock: HTTPXMock, code: int
) -> None:
    refuse(httpx_mock, code)

    assert get_document(connect(), SHOP, "6") == Document(url="", tracking_number="")


def test_a_document_that_is_refused_is_an_error(connect: Connect, httpx_mock: HTTPXMock) -> None:
    refuse(httpx_mock, 21042102)

    with pytest.raises(MyeTikTokError) as caught:
        get_document(connect(), SHOP, "6")

    assert caught.value.code == "21042102"
