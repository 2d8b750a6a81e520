"""From a seller's consent to channels."""

from collections.abc import Callable
from datetime import timedelta

import httpx
import msgspec
import pytest

from mye_tiktok.domain.channel import Channel
from mye_tiktok.errors import MyeTikTokError, NeedsPersonError, RefusedError, UnreachableError, WrongUsageError
from mye_tiktok.jobs import authorization as connecting
from mye_tiktok.jobs.authorization import STATE_LIFE, Wish
from mye_tiktok.sandbox.options import SandboxOptions
from tests.flows.conftest import MakeWorld
from tests.flows.world import World


@pytest.fixture
def cross_border(make_world: MakeWorld) -> World:
    """One seller with three shops."""
    return make_world(SandboxOptions(products=2, shops=3, regions=("GB", "ID", "US")))


def connect_again(world: World, channel: Channel, wish: Wish) -> list[Channel]:
    """Go on with a stored authorization, as `auth integrate --authorization` does."""
    return connecting.connect(
        world.database, world.process().tiktok(), world.authorization(channel), wish=wish, clock=world.clock
    )


def test_one_shop_becomes_a_channel_under_the_name_given(world: World) -> None:
    connected = world.process().integrate(world.sandbox.auth_code(), channel_uid="uk-1")

    shop = world.sandbox.shop()
    assert [(one.channel_uid, one.shop_id, one.state) for one in connected] == [("uk-1", shop.shop_id, "active")]
    assert (connected[0].shop_name, connected[0].region) == (shop.name, shop.region)
    assert world.channels() == connected


def test_without_a_name_a_channel_gets_one(world: World) -> None:
    connected = world.process().integrate(world.sandbox.auth_code())

    assert len(connected[0].channel_uid) == 36


def test_all_shops_of_an_authorization_are_connected_and_share_its_tokens(cross_border: World) -> None:
    connected = cross_border.process().integrate(cross_border.sandbox.auth_code())

    assert {one.shop_id for one in connected} == {shop.shop_id for shop in cross_border.sandbox.shops}
    assert len({one.channel_uid for one in connected}) == 3
    assert {one.authorization_id for one in connected} == {1}
    assert cross_border.fetch(*connected).report.counts["created"] == 6


def test_a_name_for_one_of_several_shops_needs_the_shop(cross_border: World) -> None:
    with pytest.raises(WrongUsageError, match="covers 3 shops") as caught:
        cross_border.process().integrate(cross_border.sandbox.auth_code(), channel_uid="uk-1")

    assert "--shop-id" in caught.value.hint
    assert cross_border.channels() == []


def test_a_name_and_a_shop_connect_just_that_one(cross_border: World) -> None:
    shop = cross_border.sandbox.shops[1]

    connected = cross_border.process().integrate(
        cross_border.sandbox.auth_code(), channel_uid="id-1", shop_id=shop.shop_id
    )

    assert [(one.channel_uid, one.shop_id) for one in connected] == [("id-1", shop.shop_id)]
    assert cross_border.channels() == connected


def test_a_shop_that_the_authorization_does_not_cover_is_refused_and_the_tokens_stay(cross_border: World) -> None:
    with pytest.raises(RefusedError, match="covers no shop 123") as caught:
        cross_border.process().integrate(cross_border.sandbox.auth_code(), shop_id="123")

    assert "--authorization 1" in caught.value.hint
    assert cross_border.sandbox.shops[0].shop_id in caught.value.message


def test_integrating_again_renews_the_channel_and_keeps_its_name(world: World) -> None:
    first = world.process().integrate(world.sandbox.auth_code(), channel_uid="uk-1")
    before = world.authorization(first[0])

    second = world.process().integrate(world.sandbox.auth_code())

    assert second == first == world.channels()
    after = world.authorization(second[0])
    assert after.generation == before.generation + 1
    assert after.grant.access_token != before.grant.access_token


def test_integrating_again_wakes_a_parked_channel(world: World, channel: Channel) -> None:
    world.sandbox.revoke()
    world.fetch(channel)
    assert world.channels()[0].state == "parked"

    world.process().integrate(world.sandbox.auth_code())

    assert (world.channels()[0].state, world.channels()[0].reason) == ("active", "")
    assert world.authorization(channel).state == "active"
    assert world.fetch(*world.channels()).report.exit_code == 0


def test_one_running_program_can_integrate_again_after_the_seller_withdrew(world: World) -> None:
    program = world.process()
    program.integrate(world.sandbox.auth_code())
    world.sandbox.revoke()

    connected = program.integrate(world.sandbox.auth_code())

    assert [one.state for one in connected] == ["active"]


def test_a_name_that_is_another_shops_is_refused(cross_border: World) -> None:
    shops = cross_border.sandbox.shops
    cross_border.process().integrate(cross_border.sandbox.auth_code(), channel_uid="one", shop_id=shops[0].shop_id)

    with pytest.raises(WrongUsageError, match=shops[0].shop_id):
        cross_border.process().integrate(cross_border.sandbox.auth_code(), channel_uid="one", shop_id=shops[1].shop_id)


