"""How TikTok spells what customers and creators write."""

from datetime import UTC, datetime

import pytest

from mye_tiktok.domain.json import Json
from mye_tiktok.tiktok.chat import parse_conversation
from mye_tiktok.tiktok.webhooks import Envelope, told_status

AT = datetime(2026, 10, 1, 12, tzinfo=UTC)


def envelope(type_: int, **data: object) -> Envelope:
    found: Json = dict(data)
    return Envelope(type=type_, notification_id="1", shop_id="2", open_id="", timestamp=AT, data=found)


def test_a_conversation_that_began_has_no_message() -> None:
    found = parse_conversation(envelope(13, conversation_id="75"))

    assert (found.event, found.conversation_id, found.note, found.occurred_at) == ("NEW_CONVERSATION", "75", None, AT)


@pytest.mark.parametrize(
    ("content", "decoded"),
    [
        ('{"content": "hello", "id": 12345678901234567890123}', {"content": "hello", "id": 12345678901234567890123}),
        ("[1]", [1]),
        ("{not json", "{not json"),
        ("plain", "plain"),
        ("12", "12"),
        ("", ""),
        (None, None),
    ],
)
def test_content_is_decoded_where_it_is_a_document(content: str | None, decoded: object) -> None:
    found = parse_conversation(envelope(14, conversation_id="75", message_id="9", content=content))

    assert found.note is not None
    assert found.note.content == decoded


def test_a_creators_message_spells_its_parts_differently() -> None:
    found = parse_conversation(
        envelope(
            33,
            message_id="9",
            msg_type="TEXT",
            create_time=str(int(AT.timestamp())),
            sender={"sender_im_user_id": "8"},
        )
    )

    assert found.note is not None
    assert (found.note.kind, found.note.sender_id, found.note.sent_at, found.note.visible) == ("TEXT", "8", AT, None)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"order_status": "CANCEL"}, "CANCELLED"),
        ({"order_status": "IN_TRANSIT"}, "IN_TRANSIT"),
        ({"cancel_status": "CANCELLATION_REQUEST_CANCELLED"}, "CANCELLATION_REQUEST_CANCEL"),
        ({"return_status": "RETURN_OR_REFUND_REQUEST_CANCELLED"}, "RETURN_OR_REFUND_REQUEST_CANCEL"),
        ({}, ""),
    ],
)
def test_the_wording_of_webhooks_is_told_in_the_apis(data: Json, status: str) -> None:
    assert told_status(envelope(1, **data)) == status
