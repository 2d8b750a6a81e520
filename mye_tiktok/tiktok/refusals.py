"""The codes that stop more than one item: token, scope, shop, app, clock, limits, and mistakes of ours.

36009004 stands for many causes; the keywords are those of the documentation's error page of 2026.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from mye_tiktok.errors import (
    MyeTikTokError,
    NeedsPersonError,
    Parks,
    RefusedError,
    TryLaterError,
    WrongSettingsError,
)
from mye_tiktok.tiktok.answer import Answer
from mye_tiktok.tiktok.verdict import UPDATE, Verdict, marks, not_understood, rate_limited, sentence

CONNECT_AGAIN = "let the seller authorize again: `mye-tiktok auth url`, then `mye-tiktok auth integrate --code CODE`"
RENEW_SHOP = "read the shop's cipher anew: `mye-tiktok auth url`, then `mye-tiktok auth integrate --code CODE`"
NOTICEABLE_SECONDS = 5


def _hourly_cap(answer: Answer, call: str) -> Verdict:
    failure = TryLaterError(
        sentence(answer, call),
        hint="development shops have an hourly cap: go on in the next hour",
        after=answer.after,
        **marks(answer),
    )
    return Verdict(kind="later", failure=failure, after=answer.after)


def _refresh(answer: Answer, call: str) -> Verdict:
    return Verdict(kind="refresh", failure=_needs_person(answer, call, hint=CONNECT_AGAIN, parks="authorization"))


def _revoked(answer: Answer, call: str) -> Verdict:
    return _person(answer, call, hint=CONNECT_AGAIN, parks="authorization")


def _scope_missing(answer: Answer, call: str) -> Verdict:
    return _person(answer, call, hint=f"add the scope to the app in Partner Center, then {CONNECT_AGAIN}")


def _inactive(answer: Answer, call: str) -> Verdict:
    hint = (
        "ask the seller to reactivate the shop in Seller Center; then `mye-tiktok auth integrate --authorization ID`"
        " connects it again (`mye-tiktok auth status` shows the ID)"
    )
    return _person(answer, call, hint=hint, parks="channel")


def _wrong_pair(answer: Answer, call: str) -> Verdict:
    return _person(answer, call, hint=RENEW_SHOP, parks="channel")


def _bad_code(answer: Answer, call: str) -> Verdict:
    hint = "a code lives 30 minutes and works once: get a new one with `mye-tiktok auth url`"
    return _person(answer, call, hint=hint)


def _not_allow_listed(answer: Answer, call: str) -> Verdict:
    return _person(answer, call, hint="add this machine's public IP to the app's allow-list in Partner Center")


def _wrong_secret(answer: Answer, call: str) -> Verdict:
    return _settings(answer, call, "APP_SECRET does not belong to APP_KEY")


def _retired(answer: Answer, call: str) -> Verdict:
    return not_understood(answer, sentence(answer, call))


def _our_mistake(answer: Answer, call: str) -> Verdict:
    failure = MyeTikTokError(f"mye-tiktok asked wrongly. {sentence(answer, call)}", hint=UPDATE, **marks(answer))
    return Verdict(kind="bug", failure=failure)


def _gateway(answer: Answer, call: str) -> Verdict:
    """Branch 36009004 by the parameter its message names."""
    words = answer.message.lower()
    for keyword, decide in GATEWAY_KEYWORDS:
        if keyword in words:
            return decide(answer, call)
    return not_understood(answer, sentence(answer, call))


def _field_missing(answer: Answer, call: str) -> Verdict:
    failure = RefusedError(sentence(answer, call), hint="complete the input and try again", **marks(answer))
    return Verdict(kind="reject", failure=failure)


def _wrong_key(answer: Answer, call: str) -> Verdict:
    return _settings(answer, call, "APP_KEY is unknown to TikTok, or the app is disabled or deleted")


def _settings(answer: Answer, call: str, problem: str) -> Verdict:
    hint = "compare APP_KEY and APP_SECRET with Partner Center; `mye-tiktok config show` tells where they come from"
    failure = WrongSettingsError(sentence(answer, call), problems=[problem], hint=hint, **marks(answer))
    return Verdict(kind="settings", failure=failure)


def _clock(answer: Answer, call: str) -> Verdict:
    """Say which clock is off: TikTok takes timestamps from 5 minutes back to 30 seconds ahead."""
    ahead = answer.clock_error
    problem = "the clock of this machine may be off"
    if ahead is not None and abs(ahead) >= NOTICEABLE_SECONDS:
        problem = f"the clock of this machine is {abs(ahead):.0f} seconds {'ahead of' if ahead > 0 else 'behind'}"
        problem += " TikTok's"
    failure = WrongSettingsError(
        sentence(answer, call),
        problems=[problem],
        hint="set the clock (`timedatectl set-ntp true`), then `mye-tiktok doctor`",
        **marks(answer),
    )
    return Verdict(kind="clock", failure=failure)


def _person(answer: Answer, call: str, *, hint: str, parks: Parks = "") -> Verdict:
    return Verdict(kind="person", failure=_needs_person(answer, call, hint=hint, parks=parks))


def _needs_person(answer: Answer, call: str, *, hint: str, parks: Parks) -> NeedsPersonError:
    return NeedsPersonError(sentence(answer, call), hint=hint, parks=parks, **marks(answer))


Decide = Callable[[Answer, str], Verdict]

GATEWAY_KEYWORDS: tuple[tuple[str, Decide], ...] = (
    ("required field", _field_missing),
    ("access_token", _refresh),
    ("x-tts-access-token", _refresh),
    ("app_key", _wrong_key),
    ("timestamp", _clock),
    ("not required", _our_mistake),
    ("unexpected identifier", _our_mistake),
    ("missing credentials", _our_mistake),
    ("shop_id", _our_mistake),
    ("version", _retired),
)

REFUSALS: Mapping[int, Decide] = MappingProxyType(
    {
        101000: _wrong_pair,
        105001: _revoked,
        105002: _refresh,
        105005: _scope_missing,
        106001: _wrong_secret,
        106013: _our_mistake,
        12052700: _inactive,
        36004004: _bad_code,
        36004005: _revoked,
        36009002: rate_limited,
        36009004: _gateway,
        36009009: _retired,
        36009010: _our_mistake,
        36009014: _retired,
        36009022: _our_mistake,
        36009023: _our_mistake,
        36009033: _not_allow_listed,
        36009037: _hourly_cap,
        36009043: _inactive,
        36009044: _inactive,
    }
)
