"""`kill -9` while stock is pushed and new wishes come: TikTok ends with the newest, and each wish has one answer."""

import json
import random

import pytest

from mye_tiktok.domain.json import Json
from tests.acceptance.program import Program, SandboxProcess, finished
from tests.acceptance.wire import Wire

PRODUCTS = 120
KILLS, WISHES = 5, 120
Place = tuple[str, str]
PUSH = ("inventory", "push", "--force", "--why", "a test", "--json")


def shown(program: Program) -> dict[Place, int]:
    """Return what TikTok shows per seller SKU and warehouse, of all that can be named and takes stock."""
    found: dict[Place, int] = {}
    token = ""
    while True:
        page = program.run("products", "list", "--page-size", "100", "--page-token", token, "--json").json()
        for product in page["products"]:
            for sku in product["skus"] if product["status"] != "FREEZE" else ():
                found |= {(sku["seller_sku"], each["warehouse_id"]): each["quantity"] for each in named(sku)}
        token = page["next_page_token"]
        if not token:
            return found


def named(sku: Json) -> list[Json]:
    """Return the warehouses of a SKU that MYE can speak of."""
    return list(sku["inventory"]) if sku.get("seller_sku") else []


def wish(program: Program, number: int, wanted: dict[Place, int]) -> None:
    """Let MYE say what there is of these SKUs and warehouses."""
    items = [
        {"seller_sku": seller_sku, "warehouse_id": warehouse_id, "quantity": quantity}
        for (seller_sku, warehouse_id), quantity in wanted.items()
    ]
    file = program.folder / f"wish-{number}.json"
    file.write_text(json.dumps({"request_id": f"wish-{number}", "items": items}), encoding="utf-8")
    assert program.run("queue", "send", "inventory", str(file)).code == 0
    assert program.run("consume", "inventory", "--once").code == 0


def killed(program: Program, wire: Wire, count: int) -> int:
    """Run the push and kill it when `count` bytes have passed on `wire`; returns its exit code."""
    with program.start(*PUSH) as process:
        wire.after(count, process.kill)
        code = finished(process).code
    wire.forget()
    return code


@pytest.mark.products(PRODUCTS)
def test_a_push_that_is_killed_again_and_again_ends_with_the_newest_figures(
    connected: Program, sandbox: SandboxProcess, tiktok_wire: Wire
) -> None:
    assert connected.run("products", "fetch-all").code == 0
    program = connected.having(TIKTOK_API_URL=f"http://127.0.0.1:{tiktok_wire.port}")
    die = random.Random(20261125)
    places = sorted(shown(program))
    truth: dict[Place, int] = {}
    codes = []
    for number in range(KILLS):
        wanted = {place: die.randrange(0, 500) for place in die.sample(places, WISHES)}
        truth |= wanted
        wish(program, number, wanted)
        codes.append(killed(program, tiktok_wire, die.randrange(1_000, 60_000)))

    done = program.run(*PUSH)

    assert codes == [-9] * KILLS
    assert (done.code, done.json()["outcome"]) == (0, "ok")
    figures = shown(program)
    assert {place: figures[place] for place in truth} == truth
    requests = program.run("inventory", "requests", "--limit", "100000", "--json").json()["requests"]
    assert {request["state"] for request in requests} <= {"applied", "unchanged", "superseded"}
    answers = program.run("queue", "peek", "inventory-result", "--limit", "10000", "--json").json()["messages"]
    assert len({message["id"] for message in answers}) == len(answers) == len(requests) == KILLS * WISHES
