"""What an answer of TikTok means: decided here, from status, code and message keyword.

Follows the documentation's common error codes and the error table of each call; TikTok's code counts first, the
HTTP status only where there is no documented code.
"""

from mye_tiktok.errors import NotUnderstoodError, RefusedError, TryLaterError, UnreachableError
from mye_tiktok.tiktok.answer import Answer, Silence
from mye_tiktok.tiktok.error_codes import error_codes
from mye_tiktok.tiktok.operations import Operation
from mye_tiktok.tiktok.refusals import REFUSALS
from mye_tiktok.tiktok.verdict import OK, Verdict, marks, not_understood, rate_limited, repeat, sentence

TRANSIENT = frozenset({408, 425, 500, 502, 503, 504})
TRY_AGAIN = "try again in some minutes; `mye-tiktok doctor` shows whether TikTok can be reached"


def judge(outcome: Answer | Silence, operation: Operation, path: str = "") -> Verdict:
    """Decide what `outcome` of one request means. `path` is named in the sentence, never the query."""
    call = f"{operation.method} {path or operation.path}"
    if isinstance(outcome, Silence):
        return _silent(outcome, operation, call)
    if outcome.code == 0:
        return _success(outcome, call)
    if outcome.code is None:
        return _unreadable(outcome, call)
    decide = REFUSALS.get(outcome.code)
    if decide is not None:
        return decide(outcome, call)
    return _by_table(outcome, call) if outcome.code in error_codes() else _unknown(outcome, call)


def _success(answer: Answer, call: str) -> Verdict:
    if answer.data is None or isinstance(answer.data, dict):
        return OK
    return not_understood(answer, f"TikTok answered {call} with data that is no object")


def _silent(silence: Silence, operation: Operation, call: str) -> Verdict:
    doubt = "" if operation.repeatable or not silence.sent else "; whether TikTok performed it is unknown"
    failure = UnreachableError(f"no answer from TikTok to {call}: {silence.reason}{doubt}", hint=TRY_AGAIN)
    return Verdict(kind="repeat", failure=failure)


def _unreadable(answer: Answer, call: str) -> Verdict:
    words = f"TikTok answered {call} with HTTP {answer.status} and {answer.defect}"
    if answer.status == 429:
        return rate_limited(answer, call)
    if answer.status in TRANSIENT or answer.status >= 500:
        return repeat(answer, UnreachableError(words, hint=TRY_AGAIN, code=answer.status))
    failure = NotUnderstoodError(words, hint="check TIKTOK_API_URL and TIKTOK_AUTH_URL, or a proxy in between")
    return repeat(answer, failure) if answer.status == 200 else Verdict(kind="not_understood", failure=failure)


def _unknown(answer: Answer, call: str) -> Verdict:
    if answer.status == 429:
        return rate_limited(answer, call)
    if answer.status in TRANSIENT or answer.status >= 500:
        return repeat(answer, UnreachableError(sentence(answer, call), hint=TRY_AGAIN, **marks(answer)))
    return not_understood(answer, f"{sentence(answer, call)} (a code that is not documented)")


def _by_table(answer: Answer, call: str) -> Verdict:
    known = error_codes()[answer.code or 0]
    if known.retry == "later" and known.layer == "gateway":
        return repeat(answer, UnreachableError(sentence(answer, call), hint=TRY_AGAIN, **marks(answer)))
    if known.retry == "later":
        return repeat(answer, TryLaterError(sentence(answer, call), hint=TRY_AGAIN, **marks(answer)))
    hint = f"{known.retry_meaning}; `mye-tiktok explain {answer.code}` says more"
    return Verdict(kind="reject", failure=RefusedError(sentence(answer, call), hint=hint, **marks(answer)))
