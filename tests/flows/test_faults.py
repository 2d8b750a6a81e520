"""Every way in which the sandbox can fail: what a fetch makes of it, and how the next one goes on."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest

from mye_tiktok.db import authorizations
from mye_tiktok.domain.channel import Channel
from mye_tiktok.errors import (
    MyeTikTokError,
    NeedsPersonError,
    NotUnderstoodError,
    RefusedError,
    TryLaterError,
    UnreachableError,
    WrongSettingsError,
)
from mye_tiktok.sandbox.faults import KINDS, Kind
from mye_tiktok.sandbox.options import SandboxOptions
from mye_tiktok.sandbox.server import running
from tests.flows.conftest import MakeWorld
from tests.flows.remote import Enforcer, WatchedTransport
from tests.flows.world import World, body

PASSING: tuple[Kind, ...] = (
    "html",
    "truncated",
    "bad_gateway",
    "unavailable",
    "internal",
    "timeout",
    "drop",
    "lost",
    "rate_limited",
    "expired",
)
HARMLESS: tuple[Kind, ...] = ("strange_values", "nulls")
LASTING: dict[Kind, type[MyeTikTokError]] = {
    "html": NotUnderstoodError,
    "truncated": NotUnderstoodError,
    "bad_gateway": UnreachableError,
    "unavailable": UnreachableError,
    "internal": UnreachableError,
    "timeout": UnreachableError,
    "drop": UnreachableError,
    "lost": UnreachableError,
    "rate_limited": TryLaterError,
    "hourly_cap": TryLaterError,
    "expired": NeedsPersonError,
    "revoked": NeedsPersonError,
    "shop_inactive": NeedsPersonError,
    "seller_inactive": NeedsPersonError,
    "scope_missing": NeedsPersonError,
    "refusal": UnreachableError,
}
OVER_A_SOCKET = {"hang", "cut"}
OF_TOKENS = {"refresh_refused"}
OF_LONG_SEARCHES = {"same_page_token"}


@pytest.fixture
def database_kind() -> str:
    """One database is enough here: what TikTok does to us is the same on both."""
    return "sqlite"


def everything_once(world: World) -> bool:
    told = Counter(world.told())
    return len(told) == len(world.on_queue()) == 12 and set(told.values()) == {1}


def test_every_fault_of_the_sandbox_has_its_test() -> None:
    assert set(KINDS) == {*PASSING, *HARMLESS, *LASTING, *OVER_A_SOCKET, *OF_TOKENS, *OF_LONG_SEARCHES}


@pytest.mark.parametrize("operation", ["search_products", "get_product"])
@pytest.mark.parametrize("kind", PASSING)
def test_what_passes_is_tried_again_and_the_run_is_ok(
    world: World, channel: Channel, kind: Kind, operation: str
) -> None:
    world.sandbox.fail(kind, operation=operation, times=1)

    done = world.fetch(channel)

    assert done.report.exit_code == 0
    assert everything_once(world)
    assert world.watermark(channel) is not None


@pytest.mark.parametrize("kind", LASTING)
def test_what_lasts_ends_the_run_with_its_documented_error_and_keeps_the_cursor(
    world: World, channel: Channel, kind: Kind
) -> None:
    world.sandbox.fail(kind)

    done = world.fetch(channel)

    assert type(done.errors[0]) is LASTING[kind]
    assert done.report.exit_code == LASTING[kind].exit_code
    assert done.errors[0].message
    assert done.errors[0].hint
    assert world.watermark(channel) is None
    assert (world.runs()[0].outcome, world.runs()[0].exit_code) == ("failed", LASTING[kind].exit_code)
    assert world.runs()[0].error == done.errors[0].message


@pytest.mark.parametrize("kind", HARMLESS)
def test_oddities_are_survived(world: World, channel: Channel, kind: Kind) -> None:
    world.sandbox.fail(kind)

    done = world.fetch(channel)

    assert done.report.exit_code == 0
    assert everything_once(world)


@pytest.mark.parametrize("kind", ["bad_gateway", "unavailable", "drop", "internal"])
def test_faults_that_come_and_go_do_not_show(world: World, channel: Channel, kind: Kind) -> None:
    world.sandbox.fail(kind, probability=0.3, seed=4, times=4)

    done = world.fetch(channel)

    assert done.report.exit_code == 0
    assert everything_once(world)
    assert done.report.requests > 13


def test_an_unknown_code_is_not_understood_and_shown(world: World, channel: Channel) -> None:
    world.sandbox.fail("refusal", operation="search_products", code=99_999_999, message="Nobody knows")

    done = world.fetch(channel)

    assert type(done.errors[0]) is NotUnderstoodError
    assert "99999999" in done.errors[0].message
    assert done.errors[0].request_id


def test_a_search_that_tiktok_refuses_for_good_is_refused(world: World, channel: Channel) -> None:
    world.sandbox.fail("refusal", operation="search_products", code=98_001_004)

    done = world.fetch(channel)

    assert type(done.errors[0]) is RefusedError
    assert done.report.exit_code == 65
    assert world.asked("search_products") == 1


def test_a_gateway_timeout_is_asked_again(world: World, channel: Channel) -> None:
    world.sandbox.fail("timeout", operation="get_product", times=2)

    world.fetch(channel)

    assert world.asked(code=36009007) == 2
    assert everything_once(world)


@pytest.mark.parametrize("kind", ["rate_limited", "unavailable"])
def test_retry_after_is_obeyed(world: World, channel: Channel, kind: Kind) -> None:
    world.sandbox.fail(kind, operation="search_products", times=1, seconds=7)
    began = world.clock()

    world.fetch(channel)

    assert world.clock() - began >= timedelta(seconds=7)
    assert everything_once(world)


def test_a_refusal_by_the_rate_limit_without_retry_after_slows_the_run_down(world: World, channel: Channel) -> None:
    world.sandbox.fail("rate_limited", operation="get_product", times=3)

    done = world.fetch(channel)

    assert world.asked(code=36009002) == 3
    assert world.clock.slept
    assert done.report.exit_code == 0


def test_an_hourly_cap_is_left_to_the_next_hour(world: World, channel: Channel) -> None:
    world.sandbox.fail("hourly_cap", operation="search_products")

    done = world.fetch(channel)

    assert world.asked() == 1
    assert done.report.exit_code == 75
    assert "next hour" in done.errors[0].hint


def test_a_page_token_that_repeats_ends_the_run_loudly(make_world: MakeWorld) -> None:
    world = make_world(SandboxOptions(products=150))
    channel = world.connect()
    world.sandbox.fail("same_page_token", operation="search_products", after=1)

    done = world.fetch(channel)

    assert type(done.errors[0]) is NotUnderstoodError
    assert done.report.exit_code == 76
    assert "page token" in done.errors[0].message
    assert world.asked("search_products") == 2
    assert world.watermark(channel) is None
    assert len(world.on_queue()) == len(set(world.told())) == world.stored(channel)


@pytest.mark.parametrize(("ahead", "words"), [(400, "behind"), (-90, "ahead of")])
def test_a_clock_that_is_off_is_named(world: World, channel: Channel, ahead: int, words: str) -> None:
    world.sandbox.skew_clock(ahead)

    done = world.fetch(channel)

    assert type(done.errors[0]) is WrongSettingsError
    assert done.report.exit_code == 78
    assert f"{abs(ahead)} seconds {words}" in done.errors[0].message
    assert world.asked() == 1


def test_expired_tokens_are_refreshed_once_and_stored_before_they_are_used(world: World, channel: Channel) -> None:
    world.sandbox.expire_access_tokens()
    before = world.authorization(channel)
    used: list[bool] = []

    def compare(request: httpx.Request) -> None:
        token = request.headers.get("x-tts-access-token")
        with world.database.transaction() as session:
            stored = authorizations.get(session, channel.authorization_id).grant
        if token is not None and token != before.grant.access_token:
            used.append(token == stored.access_token and stored.refresh_token != before.grant.refresh_token)

    world.transport.before = compare
    done = world.fetch(channel)

    assert done.report.exit_code == 0
    assert world.asked("token_refresh") == 1
    assert used
    assert all(used)
    assert world.authorization(channel).generation == before.generation + 1
    assert everything_once(world)


def test_tokens_that_expire_in_the_middle_are_refreshed_once_by_all_threads(world: World, channel: Channel) -> None:
    calls = iter(range(5))

    def expire(request: httpx.Request) -> None:
        if next(calls, None) is None:
            world.transport.before = None
            world.sandbox.expire_access_tokens()

    world.transport.before = expire
    done = world.fetch(channel)

    assert done.report.exit_code == 0
    assert world.asked("token_refresh") == 1
    assert everything_once(world)


def test_a_revoked_authorization_parks_all_it_covers_and_the_next_run_asks_nothing(
    world: World, channel: Channel
) -> None:
    world.sandbox.revoke()

    first = world.fetch(channel)

    assert first.report.exit_code == 77
    assert world.asked() == 1
    assert world.authorization(channel).state == "parked"
    assert "105001" in world.authorization(channel).reason
    parked = world.channels()[0]
    assert (parked.state, parked.reason) == ("parked", world.authorization(channel).reason)

    world.later()
    second = world.fetch(*world.channels())

    assert second.report.exit_code == 77
    assert world.asked() == 0
    assert "auth integrate" in second.errors[0].hint


def test_a_refused_refresh_parks_the_authorization_with_its_channels(world: World, channel: Channel) -> None:
    world.sandbox.expire_access_tokens()
    world.sandbox.fail("refresh_refused", operation="token_refresh")

    done = world.fetch(channel)

    assert done.report.exit_code == 77
    assert world.asked("token_refresh") == 1
    assert "36004005" in world.authorization(channel).reason
    assert world.channels()[0].state == "parked"


@pytest.mark.parametrize("kind", ["shop_inactive", "seller_inactive"])
def test_an_inactive_shop_parks_its_channel_only(world: World, channel: Channel, kind: Kind) -> None:
    world.sandbox.fail(kind, operation="search_products", times=1)

    world.fetch(channel)

    assert world.channels()[0].state == "parked"
    assert world.authorization(channel).state == "active"
    assert world.asked("token_refresh") == 0


def test_a_missing_scope_needs_a_person_and_parks_nothing(world: World, channel: Channel) -> None:
    world.sandbox.withdraw_scope("seller.product.basic")

    done = world.fetch(channel)

    assert done.report.exit_code == 77
    assert "Partner Center" in done.errors[0].hint
    assert world.channels()[0].state == "active"
    assert world.authorization(channel).state == "active"


def test_what_was_fetched_before_a_lasting_fault_is_kept_and_told(world: World, channel: Channel) -> None:
    world.fetch(channel)
    world.later()
    changed = world.sandbox.change_products(6)
    world.sandbox.fail_after(2, operation="get_product")

    done = world.fetch(channel, workers=1)

    assert done.report.exit_code == 69
    assert len(world.told()) == 14

    world.sandbox.heal()
    world.fetch(channel)

    assert sorted(world.told()[12:]) == sorted((product_id, "updated") for product_id in changed)
    assert {body(row.message)["version"] for row in world.outbox()[12:]} == {2}


@pytest.fixture
def over_a_socket(world: World, channel: Channel, enforcer: Enforcer) -> Iterator[World]:
    """The same world, with a real server in between that is given a third of a second."""
    with running(world.sandbox) as url:
        inner = httpx.HTTPTransport()
        world.transport = WatchedTransport(inner, enforcer)
        world.api_url, world.seconds_to_answer = url, 0.3
        yield world
        inner.close()


@pytest.mark.parametrize("kind", ["hang", "cut", "drop", "lost"])
@pytest.mark.parametrize("operation", ["search_products", "get_product"])
def test_a_connection_that_fails_is_tried_again(
    over_a_socket: World, channel: Channel, kind: Kind, operation: str
) -> None:
    over_a_socket.sandbox.fail(kind, operation=operation, times=1)

    done = over_a_socket.fetch(channel)

    assert done.report.exit_code == 0
    assert everything_once(over_a_socket)


@pytest.mark.parametrize("kind", ["hang", "cut"])
def test_a_connection_that_fails_for_good_is_unreachable(over_a_socket: World, channel: Channel, kind: Kind) -> None:
    over_a_socket.sandbox.fail(kind)

    done = over_a_socket.fetch(channel)

    assert type(done.errors[0]) is UnreachableError
    assert done.report.exit_code == 69
