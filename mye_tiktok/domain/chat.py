"""What somebody wrote to a shop, or that somebody began to."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One message of a conversation. `content` is decoded JSON, or text where it is none; `index` grows within it.

    `sender_id` is an id of the chat, not of a buyer; the shop's own messages come, too (`sender_role`).
    """

    message_id: str
    kind: str
    content: object = field(repr=False)
    index: str
    sent_at: datetime | None
    visible: bool | None
    sender_id: str
    sender_role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """What an event tells of a conversation: `note` is None when it only began. `raw` is TikTok's `data` as JSON."""

    event: str
    conversation_id: str
    occurred_at: datetime | None
    note: Note | None
    raw: str = field(repr=False)
