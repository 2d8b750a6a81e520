"""Products that are taken off sale, audited, put back and frozen."""

from typing import Any

import pytest

from mye_tiktok.sandbox.options import SandboxOptions
from mye_tiktok.sandbox.sandbox import Sandbox
from tests.sandbox.caller import PRODUCT, Caller, Clock
from tests.sandbox.test_controls import control

ACTIVATE, DEACTIVATE = f"{PRODUCT}activate", f"{PRODUCT}deactivate"
TOLD = {"PRODUCT_STATUS_CHANGE", "PRODUCT_AUDIT_STATUS_CHANGE"}


@pytest.fixture
def heard(sandbox: Sandbox) -> list[tuple[str, str]]:
    """What is announced: the event, and the status that it tells."""
    told: list[tuple[str, str]] = []

    def hear(shop: object, event: str, data: dict[str, Any]) -> None:
        told.append((event, data["status"] if "status" in data else data["audit"]["status"]))

    sandbox.world.announce = hear
    return told


def of_status(caller: Caller, status: str) -> str:
    """Return the id of a product in a state."""
    found = caller.all_products(status=status)
    if found:
        return str(found[0]["id"])
    product_id = str(caller.all_products(status="ACTIVATE")[0]["id"])
    caller.sandbox.shop().catalogue.edit(product_id, int(caller.clock()), {"status": status})
    return product_id


def status(caller: Caller, product_id: str) -> tuple[str, str]:
    """Return status and audit of a product as its detail shows them."""
    detail = caller.get(PRODUCT + product_id)["data"]
    return detail["status"], (detail.get("audit") or {}).get("status", "")


def errors(envelope: dict[str, Any]) -> dict[str, int]:
    """Return the code of each product's error, the inner one where there is one."""
    assert envelope["code"] == 0
    found = envelope["data"].get("errors", [])
    return {error["detail"]["product_id"]: error["detail"].get("extra_errors", [error])[0]["code"] for error in found}


def test_a_product_off_sale_is_hidden_at_once_and_nobody_is_told(caller: Caller, heard: list[tuple[str, str]]) -> None:
    product_id = of_status(caller, "ACTIVATE")

    answer = caller.post(DEACTIVATE, product_ids=[product_id])

    assert answer["data"] == {}
    assert status(caller, product_id)[0] == "SELLER_DEACTIVATED"
    assert product_id in {product["id"] for product in caller.all_products(status="SELLER_DEACTIVATED")}
    assert heard == []


@pytest.mark.parametrize("hidden", ["SELLER_DEACTIVATED", "PLATFORM_DEACTIVATED"])
@pytest.mark.parametrize("passes", [True, False])
def test_a_product_comes_back_through_an_audit(
    caller: Caller, clock: Clock, heard: list[tuple[str, str]], hidden: str, passes: bool
) -> None:
    product_id = of_status(caller, hidden)
    caller.sandbox.set_audit(product_id, passes=passes)

    assert caller.post(ACTIVATE, product_ids=[product_id])["data"] == {}
    clock.now += 59
    waiting = status(caller, product_id)
    clock.now += 1
    decided = status(caller, product_id)

    assert waiting == ("PENDING", "AUDITING")
    assert decided == (("ACTIVATE", "APPROVED") if passes else ("FAILED", "FAILED"))
    assert heard == [
        ("PRODUCT_AUDIT_STATUS_CHANGE", "AUDITING"),
        ("PRODUCT_STATUS_CHANGE", "PRODUCT_STATUS_CHANGED" if passes else "PRODUCT_AUDIT_FAILURE"),
        ("PRODUCT_AUDIT_STATUS_CHANGE", "APPROVED" if passes else "FAILED"),
    ]


def test_product_status_knows_no_audit(caller: Caller) -> None:
    product_id = of_status(caller, "SELLER_DEACTIVATED")

    caller.post(ACTIVATE, product_ids=[product_id])

    assert caller.get(PRODUCT + product_id)["data"]["product_status"] == "INITIAL"


