"""`doctor`: look at every part that the bridge stands on, and say what to do about what is ill."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from mye_tiktok.db import authorizations, channels
from mye_tiktok.db.database import Database
from mye_tiktok.domain.authorization import Access, Authorization
from mye_tiktok.domain.message import Broker, Queue
from mye_tiktok.domain.report import SEVERITY
from mye_tiktok.errors import MyeTikTokError, WrongSettingsError
from mye_tiktok.jobs.authorization import health
from mye_tiktok.jobs.running import Surroundings
from mye_tiktok.tiktok.client import TikTokClient
from mye_tiktok.tiktok.reach import reach
from mye_tiktok.tiktok.shops import authorized_shops

# FACTS of the signature: 5 minutes behind and 30 seconds ahead are the most that TikTok accepts
MOST_BEHIND, MOST_AHEAD = timedelta(minutes=5), timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One finding; `exit_code` is 0 when `ok`."""

    name: str
    ok: bool
    message: str
    hint: str = ""
    exit_code: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """What is looked at. Each part is built inside its check, so that one that can't be built is a finding.

    With `tiktok` each good authorization is tried with a signed call, which a wrong APP_SECRET does not pass.
    """

    database: Callable[[], Database]
    broker: Callable[[], Broker]
    queue: Queue
    broker_name: str
    api_url: str
    auth_url: str
    app: Callable[[], object]
    tiktok: Callable[[], TikTokClient] | None = None


def examine(patient: Patient, around: Surroundings) -> list[Check]:
    """Return every finding, the good ones too; never raises for what it finds."""
    checks = [
        _check("configuration", lambda: _app(patient)),
        _check("database", lambda: _database(patient)),
        _check("broker", lambda: _broker(patient)),
        _check("tiktok api", lambda: _host(patient.api_url, around)),
        _check("tiktok tokens", lambda: _host(patient.auth_url, around)),
        _check("clock", lambda: _clock(patient, around)),
    ]
    if checks[1].ok:
        checks += _authorizations(patient, around, tiktok=patient.tiktok if checks[0].ok and checks[3].ok else None)
    return checks


def worst(checks: list[Check]) -> int:
    """Return the exit code of the gravest finding, 0 when all is well."""
    codes = {check.exit_code for check in checks}
    return next((code for code in SEVERITY if code in codes), 0)


def _check(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name=name, ok=True, message=look())
    except MyeTikTokError as error:
        return Check(name=name, ok=False, message=error.message, hint=error.hint, exit_code=error.exit_code)


def _app(patient: Patient) -> str:
    patient.app()
    return "complete"


def _database(patient: Patient) -> str:
    database = patient.database()
    database.check()
    return f"{database.place}, at the program's revision"


def _broker(patient: Patient) -> str:
    depth = patient.broker().depth(patient.queue)
    queue = f"queue {depth.queue} is not there yet" if depth.ready is None else f"{depth.ready} in {depth.queue}"
    return f"{patient.broker_name}: {queue}"


def _host(url: str, around: Surroundings) -> str:
    return f"{url} answers (HTTP {reach(url, clock=around.clock).status})"


def _clock(patient: Patient, around: Surroundings) -> str:
    skew = reach(patient.api_url, clock=around.clock).skew
    if skew is None:
        return "TikTok's answer carries no date to compare with"
    seconds = skew.total_seconds()
    if not -MOST_BEHIND < skew < MOST_AHEAD:
        raise WrongSettingsError(
            f"this host's clock is {abs(seconds):.0f} s {'ahead of' if seconds > 0 else 'behind'} TikTok's;"
            " signatures are refused beyond 30 s ahead or 5 min behind",
            hint="synchronise it: `timedatectl set-ntp true`",
        )
    return f"within {abs(seconds):.0f} s of TikTok's"


def _authorizations(
    patient: Patient, around: Surroundings, *, tiktok: Callable[[], TikTokClient] | None
) -> Iterator[Check]:
    now = around.clock()
    try:
        with patient.database().reading() as session:
            known = [
                (
                    stored,
                    health(stored, channels.of_authorization(session, stored.authorization_id), now=now),
                )
                for stored in authorizations.list_all(session)
                if stored.state != "removed"
            ]
    except MyeTikTokError as error:
        yield Check(name="authorizations", ok=False, message=error.message, hint=error.hint, exit_code=error.exit_code)
        return
    for stored, found in known:
        name, seller = f"authorization {stored.authorization_id}", stored.grant.seller_name or stored.grant.open_id
        if found.problem:
            hint = "let the seller authorize again: `mye-tiktok auth url`"
            yield Check(name=name, ok=False, message=f"{seller}: {found.problem}", hint=hint, exit_code=77)
        else:
            yield _check(name, partial(_in_use, stored, seller, tiktok))


def _in_use(stored: Authorization, seller: str, tiktok: Callable[[], TikTokClient] | None) -> str:
    """Try it with a signed call, which needs no shop."""
    good = f"{seller}: good until {stored.ends_at:%Y-%m-%d}"
    if tiktok is None:
        return good
    shops = authorized_shops(tiktok(), Access(authorization_id=stored.authorization_id))
    return f"{good}, TikTok takes our signature and names {len(shops)} shop{'' if len(shops) == 1 else 's'}"
