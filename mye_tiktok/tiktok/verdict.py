"""The verdict on an answer of TikTok: what to do next, and the sentence should it end here."""

from dataclasses import dataclass
from typing import Literal, TypedDict

from mye_tiktok.errors import MyeTikTokError, NotUnderstoodError, TryLaterError
from mye_tiktok.tiktok.answer import Answer
from mye_tiktok.tiktok.error_codes import error_codes

Kind = Literal[
    "ok", "repeat", "wait", "later", "refresh", "person", "reject", "not_understood", "settings", "clock", "bug"
]
UPDATE = "update mye-tiktok; if it is the newest, report this with the request id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`failure` is what to raise when nothing more can be done; `after` is how many seconds TikTok asks to wait.

    `repeat`: transient, back off. `wait`: refused by the rate limit, not performed. `later`: a cap that outlasts a
    run. `refresh`: renew the token and repeat once. `person`: somebody must act, and what `failure` parks rests
    until then. `reject`: this item is refused. `clock`, `settings`: this installation is set wrong. `bug`: ours.
    """

    kind: Kind
    failure: MyeTikTokError | None = None
    after: float | None = None


OK = Verdict(kind="ok")


def sentence(answer: Answer, call: str) -> str:
    """Say what came back to `call`: code, what we know about it, and TikTok's own words."""
    known = error_codes().get(answer.code or 0)
    meaning = f" ({known.meaning})" if known else ""
    words = f": {answer.message}" if answer.message else ""
    return f"TikTok refused {call} with {answer.code}{meaning}{words}"


class Marks(TypedDict):
    """What every error carries so that TikTok's support can find the request."""

    code: str
    request_id: str


def marks(answer: Answer) -> Marks:
    """Return code and request id, as keywords of an error."""
    return {"code": str(answer.code), "request_id": answer.request_id}


def repeat(answer: Answer, failure: MyeTikTokError) -> Verdict:
    """Back off and repeat; `failure` once patience ends."""
    return Verdict(kind="repeat", after=answer.after, failure=failure)


def rate_limited(answer: Answer, call: str) -> Verdict:
    """Slow down; what was refused for its rate was not performed, so that a write may be repeated too."""
    failure = TryLaterError(
        f"TikTok's rate limit refused {call} again and again",
        hint="try again in some minutes, or lower TIKTOK_MAX_RPS",
        code=answer.code or answer.status,
        request_id=answer.request_id,
        after=answer.after,
    )
    return Verdict(kind="wait", after=answer.after, failure=failure)


def not_understood(answer: Answer, words: str) -> Verdict:
    """Stop: the documentation does not describe this."""
    return Verdict(kind="not_understood", failure=NotUnderstoodError(words, hint=UPDATE, **marks(answer)))
