"""Handle one piece of work: ask, then commit effect and tick together; what fails stays with the events it is about."""

import logging
import traceback
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

from mye_tiktok.db import webhook_work
from mye_tiktok.db.database import Session
from mye_tiktok.domain import webhook_patience
from mye_tiktok.domain.report import Failure
from mye_tiktok.domain.webhook_plan import Work, WorkKind
from mye_tiktok.errors import (
    MyeTikTokError,
    NeedsPersonError,
    NotUnderstoodError,
    StoppedError,
    TryLaterError,
    UnreachableError,
    WrongSettingsError,
)
from mye_tiktok.jobs import webhook_authorizations, webhook_messages, webhook_orders, webhook_products
from mye_tiktok.jobs.webhook_desk import Desk, Effect, Handler, OvertakenError

HANDLERS: Mapping[WorkKind, Handler] = {
    "authorization": webhook_authorizations.take_note,
    "message": webhook_messages.hand_on,
    "order": webhook_orders.fetch_and_keep,
    "after-sale": webhook_orders.fetch_and_keep,
    "sweep": webhook_orders.sweep,
    "product": webhook_products.fetch_and_keep,
}
TIMES_OVERTAKEN = 5
log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class Account:
    """What became of some work, for the report."""

    counts: Counter[str] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)

    def include(self, other: "Account") -> "Account":
        """Add another account to this one."""
        self.counts.update(other.counts)
        self.failures += other.failures
        return self


def handle(desk: Desk, work: Work) -> Account:
    """Do `work` and return the account of it.

    What TikTok refuses is parked, what it can't do now is put off; an error of ours parks the events it is about. Of
    several parts only the guilty one fares so, the others are done. Raises StoppedError and WrongSettingsError, after
    the events were given back, and UnreachableError when the database is gone: they then come back by themselves.
    """
    if not _still_ours(desk, work):
        return Account()
    try:
        return _do(desk, work)
    except (StoppedError, WrongSettingsError):
        # a clock or a secret of this host is no fault of the events, and other hosts may have theirs right
        _release(desk, work)
        raise
    except MyeTikTokError as error:
        return _fail(desk, work, error)
    except Exception as error:
        bug = MyeTikTokError(f"a bug in mye-tiktok: {type(error).__name__}", hint=_hint(work), code="bug")
        log.error("%s, about %s, at %s", bug.message, _name(work), _place(error))
        return _fail(desk, work, bug)


def _still_ours(desk: Desk, work: Work) -> bool:
    """Keep the events of a batch that takes long; False when others took them all over meanwhile."""
    lease = webhook_patience.lease(0)
    if desk.now() < desk.claimed_at + lease / 2:
        return True
    with desk.database.transaction() as session:
        until = desk.around.lease_time(session) + lease
        return bool(webhook_work.hold(session, work.event_ids, claimed_by=desk.claimed_by, until=until))


def _release(desk: Desk, work: Work) -> None:
    """Give back what a signal, or this installation, kept from being done."""
    with suppress(MyeTikTokError), desk.database.transaction() as session:
        now = desk.around.lease_time(session)
        webhook_work.release(session, work.event_ids, claimed_by=desk.claimed_by, now=now)


def _do(desk: Desk, work: Work) -> Account:
    desk.refuse_parked(work)
    for _ in range(TIMES_OVERTAKEN):
        effect = HANDLERS[work.kind](desk, work)
        try:
            return _commit(desk, effect)
        except OvertakenError:
            log.debug("%s changed while it was read; it is read again", _name(work))
    raise TryLaterError(f"{_name(work)} changed again and again while it was read")


def _commit(desk: Desk, effect: Effect) -> Account:
    """Let the effect and the ticking off of its events happen in one transaction."""
    with desk.database.transaction() as session:
        kept = effect(session)
        done = webhook_work.settle(session, kept.outcomes, claimed_by=desk.claimed_by, now=desk.now())
        account = _put_off(desk, session, kept.waiting)
    account.counts.update(handled=done, changed=kept.changed, queued=kept.queued)
    return account


def _one_by_one(desk: Desk, work: Work) -> Account | None:
    """Do the parts of `work` apart, so that one that fails takes no other along; None when it has only one."""
    halves = work.halves()
    if not halves:
        return None
    account = Account()
    for half in halves:
        account.include(handle(desk, half))
    return account


def _fail(desk: Desk, work: Work, error: MyeTikTokError) -> Account:
    """Settle what failed: later, when it may go better then; apart, when only some of it may be guilty; else parked."""
    if isinstance(error, UnreachableError | TryLaterError):
        return _postpone(desk, work, error)
    if not isinstance(error, NeedsPersonError) and (account := _one_by_one(desk, work)):
        return account
    return _postpone(desk, work, error) if isinstance(error, NotUnderstoodError) else _park(desk, work, error)


def _park(desk: Desk, work: Work, error: MyeTikTokError) -> Account:
    text = f"{error.message}; {error.hint}" if error.hint else error.message
    with desk.database.transaction() as session:
        parked = webhook_work.park(session, work.event_ids, claimed_by=desk.claimed_by, error=text)
    failure = Failure(
        item=_name(work), code=error.code, message=error.message, hint=error.hint, exit_code=error.exit_code
    )
    return Account(counts=Counter(parked=parked), failures=[failure] if parked else [])


def _postpone(desk: Desk, work: Work, error: MyeTikTokError) -> Account:
    after = timedelta(seconds=(error.after or 0) if isinstance(error, TryLaterError) else 0)
    with desk.database.transaction() as session:
        return _put_off(desk, session, dict.fromkeys(work.event_ids, error.message), at_least=after)


def _put_off(desk: Desk, session: Session, waiting: Mapping[int, str], *, at_least: timedelta = timedelta()) -> Account:
    """Let each event wait the longer the more often it was tried; park it when it had its chances."""
    account, now = Account(), desk.around.lease_time(session) if waiting else desk.now()
    for event_id, why in waiting.items():
        stored = desk.letters[event_id].stored
        if webhook_patience.is_last(stored.attempts):
            error = f"given up after {stored.attempts} attempts: {why}; `mye-tiktok webhooks replay {event_id}`"
            account.counts["parked"] += webhook_work.park(session, [event_id], claimed_by=desk.claimed_by, error=error)
            account.failures.append(Failure(item=f"event {event_id}", code="given-up", message=error))
            continue
        account.counts["postponed"] += webhook_work.postpone(
            session,
            [event_id],
            claimed_by=desk.claimed_by,
            error=why,
            next_attempt_at=now + max(webhook_patience.delay(stored.attempts), at_least),
        )
    return account


def _name(work: Work) -> str:
    """Say what `work` is about, for people."""
    named = [one for _, one in work.targets if one]
    return f"{work.kind} {', '.join(named[:3])}{' …' if len(named) > 3 else ''}".strip()


def _hint(work: Work) -> str:
    ids = " ".join(map(str, sorted(work.event_ids)[:5]))
    return f"report it with the log; once it is mended, `mye-tiktok webhooks replay {ids}`"


def _place(error: Exception) -> str:
    """Return where an error of ours arose; not its text, for that may repeat what a buyer wrote."""
    frames: Sequence[traceback.FrameSummary] = traceback.extract_tb(error.__traceback__)[-3:]
    return ", ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames)
