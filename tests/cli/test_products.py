"""`mye-tiktok products`: the job's report, and the live views of the catalogue."""

import pytest

from mye_tiktok.sandbox.options import SandboxOptions
from mye_tiktok.sandbox.sandbox import Sandbox
from tests.cli.conftest import CHANNEL, PRODUCTS, Cli

JOB_KEYS = {"job", "run_id", "outcome", "seconds", "requests", "counts", "channels", "failures"}
UNKNOWN_PRODUCT = "1729999999999999999"


def test_a_fetch_reports_itself_in_one_document(cli: Cli, connected: Sandbox) -> None:
    report = cli("products", "fetch-all", "--json").json()

    assert set(report) >= JOB_KEYS
    assert (report["job"], report["outcome"], report["requests"]) == ("products fetch-all", "ok", 1 + PRODUCTS)
    assert {name: report["counts"][name] for name in ("seen", "created", "queued", "sent")} == dict.fromkeys(
        ("seen", "created", "queued", "sent"), PRODUCTS
    )
    assert [(one["channel_uid"], one["outcome"]) for one in report["channels"]] == [(CHANNEL, "ok")]
    assert report["failures"] == []
    assert isinstance(report["seconds"], float)


def test_a_second_fetch_finds_nothing_to_do(cli: Cli, fetched: Sandbox) -> None:
    report = cli("products", "fetch-all", "--channel", CHANNEL, "--json").json()

    assert report["requests"] <= 2
    assert report["counts"].get("created", 0) == report["counts"].get("queued", 0) == 0


def test_a_fetch_that_succeeds_off_the_terminal_is_silent(cli: Cli, connected: Sandbox) -> None:
    outcome = cli("products", "fetch-all")

    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")


def test_a_dry_run_says_what_would_change_and_leaves_nothing_behind(cli: Cli, connected: Sandbox) -> None:
    report = cli("products", "fetch-all", "--dry-run", "--json").json()

    assert report["counts"]["created"] == PRODUCTS
    assert {entry["change"] for entry in report["plan"]} == {"created"}
    assert {entry["product_id"] for entry in report["plan"]} == {
        product["id"] for product in cli("products", "list", "--json").json()["products"]
    }
    assert cli("outbox", "list", "--json").json() == {"messages": []}
    assert cli("products", "fetch-all", "--json").json()["counts"]["created"] == PRODUCTS


def test_a_limited_fetch_is_partial_and_says_so(cli: Cli, connected: Sandbox) -> None:
    outcome = cli("products", "fetch-all", "--limit", "2", "--json")

    assert (outcome.code, outcome.document()["outcome"], outcome.document()["counts"]["seen"]) == (1, "partial", 2)


def test_a_product_that_cannot_be_read_makes_the_run_partial(cli: Cli, connected: Sandbox) -> None:
    connected.fail("refusal", operation="get_product", times=1, code=98001004, status=200)

    outcome = cli("products", "fetch-all")

    assert (outcome.code, outcome.out) == (1, "")
    assert f"partial: {PRODUCTS} seen, 1 failed, {PRODUCTS - 1} created" in outcome.err
    assert "98001004" in outcome.err


def test_a_page_of_products_is_live_and_has_a_next_page(cli: Cli, connected: Sandbox) -> None:
    first = cli("products", "list", "--page-size", "4", "--json").json()
    second = cli("products", "list", "--page-size", "4", "--page-token", first["next_page_token"], "--json").json()

    assert set(first) >= {"products", "next_page_token", "total_count"}
    assert first["total_count"] == PRODUCTS
    assert (len(first["products"]), len(second["products"])) == (4, 2)
    assert second["next_page_token"] == ""


def test_a_page_in_a_pipe_is_separated_by_tabs(cli: Cli, connected: Sandbox) -> None:
    lines = cli("products", "list").out.splitlines()

    assert lines[0].split("\t") == ["PRODUCT", "STATUS", "SKUS", "STOCK", "TITLE"]
    assert [len(line.split("\t")) for line in lines[1:]] == [5] * PRODUCTS


