"""Channels as JSON and for people."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mye_tiktok.cli.output import note, table

if TYPE_CHECKING:
    from mye_tiktok.domain.channel import Channel
    from mye_tiktok.runtime import Runtime


COLUMNS = {
    "channel_uid": "CHANNEL",
    "shop_id": "SHOP",
    "shop_name": "NAME",
    "region": "REGION",
    "seller_type": "SELLER",
    "state": "STATE",
    "reason": "REASON",
    "access_token_expires_at": "TOKEN ENDS",
    "authorization_ends_at": "AUTHORIZATION ENDS",
}


def channels_json(runtime: "Runtime", known: Sequence["Channel"]) -> dict[str, list[dict[str, object]]]:
    """Return channels with the ends of their tokens and authorizations."""
    from mye_tiktok.db import authorizations

    with runtime.database.transaction() as session:
        by_id = {stored.authorization_id: stored for stored in authorizations.list_all(session)}
    return {
        "channels": [
            {
                "channel_uid": channel.channel_uid,
                "shop_id": channel.shop_id,
                "shop_name": channel.shop_name,
                "region": channel.region,
                "seller_type": channel.seller_type,
                "state": channel.state,
                "reason": channel.reason,
                "access_token_expires_at": by_id[channel.authorization_id].grant.access_token_expires_at,
                "authorization_ends_at": by_id[channel.authorization_id].ends_at,
                "hold_policy": channel.hold_policy,
            }
            for channel in known
        ]
    }


def print_channels(data: dict[str, list[dict[str, object]]]) -> None:
    """Print what `channels_json` returned as a table."""
    table(
        tuple(COLUMNS.values()),
        [tuple(row[name] for name in COLUMNS) for row in data["channels"]],
        empty="no channel yet; `mye-tiktok auth url` starts to connect a shop",
    )


def tell_parked_events(runtime: "Runtime", connected: Sequence["Channel"]) -> None:
    """Say what arrived while the shop could not be asked, and what to type now."""
    from mye_tiktok.db import webhooks

    with runtime.database.reading() as session:
        parked = {channel.channel_uid: webhooks.parked_of(session, channel.shop_id) for channel in connected}
    for channel_uid, number in parked.items():
        if number:
            note(
                f"{number} webhook event(s) of this shop are parked; handle them:"
                f" `mye-tiktok webhooks replay --state parked --channel {channel_uid}`"
            )
