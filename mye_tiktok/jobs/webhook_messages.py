"""Events about conversations: hand on to MYE what was written."""

import uuid

from mye_tiktok.db import outbox
from mye_tiktok.db.database import Session
from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.chat import Conversation
from mye_tiktok.domain.webhook_plan import Work
from mye_tiktok.jobs.webhook_desk import Desk, Effect, Kept
from mye_tiktok.jobs.webhook_routes import Letter
from mye_tiktok.mye.messages import conversation_message
from mye_tiktok.tiktok.chat import parse_conversation

DESTINATION = "message"
IDS = uuid.UUID("6f1c6a4e-5a0e-4b57-9a53-0c6a1c0b5b3e")


def hand_on(desk: Desk, work: Work) -> Effect:
    """Queue a message per event, in the order they came. A repetition has the same id and is not queued again.

    One that was queued before is, on a replay, sent once more under an id of its own.
    """
    channel = desk.channels[work.targets[0][0]]
    letters = [desk.letters[event_id] for event_id in sorted(work.event_ids)]
    return lambda session: _queue(desk, channel, letters, session)


def _queue(desk: Desk, channel: Channel, letters: list[Letter], session: Session) -> Kept:
    outcomes: dict[int, str] = {}
    for letter in letters:
        conversation = parse_conversation(letter.envelope)
        message_id = _message_id(channel, letter, conversation)
        queued = _add(desk, session, channel, conversation, message_id)
        if not queued and letter.stored.replay_of is not None:
            queued = _add(desk, session, channel, conversation, f"{message_id}-{letter.event_id}", replayed=True)
        outcomes[letter.event_id] = "queued" if queued else "unchanged"
    return Kept(outcomes=outcomes, queued=list(outcomes.values()).count("queued"))


def _add(
    desk: Desk,
    session: Session,
    channel: Channel,
    conversation: Conversation,
    message_id: str,
    *,
    replayed: bool = False,
) -> int:
    now = desk.now()
    message = conversation_message(conversation, channel, now=now, message_id=message_id, replayed=replayed)
    return outbox.add(session, [(DESTINATION, message)], now=now)


def _message_id(channel: Channel, letter: Letter, conversation: Conversation) -> str:
    """Return the id that every repetition has, also one under another notification id."""
    note = conversation.note
    what = note.message_id if note else conversation.conversation_id
    return uuid.uuid5(IDS, f"{channel.channel_uid}/{conversation.event}/{what or letter.stored.event.fingerprint}").hex
