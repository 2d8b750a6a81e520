"""How MYE is told what customers and creators write."""

import json
from datetime import UTC, datetime

from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.chat import Conversation, Note
from mye_tiktok.domain.json import Json
from mye_tiktok.domain.message import Message
from mye_tiktok.mye import contract
from mye_tiktok.mye.times import as_utc_text

KIND = next(kind for kind in contract.KINDS if kind.queue == "message")
REPLAY_HEADER = "x-mye-replay"


def conversation_message(
    conversation: Conversation, channel: Channel, *, now: datetime, message_id: str, replayed: bool = False
) -> Message:
    """Return the message that tells MYE about `conversation`; one that is sent again on demand says so in a header."""
    body: Json = {
        "channel_uid": channel.channel_uid,
        "shop_id": channel.shop_id,
        "conversation_id": conversation.conversation_id,
        "event": conversation.event,
        "occurred_at": as_utc_text(conversation.occurred_at),
        "message": _note(conversation.note) if conversation.note else None,
        "tiktok": json.loads(conversation.raw),
    }
    return Message(
        id=message_id,
        type=KIND.type,
        subject=conversation.conversation_id,
        time=now.astimezone(UTC),
        # the standard library writes numbers of any size, as they may stand in what people paste
        body=json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace"),
        key=f"{channel.channel_uid}/{conversation.conversation_id}",
        dataschema=KIND.dataschema,
        headers={REPLAY_HEADER: "true"} if replayed else {},
    )


def _note(note: Note) -> Json:
    return {
        "message_id": note.message_id,
        "type": note.kind,
        "content": note.content,
        "index": note.index,
        "sent_at": as_utc_text(note.sent_at),
        "visible": note.visible,
        "sender": {"id": note.sender_id, "role": note.sender_role},
    }