def test_one_product_that_cannot_be_does_not_keep_the_others(clock: Clock) -> None:
    caller = Caller.of(Sandbox(SandboxOptions(products=80, sellers=2), clock=clock), clock)
    good, draft = of_status(caller, "SELLER_DEACTIVATED"), of_status(caller, "DRAFT")
    foreign = caller.sandbox.shops[1].catalogue.product_id(0)

    answer = caller.post(ACTIVATE, product_ids=[draft, good, foreign, "17", good])

    assert {error["code"] for error in answer["data"]["errors"]} == {12052990}
    assert errors(answer) == {draft: 12052901, foreign: 12052048, "17": 12052048}
    assert status(caller, good)[0] == "PENDING"


def test_what_is_not_on_sale_cannot_be_taken_off(clock: Clock) -> None:
    caller = Caller.of(Sandbox(SandboxOptions(products=80, sellers=2), clock=clock), clock)
    good, hidden = of_status(caller, "ACTIVATE"), of_status(caller, "SELLER_DEACTIVATED")
    foreign = caller.sandbox.shops[1].catalogue.product_id(0)

    answer = caller.post(DEACTIVATE, product_ids=[hidden, foreign, "17", good])

    assert errors(answer) == {hidden: 12052901, foreign: 12052048, "17": 12052032}
    assert status(caller, good)[0] == "SELLER_DEACTIVATED"


@pytest.mark.parametrize("path", [ACTIVATE, DEACTIVATE])
def test_twenty_products_fit_into_a_call(caller: Caller, path: str) -> None:
    ids = [str(number) for number in range(21)]

    assert caller.post(path, product_ids=ids[:20])["code"] == 0
    assert caller.post(path, product_ids=ids)["code"] == 12019120
    assert caller.post(path, product_ids=[])["code"] == 12052910
    assert caller.post(path)["code"] == 36009004
    assert caller.post(path, product_ids=ids[:1], listing_platforms=["TOKOPEDIA"])["code"] == 12052330


def test_an_audit_ends_nothing_that_became_something_else(caller: Caller, clock: Clock) -> None:
    product_id = of_status(caller, "SELLER_DEACTIVATED")
    caller.post(ACTIVATE, product_ids=[product_id])
    caller.sandbox.freeze_product(product_id)

    clock.now += 60

    assert status(caller, product_id)[0] == "FREEZE"


def test_an_audit_is_the_latest_one(caller: Caller, clock: Clock) -> None:
    product_id = of_status(caller, "SELLER_DEACTIVATED")
    caller.post(ACTIVATE, product_ids=[product_id])
    caller.sandbox.edit_product(product_id, status="PLATFORM_DEACTIVATED")
    clock.now += 30
    caller.post(ACTIVATE, product_ids=[product_id])
    clock.now += 30
    half_way = status(caller, product_id)
    clock.now += 30

    assert half_way[0] == "PENDING"
    assert status(caller, product_id)[0] == "ACTIVATE"


def test_the_platform_freezes_a_product_and_lets_it_go(caller: Caller, heard: list[tuple[str, str]]) -> None:
    product_id = of_status(caller, "ACTIVATE")

    control(caller.sandbox, "POST", "products/freeze", product_id=product_id)
    frozen = status(caller, product_id)[0]
    control(caller.sandbox, "POST", "products/freeze", product_id=product_id, thaw=True)

    assert frozen == "FREEZE"
    assert status(caller, product_id)[0] == "ACTIVATE"
    assert heard == [("PRODUCT_STATUS_CHANGE", "PRODUCT_STATUS_CHANGED")] * 2


def test_how_an_audit_ends_is_settled_over_http(caller: Caller, clock: Clock) -> None:
    product_id = of_status(caller, "SELLER_DEACTIVATED")
    control(caller.sandbox, "POST", "products/audit", product_id=product_id, passes=False)
    caller.post(ACTIVATE, product_ids=[product_id])

    control(caller.sandbox, "POST", "clock", advance_seconds=60)

    assert status(caller, product_id)[0] == "FAILED"
    control(caller.sandbox, "POST", "products/audit", expected=400, product_id="17", passes=True)
    control(caller.sandbox, "POST", "products/freeze", expected=400, product_id="17")
