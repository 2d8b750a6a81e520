"""How channels are kept: one per shop, under the name MYE gave it."""

from collections.abc import Sequence, Set
from datetime import datetime

from sqlalchemy import select, update

from mye_tiktok.db.authorizations import STATES
from mye_tiktok.db.database import Session
from mye_tiktok.db.dialects import affected, lock
from mye_tiktok.db.tables.channels import ChannelRow
from mye_tiktok.domain.authorization import Authorization, Shop, State
from mye_tiktok.domain.channel import HOLD_POLICIES, Channel, HoldPolicy
from mye_tiktok.errors import WrongUsageError

POLICIES: dict[str, HoldPolicy] = {policy: policy for policy in HOLD_POLICIES}


def connect(session: Session, authorization: Authorization, shop: Shop, *, channel_uid: str, now: datetime) -> Channel:
    """Connect a shop under `channel_uid`, or renew its channel, which keeps the name it has.

    The channel is active afterwards. Raises WrongUsageError when `channel_uid` belongs to another shop.
    """
    # a row that is not there yet can't be locked: of two hosts the second finds the channel of the first
    lock(session, f"shop {shop.shop_id}")
    same_shop = (ChannelRow.app_key == authorization.app_key, ChannelRow.shop_id == shop.shop_id)
    row = session.scalars(select(ChannelRow).where(*same_shop).with_for_update()).one_or_none()
    if row is None:
        _require_free(session, channel_uid, shop)
        row = ChannelRow(
            channel_uid=channel_uid, app_key=authorization.app_key, shop_id=shop.shop_id, integrated_at=now
        )
        session.add(row)
    row.authorization_id = authorization.authorization_id
    row.shop_name, row.region, row.seller_type = shop.name, shop.region, shop.seller_type
    row.shop_cipher = shop.cipher
    row.state, row.reason, row.updated_at = "active", "", now
    session.flush()
    return _channel(row)


def get(session: Session, channel_uid: str) -> Channel:
    """Return a channel in whatever state; raises WrongUsageError that names those we know."""
    row = session.get(ChannelRow, channel_uid, populate_existing=True)
    if row is None:
        known = ", ".join(channel.channel_uid for channel in list_all(session, states=("active", "parked")))
        raise WrongUsageError(
            f"there is no channel {channel_uid!r}; known: {known or 'none yet'}",
            hint="`mye-tiktok auth channels` lists them, `mye-tiktok auth url` connects another shop",
        )
    return _channel(row)


def list_all(session: Session, *, states: Sequence[State] = ("active", "parked", "removed")) -> list[Channel]:
    """Return the channels in these states, in the order they were connected."""
    order = (ChannelRow.integrated_at, ChannelRow.channel_uid)
    return [
        _channel(row)
        for row in session.scalars(select(ChannelRow).where(ChannelRow.state.in_(states)).order_by(*order))
    ]


def unknown(session: Session, channel_uids: Set[str]) -> Set[str]:
    """Return those of `channel_uids` that are no channel, or one that was removed."""
    there = select(ChannelRow.channel_uid).where(ChannelRow.state != "removed")
    return channel_uids - set(session.connection().execute(there).scalars())


def of_authorization(session: Session, authorization_id: int) -> list[Channel]:
    """Return the channels an authorization covers that were not removed."""
    rows = (ChannelRow.authorization_id == authorization_id, ChannelRow.state != "removed")
    return [_channel(row) for row in session.scalars(select(ChannelRow).where(*rows).order_by(ChannelRow.channel_uid))]


def park(session: Session, channel_uid: str, *, reason: str, now: datetime) -> None:
    """Let an active channel rest until a person acted; the others of its authorization go on."""
    _set(session, channel_uid, ("active",), "parked", reason=reason, now=now)


def park_unless_newer(session: Session, channel_uid: str, *, reason: str, as_of: datetime, now: datetime) -> bool:
    """Let an active channel rest because of something that happened at `as_of`; tell whether it did.

    One that was connected again since then goes on.
    """
    older = (ChannelRow.channel_uid == channel_uid, ChannelRow.state == "active", ChannelRow.updated_at <= as_of)
    parked = {"state": "parked", "reason": reason, "updated_at": now}
    return affected(session, update(ChannelRow).where(*older).values(parked)) == 1


def remove(session: Session, channel_uid: str, *, now: datetime) -> None:
    """Disconnect a shop; its products stay stored, and integrating it again brings the channel back."""
    _set(session, channel_uid, ("active", "parked"), "removed", reason="", now=now)


def set_hold_policy(session: Session, channel_uid: str, policy: HoldPolicy) -> None:
    """Remember from now on what MYE is told about the channel's orders on hold."""
    # `updated_at` says when the shop was connected or came to rest, and this is neither
    affected(session, update(ChannelRow).where(ChannelRow.channel_uid == channel_uid).values(hold_policy=policy))


def _set(
    session: Session, channel_uid: str, before: Sequence[State], after: State, *, reason: str, now: datetime
) -> None:
    rows = (ChannelRow.channel_uid == channel_uid, ChannelRow.state.in_(before))
    affected(session, update(ChannelRow).where(*rows).values(state=after, reason=reason, updated_at=now))


def _require_free(session: Session, channel_uid: str, shop: Shop) -> None:
    other = session.get(ChannelRow, channel_uid)
    if other is not None:
        raise WrongUsageError(
            f"channel {channel_uid} is shop {other.shop_id} already, so it can't become shop {shop.shop_id}",
            hint="leave --channel-uid out to get a new one",
        )


def _channel(row: ChannelRow) -> Channel:
    return Channel(
        channel_uid=row.channel_uid,
        shop_id=row.shop_id,
        shop_name=row.shop_name,
        region=row.region,
        seller_type=row.seller_type,
        shop_cipher=row.shop_cipher,
        authorization_id=row.authorization_id,
        state=STATES[row.state],
        reason=row.reason,
        hold_policy=POLICIES[row.hold_policy],
    )
