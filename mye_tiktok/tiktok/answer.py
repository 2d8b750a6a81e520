"""What came back from TikTok, before anybody judges it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec

from mye_tiktok.domain.json import Json

LONE_SURROGATES = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An HTTP answer with TikTok's envelope `{code, message, request_id, data}` unwrapped.

    `code` is None when the body is no envelope; `defect` then says what it is instead. `after` is Retry-After in
    seconds. `date` is TikTok's clock, `received_at` ours.
    """

    status: int
    code: int | None
    message: str = ""
    request_id: str = ""
    data: Any = field(default=None, repr=False)
    defect: str = ""
    after: float | None = None
    date: datetime | None = None
    received_at: datetime | None = None

    @property
    def clock_error(self) -> float | None:
        """How many seconds our clock is ahead of TikTok's (negative: behind), if TikTok sent a Date."""
        if self.date is None or self.received_at is None:
            return None
        return (self.received_at - self.date).total_seconds()


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """No answer: the connection failed. `sent` tells whether TikTok may have performed the request."""

    reason: str
    sent: bool


def read_answer(status: int, headers: Mapping[str, str], body: bytes, *, received_at: datetime) -> Answer:
    """Unwrap an HTTP answer; never raises, whatever the body holds."""
    if status == 200 and (answer := _success(body)) is not None:
        return answer
    envelope, defect = _envelope(headers, body)
    return Answer(
        status=status,
        code=_code(envelope.get("code")),
        message=_text(envelope.get("message")),
        request_id=_text(envelope.get("request_id")),
        data=envelope.get("data"),
        defect=defect,
        after=_retry_after(headers.get("retry-after"), received_at),
        date=_date(headers.get("date")),
        received_at=received_at,
    )


def _success(body: bytes) -> Answer | None:
    """Read the one answer in a hundred thousand that matters for speed: HTTP 200, code 0."""
    try:
        envelope = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if type(envelope) is not dict or envelope.get("code") != 0 or type(envelope["code"]) is not int:
        return None
    return Answer(status=200, code=0, request_id=_text(envelope.get("request_id")), data=envelope.get("data"))


def _envelope(headers: Mapping[str, str], body: bytes) -> tuple[Json, str]:
    envelope = decode(body)
    if isinstance(envelope, dict) and _code(envelope.get("code")) is not None:
        return envelope, ""
    kind = headers.get("content-type", "").split(";")[0].strip() or "no content type"
    if envelope is None:
        return {}, f"{len(body)} bytes of {kind} that are not complete JSON"
    return {}, f"{len(body)} bytes of {kind}: JSON without TikTok's `code`"


def decode(body: bytes) -> Any:
    """Return the JSON of `body` with its integers exact, or None. Half surrogate pairs become U+FFFD."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        loaded = json.loads(body)
        return msgspec.json.decode(LONE_SURROGATES.sub("\ufffd", json.dumps(loaded, ensure_ascii=False)).encode())
    except (ValueError, RecursionError, msgspec.DecodeError):
        return None


def _code(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _retry_after(value: str | None, received_at: datetime) -> float | None:
    """Read Retry-After: seconds, or an HTTP date."""
    if not value:
        return None
    if value.strip().isdigit():
        return float(value)
    moment = _date(value)
    return max(0.0, (moment - received_at).total_seconds()) if moment else None


def _date(value: str | None) -> datetime | None:
    if not value:
        return None
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
