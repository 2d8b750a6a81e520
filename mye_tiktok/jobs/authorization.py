"""Connect shops: from the seller's consent to channels, and everything that keeps an authorization alive."""

import logging
import secrets
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mye_tiktok import logs
from mye_tiktok.db import authorizations, channels, oauth_states
from mye_tiktok.db.database import Database
from mye_tiktok.domain.authorization import Access, Authorization, Shop
from mye_tiktok.domain.channel import Channel
from mye_tiktok.errors import NeedsPersonError, RefusedError, WrongUsageError
from mye_tiktok.tiktok.auth import AuthClient
from mye_tiktok.tiktok.client import TikTokClient
from mye_tiktok.tiktok.shops import authorized_shops

STATE_LIFE = timedelta(minutes=30)
WARN_BEFORE = timedelta(days=14)
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Which of the authorized shops to connect, and under which name; empty: all, under new names."""

    channel_uid: str = ""
    shop_id: str = ""


def new_state(database: Database, *, region: str, now: datetime) -> str:
    """Return a fresh `state` for the authorize link; it is good once, for 30 minutes."""
    state = secrets.token_urlsafe(24)
    with database.transaction() as session:
        oauth_states.issue(session, state, region=region, now=now, ttl=STATE_LIFE)
    return state


def check_state(database: Database, state: str, *, now: datetime) -> None:
    """Use up `state`; raises NeedsPersonError when it is not one of ours, was used, or is too old."""
    with database.transaction() as session:
        outcome = oauth_states.use(session, state, now=now)
    if outcome != "good":
        raise NeedsPersonError(
            f"the state of this authorization is {outcome}; the code was not used",
            hint="start again with `mye-tiktok auth url` (a link is good once, for 30 minutes)",
            code="state",
        )


def integrate(
    database: Database,
    auth: AuthClient,
    tiktok: TikTokClient,
    *,
    app_key: str,
    code: str,
    wish: Wish,
    clock: Callable[[], datetime],
    state: str | None = None,
) -> list[Channel]:
    """Exchange the code, store both tokens, then connect the shops they cover; return their channels.

    `state` is used up first, when it is given; one that is not good leaves the code unused (NeedsPersonError).
    A code is good once: the tokens are stored before they are first used, and when the shops can't be read
    after that, `connect` goes on from the stored authorization.
    """
    if state is not None:
        check_state(database, state, now=clock())
    # only now: without a state of ours anybody could have texts hidden, without end and from every line
    logs.hide((code,))
    grant = auth.exchange_code(code)
    logs.hide((grant.access_token, grant.refresh_token))
    if grant.user_type != 0:
        raise RefusedError(
            f"this authorization is of a {'creator' if grant.user_type == 1 else 'partner'} (user_type"
            f" {grant.user_type}), not of a seller: it has no shops",
            hint="let the shop's owner open the link of `mye-tiktok auth url`",
            code="user-type",
        )
    with database.transaction() as session:
        authorization = authorizations.save_grant(session, app_key, grant, now=clock())
    return connect(database, tiktok, authorization, wish=wish, clock=clock)


def connect(
    database: Database,
    tiktok: TikTokClient,
    authorization: Authorization,
    *,
    wish: Wish,
    clock: Callable[[], datetime],
) -> list[Channel]:
    """Make or renew one channel per shop of a stored authorization; raises RefusedError when a wish can't be met."""
    shops = authorized_shops(tiktok, Access(authorization_id=authorization.authorization_id))
    chosen = _choose(shops, wish, authorization)
    with database.transaction() as session:
        return [
            channels.connect(
                session, authorization, shop, channel_uid=wish.channel_uid or str(uuid.uuid4()), now=clock()
            )
            for shop in chosen
        ]


def _choose(shops: Sequence[Shop], wish: Wish, authorization: Authorization) -> list[Shop]:
    names = ", ".join(f"{shop.shop_id} ({shop.name}, {shop.region})" for shop in shops) or "none"
    go_on = f"`mye-tiktok auth integrate --authorization {authorization.authorization_id} --shop-id ID"
    if wish.channel_uid and not wish.shop_id and len(shops) > 1:
        raise WrongUsageError(
            f"--channel-uid names one channel, but the authorization covers {len(shops)} shops: {names}",
            hint=f"the tokens are stored; go on with {go_on} --channel-uid {wish.channel_uid}`",
        )
    chosen = [shop for shop in shops if not wish.shop_id or shop.shop_id == wish.shop_id]
    if not chosen:
        raise RefusedError(
            f"the authorization covers no shop {wish.shop_id}".rstrip() + f"; it covers: {names}",
            hint=f"the tokens are stored; go on with {go_on}`",
            code="no-shop",
        )
    return chosen


def disconnect(database: Database, channel: Channel, *, now: datetime) -> Channel:
    """Remove a channel, and erase the tokens with the last channel of their authorization."""
    with database.transaction() as session:
        channels.remove(session, channel.channel_uid, now=now)
        if not channels.of_authorization(session, channel.authorization_id):
            authorizations.remove(session, channel.authorization_id, now=now)
        return channels.get(session, channel.channel_uid)


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How an authorization does: `problem` is empty when nobody needs to act."""

    authorization: Authorization
    problem: str


def health(authorization: Authorization, channels: Sequence[Channel], *, now: datetime) -> Health:
    """Tell whether a person must act on `authorization` or one of its `channels` within 14 days."""
    resting = [f"channel {one.channel_uid} is parked: {one.reason}" for one in channels if one.state == "parked"]
    left = authorization.ends_at - now
    if authorization.state != "active":
        problem = f"{authorization.state}: {authorization.reason}"
    elif left < timedelta(0):
        problem = f"ended {authorization.ends_at:%Y-%m-%d}"
    elif left < WARN_BEFORE:
        problem = f"ends in {left.days} days, on {authorization.ends_at:%Y-%m-%d}"
    elif resting:
        problem = "; ".join(resting)
    else:
        problem = ""
    return Health(authorization=authorization, problem=problem)


def resolve_channel(known: Sequence[Channel], channel_uid: str | None) -> Channel:
    """Return the channel that is meant: the one named, or the only one there is."""
    listed = [channel for channel in known if channel.state != "removed"]
    if channel_uid is not None:
        found = next((channel for channel in known if channel.channel_uid == channel_uid), None)
        if found is None:
            names = ", ".join(channel.channel_uid for channel in listed) or "none yet"
            raise WrongUsageError(
                f"there is no channel {channel_uid}; the channels are: {names}", hint=_connect_hint(listed)
            )
        return found
    if len(listed) == 1:
        return listed[0]
    if not listed:
        raise WrongUsageError("no channel is connected yet", hint=_connect_hint(listed))
    names = "\n".join(f"  {channel.channel_uid}  {channel.shop_name} ({channel.region})" for channel in listed)
    raise WrongUsageError(f"several channels are connected, say which with --channel UID:\n{names}")


def _connect_hint(listed: Sequence[Channel]) -> str:
    if listed:
        return "`mye-tiktok auth channels` lists them"
    return "connect a shop: `mye-tiktok auth url`, then `mye-tiktok auth integrate --code CODE`"
