"""Events about what the seller allowed: it was withdrawn, or it ends soon."""

import logging
from datetime import datetime, timedelta

from mye_tiktok.db import authorizations, channels
from mye_tiktok.db.database import Session
from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.webhook_plan import Work
from mye_tiktok.jobs.webhook_desk import Desk, Effect, Kept
from mye_tiktok.jobs.webhook_routes import Letter
from mye_tiktok.tiktok.webhooks import DEAUTHORIZED, authorization_end

# an event tells whole seconds, and what happened within the same one may have happened before it
SECOND = timedelta(seconds=1)
log = logging.getLogger(__name__)


def take_note(desk: Desk, work: Work) -> Effect:
    """Park the channel whose seller removed the app; remember when an authorization ends, and warn of it.

    What the seller allowed again since TikTok sent the event stands.
    """
    channel = desk.channels[work.targets[0][0]]
    letters = sorted((desk.letters[event_id] for event_id in work.event_ids), key=_as_of)
    return lambda session: Kept(outcomes={one.event_id: _note(desk, channel, one, session) for one in letters})


def _note(desk: Desk, channel: Channel, letter: Letter, session: Session) -> str:
    if letter.stored.event.type == DEAUTHORIZED:
        reason = f"the seller removed the app from shop {channel.shop_id} at {_as_of(letter):%Y-%m-%d %H:%M:%S} UTC"
        parked = channels.park_unless_newer(
            session, channel.channel_uid, reason=reason, as_of=_as_of(letter) + SECOND, now=desk.now()
        )
        if parked:
            log.warning("channel %s rests: %s", channel.channel_uid, reason)
        return "channel parked" if parked else "unchanged"
    ends_at = authorization_end(letter.envelope)
    if ends_at is None:
        return "unchanged"
    noted = authorizations.note_end(session, channel.authorization_id, ends_at, as_of=_as_of(letter) + SECOND)
    if noted:
        log.warning(
            "the authorization of channel %s ends on %s: let the seller authorize again, `mye-tiktok auth url`",
            channel.channel_uid,
            f"{ends_at:%Y-%m-%d}",
        )
    return "warned" if noted else "unchanged"


def _as_of(letter: Letter) -> datetime:
    return letter.stored.event.occurred_at or letter.stored.received_at
