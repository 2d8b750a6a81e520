"""`products activate|deactivate|price`: what is sent, what is told, and how it ends."""

import pytest

from mye_tiktok.domain.json import Json
from mye_tiktok.sandbox.sandbox import Sandbox
from tests.cli.conftest import Cli

UNKNOWN = "1729999999999999999"
CHANGES = ("/activate", "/deactivate", "/prices/update")


@pytest.fixture
def product_ids(cli: Cli, fetched: Sandbox) -> list[str]:
    return [product["id"] for product in cli("products", "list", "--json").json()["products"]]


def changes(sandbox: Sandbox) -> list[str]:
    """What was sent to change something."""
    return [record.path for record in sandbox.requests.records() if record.path.endswith(CHANGES)]


def status(cli: Cli, product_id: str) -> str:
    """Return how a product stands at TikTok."""
    found: str = cli("products", "get", product_id, "--json").json()["product"]["status"]
    return found


def test_products_are_taken_off_sale_and_mye_is_told(cli: Cli, fetched: Sandbox, product_ids: list[str]) -> None:
    report = cli("products", "deactivate", *product_ids[:2], product_ids[0], "--json").json()

    assert [(one["product_id"], one["status"], one["outcome"]) for one in report["products"]] == [
        (product_id, "SELLER_DEACTIVATED", "done") for product_id in product_ids[:2]
    ]
    assert (report["job"], report["counts"]["applied"], report["counts"]["queued"]) == ("products deactivate", 2, 2)
    assert len(changes(fetched)) == 1
    messages = cli("outbox", "list", "--json").json()["messages"]
    assert [one["subject"] for one in messages if one["type"] == "mye.tiktok.product.updated.v1"][:2]


def test_a_product_that_comes_back_is_audited_first(cli: Cli, product_ids: list[str]) -> None:
    cli("products", "deactivate", product_ids[0])

    [product] = cli("products", "activate", product_ids[0], "--json").json()["products"]

    assert (product["outcome"], product["status"]) == ("done", "PENDING")


def test_what_tiktok_refuses_in_part_makes_the_run_partial(cli: Cli, fetched: Sandbox, product_ids: list[str]) -> None:
    fetched.freeze_product(product_ids[1])

    outcome = cli("products", "deactivate", *product_ids[:2], "--json")

    assert outcome.code == 1
    assert [one["outcome"] for one in outcome.document()["products"]] == ["done", "refused"]
    assert [failure["item"] for failure in outcome.document()["failures"]] == [product_ids[1]]
    assert outcome.document()["products"][1]["code"].isdigit()


def test_what_tiktok_refuses_altogether_exits_with_65(cli: Cli, fetched: Sandbox, product_ids: list[str]) -> None:
    fetched.freeze_product(product_ids[0])

    outcome = cli("products", "deactivate", product_ids[0], "--json")

    assert (outcome.code, status(cli, product_ids[0])) == (65, "FREEZE")
    assert outcome.error()["code"].isdigit()
    assert outcome.error()["request_id"]
    assert product_ids[0] in outcome.error()["message"]


def test_a_product_that_is_on_sale_is_not_activated_again(cli: Cli, fetched: Sandbox, product_ids: list[str]) -> None:
    [product] = cli("products", "activate", product_ids[0], "--json").json()["products"]

    assert (product["status"], product["outcome"]) == ("ACTIVATE", "unchanged")
    assert changes(fetched) == []


def test_a_dry_run_says_what_it_would_do_and_sends_nothing(cli: Cli, fetched: Sandbox, product_ids: list[str]) -> None:
    report = cli("products", "deactivate", product_ids[0], UNKNOWN, "--dry-run", "--json").json()

    assert [(one["product_id"], one["change"]) for one in report["plan"]] == [(product_ids[0], "deactivated")]
    assert [one["code"] for one in report["products"]] == ["", "no-product"]
    assert changes(fetched) == []


def test_a_product_that_does_not_exist_is_refused(cli: Cli, fetched: Sandbox) -> None:
    outcome = cli("products", "activate", UNKNOWN, "--json")

    assert (outcome.code, outcome.error()["code"]) == (65, "no-product")


class TestPrice:
    """Setting prices."""

    @pytest.fixture
    def product(self, cli: Cli, product_ids: list[str]) -> Json:
        found: Json = cli("products", "get", product_ids[0], "--json").json()["product"]
        return found

    def test_a_price_is_set_in_the_currency_that_the_sku_has(self, cli: Cli, product: Json) -> None:
        sku = product["skus"][0]

        [row] = cli("products", "price", product["id"], "--set", f"{sku['id']}=12.90", "--json").json()["prices"]

        after = cli("products", "get", product["id"], "--json").json()["product"]["skus"][0]["price"]
        assert (after["sale_price"], after["currency"]) == ("12.90", sku["price"]["currency"])
        assert (row["from"], row["to"]) == (sku["price"]["sale_price"], "12.90")
        assert (row["sku_id"], row["currency"]) == (sku["id"], sku["price"]["currency"])

    def test_a_price_that_tiktok_refuses_exits_with_65(self, cli: Cli, product: Json) -> None:
        sku = product["skus"][0]["id"]

        outcome = cli("products", "price", product["id"], "--set", f"{sku}=5", "--currency", "vnd", "--json")

        assert (outcome.code, outcome.error()["code"]) == (65, "12052084")

    def test_a_dry_run_shows_both_prices_and_sends_nothing(self, cli: Cli, product: Json, fetched: Sandbox) -> None:
        sku = product["skus"][0]["id"]

        report = cli("products", "price", product["id"], "--set", f"{sku}=1@2", "--dry-run", "--json").json()

        assert [(one["sku_id"], one["to"], one["list_price"]) for one in report["prices"]] == [(sku, "1", "2")]
        assert changes(fetched) == []

    @pytest.mark.parametrize(
        ("setting", "code", "word"),
        [
            ("no-such-sku=5", 65, "no-sku"),
            ("{sku}=5@4", 65, "list-price"),
            ("{sku}=0", 2, "usage"),
            ("{sku}=", 2, "usage"),
            ("{sku}=-1", 2, "usage"),
            ("{sku}=1,5", 2, "usage"),
        ],
    )
    def test_nonsense_is_refused_before_anything_is_sent(
        self, cli: Cli, product: Json, fetched: Sandbox, setting: str, code: int, word: str
    ) -> None:
        sku = product["skus"][0]["id"]

        outcome = cli("products", "price", product["id"], "--set", setting.format(sku=sku), "--json")

        assert (outcome.code, outcome.error()["code"]) == (code, word)
        assert changes(fetched) == []

    def test_a_sku_that_is_named_twice_is_refused(self, cli: Cli, product: Json, fetched: Sandbox) -> None:
        sku = product["skus"][0]

        outcome = cli(
            "products",
            "price",
            product["id"],
            *("--set", f"{sku['id']}=1", "--set", f"{sku['seller_sku']}=2", "--json"),
        )

        assert (outcome.code, outcome.error()["code"]) == (65, "sku-twice")
