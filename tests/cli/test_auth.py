"""`mye-tiktok auth`: connecting shops, and what is shown of it."""

from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from mye_tiktok.sandbox.options import SandboxOptions
from mye_tiktok.sandbox.sandbox import Sandbox
from tests.cli.conftest import CHANNEL, Cli

CHANNEL_KEYS = {
    "channel_uid",
    "shop_id",
    "shop_name",
    "region",
    "seller_type",
    "state",
    "reason",
    "access_token_expires_at",
    "authorization_ends_at",
}


def test_the_link_carries_service_id_and_a_fresh_state(cli: Cli, sandbox: Sandbox) -> None:
    first, second = cli("auth", "url", "--json").json(), cli("auth", "url", "--json").json()

    query = parse_qs(urlsplit(first["url"]).query)
    assert query["service_id"] == [sandbox.service_id]
    assert query["state"] == [first["state"]]
    assert first["state"] != second["state"]


def test_the_plain_link_is_the_only_line_on_stdout(cli: Cli, sandbox: Sandbox) -> None:
    outcome = cli("auth", "url", "--region", "us")

    assert (outcome.code, outcome.err, len(outcome.out.splitlines())) == (0, "", 1)
    assert outcome.out.startswith("http")


def test_integrating_one_shop_uses_the_channel_uid(cli: Cli, sandbox: Sandbox) -> None:
    state = cli("auth", "url", "--json").json()["state"]

    data = cli(
        "auth", "integrate", "--code", sandbox.auth_code(), "--state", state, "--channel-uid", CHANNEL, "--json"
    ).json()

    assert [channel["channel_uid"] for channel in data["channels"]] == [CHANNEL]
    assert set(data["channels"][0]) >= CHANNEL_KEYS
    assert data["channels"][0]["shop_id"] == sandbox.shops[0].shop_id
    assert data["channels"][0]["state"] == "active"
    assert data == cli("auth", "channels", "--json").json()


def test_the_ends_of_token_and_authorization_are_times_in_utc(cli: Cli, connected: Sandbox) -> None:
    channel = cli("auth", "channels", "--json").json()["channels"][0]

    token, authorization = (
        datetime.fromisoformat(channel[name]) for name in ("access_token_expires_at", "authorization_ends_at")
    )
    assert token.utcoffset() == authorization.utcoffset() == timedelta(0)
    assert authorization - token > timedelta(days=300)


def test_integrating_again_renews_the_channel_and_never_doubles_it(cli: Cli, connected: Sandbox) -> None:
    again = cli("auth", "integrate", "--code", connected.auth_code(), "--json").json()

    assert [channel["channel_uid"] for channel in again["channels"]] == [CHANNEL]
    assert len(cli("auth", "channels", "--json").json()["channels"]) == 1


def test_a_shop_that_was_connected_keeps_its_channel_and_another_name_is_not_dropped_in_silence(
    cli: Cli, connected: Sandbox
) -> None:
    outcome = cli("auth", "integrate", "--code", connected.auth_code(), "--channel-uid", "other")

    assert (outcome.code, "other" in outcome.out) == (0, False)
    assert f"stays {CHANNEL}, not other" in outcome.err


def test_a_code_used_twice_needs_a_person(cli: Cli, sandbox: Sandbox) -> None:
    code = sandbox.auth_code()
    cli("auth", "integrate", "--code", code)

    outcome = cli("auth", "integrate", "--code", code, "--json")

    assert (outcome.code, outcome.out) == (77, "")
    assert outcome.error()["code"] == "36004004"
    assert "auth url" in outcome.error()["hint"]


def test_a_state_is_good_once(cli: Cli, sandbox: Sandbox) -> None:
    state = cli("auth", "url", "--json").json()["state"]
    assert cli("auth", "integrate", "--code", sandbox.auth_code(), "--state", state).code == 0

    outcome = cli("auth", "integrate", "--code", sandbox.auth_code(), "--state", state)

    assert outcome.code == 77
    assert "auth url" in outcome.err


def test_a_state_that_is_not_ours_is_refused_and_the_code_not_used(cli: Cli, sandbox: Sandbox) -> None:
    code = sandbox.auth_code()
    assert cli("auth", "integrate", "--code", code, "--state", "somebody-elses").code == 77

    assert cli("auth", "integrate", "--code", code).code == 0


@pytest.mark.parametrize("arguments", [(), ("--code", "x", "--authorization", "1")])
def test_integrate_needs_either_a_code_or_a_stored_authorization(cli: Cli, arguments: tuple[str, ...]) -> None:
    assert cli("auth", "integrate", *arguments).code == 2


def test_authorized_and_active_shops_are_read_live(cli: Cli, connected: Sandbox) -> None:
    shops = cli("auth", "shops", "--json").json()["shops"]
    active = cli("auth", "active-shops", "--json").json()["shops"]

    assert [shop["id"] for shop in shops] == [shop["id"] for shop in active] == [connected.shops[0].shop_id]
    assert {"id", "name", "region", "seller_type", "code"} <= set(shops[0])


