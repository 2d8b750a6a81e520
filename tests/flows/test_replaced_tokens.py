"""Another host renews, and with that the token that this process still holds dies."""

import pytest

from mye_tiktok.domain.channel import Channel
from mye_tiktok.errors import NeedsPersonError
from mye_tiktok.sandbox.options import SandboxOptions
from mye_tiktok.tiktok.shops import active_shops
from tests.flows.conftest import MakeWorld


@pytest.mark.parametrize("code", [36009004, 105001])
def test_a_token_that_another_process_replaced_is_taken_up_and_nothing_is_parked(
    make_world: MakeWorld, code: int
) -> None:
    world = make_world(SandboxOptions(products=3, old_access_token_survives=False, unknown_token_code=code))
    channel = world.connect()
    here, elsewhere = world.process(), world.process()
    client = here.tiktok()
    active_shops(client, channel.access)
    elsewhere.tokens.renew(channel.authorization_id)

    shops = active_shops(client, channel.access)

    assert [shop["id"] for shop in shops] == [channel.shop_id]
    assert world.asked("token_refresh") == 1
    assert world.authorization(channel).state == "active"


def test_a_revoked_token_that_nobody_replaced_still_needs_a_person(make_world: MakeWorld) -> None:
    world = make_world(SandboxOptions(products=3))
    channel: Channel = world.connect()
    world.sandbox.revoke()

    with pytest.raises(NeedsPersonError) as caught:
        active_shops(world.process().tiktok(), channel.access)

    assert caught.value.parks == "authorization"