def answering(world: World, change: Callable[[dict[str, object]], object]) -> None:
    """Let every token answer of the sandbox be changed on its way."""

    def intercept(request: httpx.Request) -> httpx.Response | None:
        if not request.url.path.startswith("/api/v2/token"):
            return None
        answer = msgspec.json.decode(world.transport.inner.handle_request(request).read())
        change(answer["data"])
        return httpx.Response(200, content=msgspec.json.encode(answer))

    world.transport.before = intercept


@pytest.mark.parametrize(("user_type", "name"), [(1, "creator"), (3, "partner")])
def test_who_is_no_seller_is_refused_and_nothing_is_stored(world: World, user_type: int, name: str) -> None:
    answering(world, lambda data: data.update(user_type=user_type))

    with pytest.raises(RefusedError, match=name):
        world.process().integrate(world.sandbox.auth_code())

    assert world.channels() == []
    with pytest.raises(NeedsPersonError, match="not stored"):
        world.authorization_by_id(1)


def test_a_code_works_once(world: World) -> None:
    code = world.sandbox.auth_code()
    world.process().integrate(code)

    with pytest.raises(NeedsPersonError, match="36004004") as caught:
        world.process().integrate(code)

    assert "auth url" in caught.value.hint
    assert world.channels()[0].state == "active"


def test_a_code_older_than_half_an_hour_is_refused(world: World) -> None:
    code = world.sandbox.auth_code()
    world.clock.advance(timedelta(minutes=31))

    with pytest.raises(NeedsPersonError, match="36004004"):
        world.process().integrate(code)


def test_a_state_is_good_once_and_for_half_an_hour(world: World) -> None:
    def check(state: str) -> MyeTikTokError | None:
        try:
            connecting.check_state(world.database, state, now=world.clock())
        except MyeTikTokError as error:
            return error
        return None

    first = connecting.new_state(world.database, region="row", now=world.clock())
    second = connecting.new_state(world.database, region="row", now=world.clock())
    assert first != second

    assert check(first) is None
    used, unknown = check(first), check("made-up")
    world.clock.advance(STATE_LIFE)
    expired = check(second)

    for error, word in ((used, "used"), (unknown, "unknown"), (expired, "expired")):
        assert isinstance(error, NeedsPersonError)
        assert word in error.message
        assert "auth url" in error.hint
        assert first not in error.message


def test_tokens_stay_when_the_shops_can_not_be_read_and_the_connecting_goes_on_from_them(world: World) -> None:
    world.sandbox.fail("unavailable", operation="get_authorized_shops")
    with pytest.raises(UnreachableError):
        world.process().integrate(world.sandbox.auth_code())
    assert world.channels() == []

    world.sandbox.heal()
    connected = connecting.connect(
        world.database,
        world.process().tiktok(),
        world.authorization_by_id(1),
        wish=Wish(channel_uid="uk-1"),
        clock=world.clock,
    )

    assert world.channels() == connected
    assert world.asked("token_get") == 1


def test_a_grant_without_scopes_or_names_is_enough(world: World) -> None:
    answering(world, lambda data: [data.pop(key) for key in ("granted_scopes", "seller_name", "seller_base_region")])

    connected = world.process().integrate(world.sandbox.auth_code())

    assert world.authorization(connected[0]).grant.granted_scopes == ()


def test_a_channel_that_is_removed_takes_the_tokens_with_it_when_it_was_the_last(cross_border: World) -> None:
    connected = cross_border.process().integrate(cross_border.sandbox.auth_code())

    for channel in connected[:2]:
        removed = connecting.disconnect(cross_border.database, channel, now=cross_border.clock())
        assert removed.state == "removed"
    assert cross_border.authorization(connected[0]).grant.access_token

    connecting.disconnect(cross_border.database, connected[2], now=cross_border.clock())

    stored = cross_border.authorization(connected[0])
    assert (stored.state, stored.grant.access_token, stored.grant.refresh_token) == ("removed", "", "")


def test_a_removed_shop_can_be_connected_again(world: World, channel: Channel) -> None:
    connecting.disconnect(world.database, channel, now=world.clock())

    connected = world.process().integrate(world.sandbox.auth_code())

    assert [(one.channel_uid, one.state) for one in connected] == [(channel.channel_uid, "active")]
    assert world.fetch(*connected).report.exit_code == 0


def test_a_shop_that_left_the_authorization_is_named_when_it_is_connected_again(
    cross_border: World,
) -> None:
    shops = cross_border.sandbox.shops
    connected = cross_border.process().integrate(cross_border.sandbox.auth_code(shops=shops[:1]))

    with pytest.raises(RefusedError, match=shops[2].shop_id):
        connect_again(cross_border, connected[0], Wish(shop_id=shops[2].shop_id))
