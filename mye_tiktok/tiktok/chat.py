"""How TikTok spells conversations: NEW_CONVERSATION, NEW_MESSAGE and NEW_MESSAGE_LISTENER of its webhooks."""

import json

from mye_tiktok.domain.chat import Conversation, Note
from mye_tiktok.domain.json import Json
from mye_tiktok.tiktok.answer import decode
from mye_tiktok.tiktok.fields import mapping, moment, text
from mye_tiktok.tiktok.webhooks import Envelope


def parse_conversation(envelope: Envelope) -> Conversation:
    """Return what an event of types 13, 14 or 33 tells; never raises."""
    data = envelope.data
    return Conversation(
        event=envelope.topic.name,
        conversation_id=text(data.get("conversation_id")),
        occurred_at=moment(data.get("create_time")) or envelope.timestamp,
        note=_note(data) if text(data.get("message_id")) or "content" in data else None,
        raw=json.dumps(data, ensure_ascii=False),
    )


def _note(data: Json) -> Note:
    sender = mapping(data.get("sender"))
    visible = data.get("is_visible")
    return Note(
        message_id=text(data.get("message_id")),
        # a creator's message spells it differently
        kind=text(data.get("type")) or text(data.get("msg_type")),
        content=_content(data.get("content")),
        index=text(data.get("index")),
        sent_at=moment(data.get("create_time")),
        visible=visible if isinstance(visible, bool) else None,
        sender_id=text(sender.get("im_user_id")) or text(sender.get("sender_im_user_id")),
        sender_role=text(sender.get("role")),
    )


def _content(value: object) -> object:
    """Return the JSON document within the text; examples in the documentation have plain text instead."""
    if not isinstance(value, str) or not value.lstrip().startswith(("{", "[")):
        return value
    decoded = decode(value.encode("utf-8", "replace"))
    return value if decoded is None else decoded
