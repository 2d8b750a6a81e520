"""What goes back over the wire: the envelope, refusals, and which HTTP status each code travels with."""

import itertools
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

Json = dict[str, Any]

# Business refusals travel as 200: their status is not documented. 408 for 36009007 is a guess of FACTS.
STATUSES: Mapping[int, int] = {
    36009002: 429,
    36009003: 500,
    36009004: 400,
    36009007: 408,
    36009009: 404,
    36009010: 405,
    36009014: 400,
    36009022: 400,
    36009023: 400,
    36009033: 403,
    36009037: 429,
    36009043: 401,
    36009044: 401,
    98001004: 400,
    105001: 401,
    105002: 401,
    105005: 401,
    106001: 401,
}
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An HTTP answer. `code` is TikTok's code, for the log; -1 when the body carries none."""

    status: int
    body: bytes
    code: int = 0
    headers: tuple[tuple[str, str], ...] = field(default=(("Content-Type", "application/json; charset=utf-8"),))


class Refusal(Exception):  # noqa: N818 - TikTok refuses; nothing went wrong in the sandbox
    """TikTok says no, with `code` and a message; `status` overrides the usual HTTP status."""

    def __init__(
        self, code: int, message: str, *, status: int | None = None, headers: tuple[tuple[str, str], ...] = ()
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = STATUSES.get(code, 200) if status is None else status
        self.headers = headers


def request_id(now: float) -> str:
    """Return an id in TikTok's form: the UTC time and twenty hex digits."""
    mixed = next(_numbers) * 0x9E3779B97F4A7C15F39C % (1 << 80)
    return f"{time.strftime('%Y%m%d%H%M%S', time.gmtime(now))}{mixed:020X}"


def success(data: Json, now: float, *, message: str = "Success") -> Answer:
    """Wrap `data` in the envelope of a call that went well."""
    envelope = {"code": 0, "data": data, "message": message, "request_id": request_id(now)}
    return Answer(status=200, body=msgspec.json.encode(envelope))


def refused(refusal: Refusal, now: float) -> Answer:
    """Wrap a refusal in the envelope; a wrong version is answered without a request id, as documented."""
    envelope: Json = {"code": refusal.code, "data": None, "message": refusal.message}
    if refusal.code != 36009014:
        envelope["request_id"] = request_id(now)
    headers = (("Content-Type", "application/json; charset=utf-8"), *refusal.headers)
    return Answer(status=refusal.status, body=msgspec.json.encode(envelope), code=refusal.code, headers=headers)


def text(status: int, body: str, *, content_type: str = "text/plain; charset=utf-8") -> Answer:
    """Return an answer that is not the envelope."""
    return Answer(status=status, body=body.encode(), code=-1, headers=(("Content-Type", content_type),))