def test_one_product_is_shown_as_tiktok_sent_it(cli: Cli, connected: Sandbox) -> None:
    listed = cli("products", "list", "--json").json()["products"][0]

    product = cli("products", "get", listed["id"], "--json").json()["product"]

    assert product["id"] == listed["id"]
    assert product["title"] == listed["title"]
    assert product["skus"]


def test_a_product_that_does_not_exist_is_refused(cli: Cli, connected: Sandbox) -> None:
    outcome = cli("products", "get", UNKNOWN_PRODUCT, "--json")

    assert (outcome.code, outcome.out) == (65, "")
    assert UNKNOWN_PRODUCT in outcome.error()["message"]


def test_a_page_size_that_tiktok_would_refuse_is_wrong_usage(cli: Cli, connected: Sandbox) -> None:
    assert cli("products", "list", "--page-size", "101").code == 2


class TestWhichChannel:
    """None, one, several: what a command does without --channel."""

    @pytest.fixture
    def options(self) -> SandboxOptions:
        return SandboxOptions(products=2, shops=2, regions=("GB", "DE"))

    @pytest.mark.parametrize("command", ["products fetch-all", "products list", "auth shops", "auth remove"])
    def test_without_a_channel_it_says_how_to_connect_one(self, cli: Cli, sandbox: Sandbox, command: str) -> None:
        outcome = cli(*command.split())

        assert (outcome.code, outcome.out) == (2, "")
        assert "auth url" in outcome.err

    def test_all_channels_of_none_says_how_to_connect_one(self, cli: Cli, sandbox: Sandbox) -> None:
        assert cli("products", "fetch-all", "--all-channels").code == 2

    @pytest.mark.parametrize("command", ["products fetch-all", "products list", "auth shops", "auth remove"])
    def test_with_several_it_names_them(self, cli: Cli, sandbox: Sandbox, command: str) -> None:
        connected = cli("auth", "integrate", "--code", sandbox.auth_code(), "--json").json()["channels"]

        outcome = cli(*command.split())

        assert outcome.code == 2
        assert all(channel["channel_uid"] in outcome.err for channel in connected)

    def test_a_channel_that_does_not_exist_is_wrong_usage_and_names_those_that_do(
        self, cli: Cli, sandbox: Sandbox
    ) -> None:
        connected = cli("auth", "integrate", "--code", sandbox.auth_code(), "--json").json()["channels"]

        outcome = cli("products", "fetch-all", "--channel", "no-such-channel")

        assert outcome.code == 2
        assert all(channel["channel_uid"] in outcome.err for channel in connected)

    def test_all_channels_are_fetched_and_each_reports_itself(self, cli: Cli, sandbox: Sandbox) -> None:
        connected = cli("auth", "integrate", "--code", sandbox.auth_code(), "--json").json()["channels"]

        report = cli("products", "fetch-all", "--all-channels", "--json").json()

        assert {one["channel_uid"] for one in report["channels"]} == {one["channel_uid"] for one in connected}
        assert [one["counts"]["created"] for one in report["channels"]] == [2, 2]
        assert report["counts"]["created"] == 4

    def test_one_channel_that_fails_does_not_stop_the_other(self, cli: Cli, sandbox: Sandbox) -> None:
        cli("auth", "integrate", "--code", sandbox.auth_code())
        sandbox.deactivate_shop(sandbox.shops[0].shop_id)

        outcome = cli("products", "fetch-all", "--all-channels", "--json")

        assert (outcome.code, outcome.document()["outcome"]) == (1, "partial")
        assert sorted(one["outcome"] for one in outcome.document()["channels"]) == ["failed", "ok"]
        assert len(outcome.document()["failures"]) == 1

    def test_a_channel_and_all_channels_exclude_each_other(self, cli: Cli, sandbox: Sandbox) -> None:
        assert cli("products", "fetch-all", "--all-channels", "--channel", "x").code == 2