def test_refresh_renews_every_token_or_only_those_that_end_soon(cli: Cli, connected: Sandbox) -> None:
    before = cli("auth", "channels", "--json").json()

    unneeded = cli("auth", "refresh", "--all-channels", "--within", "24h", "--json").json()
    assert (unneeded["counts"]["unchanged"], unneeded["requests"]) == (1, 0)
    assert cli("auth", "channels", "--json").json() == before

    renewed = cli("auth", "refresh", "--all-channels", "--json").json()
    assert (renewed["job"], renewed["outcome"], renewed["counts"]["changed"]) == ("auth refresh", "ok", 1)


def test_a_length_of_time_that_is_none_is_wrong_usage(cli: Cli, connected: Sandbox) -> None:
    outcome = cli("auth", "refresh", "--within", "soon")

    assert outcome.code == 2
    assert "24h" in outcome.err


def test_a_healthy_authorization_passes_the_check(cli: Cli, connected: Sandbox) -> None:
    data = cli("auth", "status", "--check", "--json").json()

    assert [(one["state"], one["problem"]) for one in data["authorizations"]] == [("active", "")]


def test_a_revoked_authorization_parks_the_channel_and_needs_a_person(cli: Cli, connected: Sandbox) -> None:
    connected.revoke()
    assert cli("products", "fetch-all").code == 77

    outcome = cli("auth", "status", "--check", "--json")
    channel = cli("auth", "channels", "--json").json()["channels"][0]

    assert outcome.code == 77
    assert "auth url" in outcome.error()["hint"]
    assert channel["state"] == "parked"
    assert channel["reason"]


def test_a_parked_channel_wakes_when_the_seller_authorizes_again(cli: Cli, connected: Sandbox) -> None:
    connected.revoke()
    cli("products", "fetch-all")

    cli("auth", "integrate", "--code", connected.auth_code())

    assert cli("auth", "status", "--check").code == 0
    assert cli("products", "fetch-all").code == 0


def test_a_removed_channel_is_left_alone_and_its_tokens_are_gone(cli: Cli, connected: Sandbox) -> None:
    removed = cli("auth", "remove", "--channel", CHANNEL, "--json").json()

    assert removed["channels"][0]["state"] == "removed"
    assert cli("products", "fetch-all").code == 2
    assert cli("auth", "status", "--json").json()["authorizations"] == []


def test_keys_rotate_without_losing_a_token(cli: Cli, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = cli("auth", "rekey", "--new-key").out.strip(), cli("auth", "rekey", "--new-key", "--json").json()["key"]
    monkeypatch.setenv("TOKEN_KEY", old)
    cli("auth", "integrate", "--code", sandbox.auth_code())

    monkeypatch.setenv("TOKEN_KEY", f"{new},{old}")
    assert cli("auth", "rekey", "--json").json() == {"rekeyed": 1}

    monkeypatch.setenv("TOKEN_KEY", new)
    assert cli("auth", "shops").code == 0


def test_a_key_that_does_not_fit_is_named(cli: Cli, connected: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN_KEY", cli("auth", "rekey", "--new-key").out.strip())

    outcome = cli("auth", "shops")

    assert outcome.code == 78
    assert "TOKEN_KEY" in outcome.err


class TestExpiring:
    """An authorization that ends soon."""

    @pytest.fixture
    def options(self) -> SandboxOptions:
        return SandboxOptions(products=1, authorization_seconds=13 * 86_400)

    def test_an_authorization_that_ends_within_14_days_fails_the_check(self, cli: Cli, connected: Sandbox) -> None:
        outcome = cli("auth", "status", "--check")

        assert outcome.code == 77
        assert "ends in" in outcome.err
        assert cli("auth", "status").code == 0


class TestSeveralShops:
    """An authorization that covers three shops."""

    @pytest.fixture
    def options(self) -> SandboxOptions:
        return SandboxOptions(products=2, shops=3, regions=("GB", "DE", "FR"))

    def test_all_shops_are_connected(self, cli: Cli, sandbox: Sandbox) -> None:
        data = cli("auth", "integrate", "--code", sandbox.auth_code(), "--json").json()

        assert {channel["shop_id"] for channel in data["channels"]} == {shop.shop_id for shop in sandbox.shops}
        assert len({channel["channel_uid"] for channel in data["channels"]}) == 3

    def test_a_channel_uid_needs_a_shop_id(self, cli: Cli, sandbox: Sandbox) -> None:
        outcome = cli("auth", "integrate", "--code", sandbox.auth_code(), "--channel-uid", CHANNEL)

        assert outcome.code == 2
        assert all(shop.shop_id in outcome.err for shop in sandbox.shops)
        assert "--authorization 1" in outcome.err

    def test_the_stored_authorization_goes_on_with_a_shop_id(self, cli: Cli, sandbox: Sandbox) -> None:
        cli("auth", "integrate", "--code", sandbox.auth_code(), "--channel-uid", CHANNEL)
        wanted = sandbox.shops[1].shop_id

        data = cli(
            "auth", "integrate", "--authorization", "1", "--shop-id", wanted, "--channel-uid", CHANNEL, "--json"
        ).json()

        assert [(one["channel_uid"], one["shop_id"]) for one in data["channels"]] == [(CHANNEL, wanted)]

    def test_a_shop_that_is_not_covered_is_refused(self, cli: Cli, sandbox: Sandbox) -> None:
        assert cli("auth", "integrate", "--code", sandbox.auth_code(), "--shop-id", "1").code == 65
