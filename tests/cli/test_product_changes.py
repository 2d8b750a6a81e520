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
