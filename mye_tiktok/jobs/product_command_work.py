"""Do commands about products: ask TikTok, look at the products, then keep, tell and answer in one transaction."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from mye_tiktok.db import channels, outbox, product_commands
from mye_tiktok.db.database import Session
from mye_tiktok.domain import webhook_patience
from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.product_command import STATE_ACTIONS, Command, Result, StateAction, rounds, superseded
from mye_tiktok.domain.report import Failure
from mye_tiktok.errors import (
    MyeTikTokError,
    NeedsPersonError,
    NotUnderstoodError,
    RefusedError,
    StoppedError,
    TryLaterError,
    UnreachableError,
    WrongSettingsError,
)
from mye_tiktok.jobs.channels import park
from mye_tiktok.jobs.fetching import Parts
from mye_tiktok.jobs.keeping import DESTINATION
from mye_tiktok.jobs.product_prices import completed, set_prices
from mye_tiktok.jobs.product_states import ask_for_states, gone, in_truth
from mye_tiktok.jobs.product_truth import Truth, look_anew, read_products
from mye_tiktok.jobs.running import RunningJob, Surroundings
from mye_tiktok.mye.product_commands import prices_of, settled_message
from mye_tiktok.tiktok.client import TikTokClient
from mye_tiktok.tiktok.product_states import PRODUCTS_PER_CALL

LEASE = timedelta(minutes=10)
PRODUCTS_AT_ONCE = 100
FAILURES_KEPT = 100
Results = Mapping[str, Result]
log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class CommandDesk:
    """One reader of the commands: several may be at work at once, on several hosts. Counts go to `run.report`.

    `aloud`: each refusal is a warning in the log, for a reader that nobody waits for to end.
    """

    parts: Parts
    around: Surroundings
    run: RunningJob
    tiktok: TikTokClient
    aloud: bool = False
    _blocked: dict[tuple[str, str], datetime] = field(default_factory=dict)

    def work(self, *, due_by: datetime | None = None) -> int:
        """Do the commands that are due, of up to a hundred products, and return how many that were.

        What is stopped in the middle is given back. Raises UnreachableError when the database is gone.
        """
        claimed = self._claim(due_by)
        if not claimed:
            return 0
        self._blocked.clear()
        try:
            self._do(claimed)
        except (StoppedError, WrongSettingsError):
            with self.parts.database.transaction() as session:
                product_commands.release(session, claimed_by=self.run.run_id)
            raise
        finally:
            self.run.report.requests = self.tiktok.requests
        return len(claimed)

    def _claim(self, due_by: datetime | None) -> list[Command]:
        # a reader that stays looks twice a second, and mostly in vain: it need not write for that
        with self.parts.database.reading() as session:
            if not product_commands.any_due(session, due_by=due_by or self.around.lease_time(session)):
                return []
        with self.parts.database.transaction() as session:
            now = self.around.lease_time(session)
            found = product_commands.claim(
                session,
                claimed_by=self.run.run_id,
                now=now,
                due_by=due_by or now,
                lease=LEASE,
                limit=PRODUCTS_AT_ONCE,
            )
        return [replace(command, prices=prices_of(command.payload)) for command in found]

    def _do(self, claimed: Sequence[Command]) -> None:
        with self.parts.database.reading() as session:
            known = {channel.channel_uid: channel for channel in channels.list_all(session)}
        answered = self._answer_at_once(claimed, known)
        for turn in rounds([command for command in claimed if command.command_id not in answered]):
            for group in _groups(turn):
                self.run.stop()
                self._perform(known[group[0].channel_uid], [one for one in group if not self._is_blocked(one)])

    def _answer_at_once(self, claimed: Sequence[Command], known: Mapping[str, Channel]) -> set[int]:
        """Answer what newer commands make pointless, and what is for a channel that does not work."""
        by_target: dict[tuple[str, str], list[Command]] = {}
        for command in claimed:
            by_target.setdefault(command.target, []).append(command)
        answers = {command.command_id: _standing(command, known) for command in claimed}
        for commands in by_target.values():
            for command in superseded(commands):
                answers[command.command_id] = Result(outcome="superseded", reason="a newer command took its place")
        found = [(command, result) for command in claimed if (result := answers[command.command_id]) is not None]
        if found:
            with self.parts.database.transaction() as session:
                self._answer(session, found)
        return {command.command_id for command, _ in found}

    def _is_blocked(self, command: Command) -> bool:
        """Tell whether an earlier command for the product waits; this one then waits with it."""
        until = self._blocked.get(command.target)
        if until is not None:
            self._put_off([command], until, "waits", "an earlier command for the product waits")
        return until is not None

    def _perform(self, channel: Channel, commands: Sequence[Command]) -> None:
        if not commands:
            return
        try:
            _PERFORMERS.get(commands[0].action, CommandDesk._change_states)(self, channel, commands)
        except (StoppedError, WrongSettingsError):
            raise
        except (UnreachableError, TryLaterError, NotUnderstoodError) as error:
            self._postpone(commands, error)
        except NeedsPersonError as error:
            park(self.parts.database, channel, error, self.around)
            self._refuse(commands, error)
        except MyeTikTokError as error:
            self._refuse(commands, error)
        except Exception as error:
            log.exception("a bug, at %s of product %s", commands[0].action, commands[0].product_id)
            self._refuse(commands, MyeTikTokError(f"a bug in mye-tiktok: {type(error).__name__}", code="bug"))

    def _change_states(self, channel: Channel, commands: Sequence[Command]) -> None:
        action: StateAction = "activate" if commands[0].action == "activate" else "deactivate"
        said = ask_for_states(self.tiktok, channel, action, [command.product_id for command in commands])
        self._look(channel, commands, lambda truth: in_truth(action, said, truth))

    def _set_prices(self, channel: Channel, commands: Sequence[Command]) -> None:
        """Set the prices of one product; a refusal is answered together with how the product stands."""
        [command] = commands
        try:
            before = read_products(self.tiktok, channel, [command.product_id])
            product = before.shown.get(command.product_id)
            result = gone(command.product_id, before)
            if product is not None:
                prices = completed(product, command.prices)
                result = Result(request_id=set_prices(self.tiktok, channel, command.product_id, prices))
        except RefusedError as error:
            result = _refusal(error)
        self._look(channel, commands, lambda _: {command.product_id: result})

    def _refresh(self, channel: Channel, commands: Sequence[Command]) -> None:
        def answers(truth: Truth) -> Results:
            return {
                one.product_id: Result() if one.product_id in truth.shown else gone(one.product_id, truth)
                for one in commands
            }

        self._look(channel, commands, answers)

    def _look(self, channel: Channel, commands: Sequence[Command], answers: Callable[[Truth], Results]) -> None:
        """Keep what the products are like now, and answer; what is to be tried again is put off."""

        def settle(session: Session, truth: Truth) -> None:
            results = answers(truth)
            decided = [(one, results[one.product_id]) for one in commands if not results[one.product_id].later]
            self._answer(session, decided)

        ids = [command.product_id for command in commands]
        truth = look_anew(self.parts.database, self.tiktok, channel, ids, clock=self.around.clock, also=settle)
        self.run.report.add(changed=truth.changed, queued=truth.changed)
        results = answers(truth)
        for command in commands:
            result = results[command.product_id]
            if result.later:
                self._postpone([command], TryLaterError(result.reason, code=result.code))

    def _answer(self, session: Session, found: Sequence[tuple[Command, Result]]) -> None:
        now = self.around.clock()
        mine = [
            (command, result)
            for command, result in found
            if product_commands.settle(session, command, result, claimed_by=self.run.run_id, now=now)
        ]
        outbox.add(session, [(DESTINATION, settled_message(one, result, now=now)) for one, result in mine], now=now)
        for command, result in mine:
            self.run.report.add(queued=1, **{result.outcome: 1})
            if result.outcome in ("refused", "failed"):
                self._complain(command, result)

    def _complain(self, command: Command, result: Result) -> None:
        report = self.run.report
        item = f"{command.action} {command.product_id}".strip()
        hint = f"`mye-tiktok products commands --status {result.outcome}`"
        if len(report.failures) < FAILURES_KEPT:
            report.failures.append(Failure(item=item, code=result.code, message=result.reason, hint=hint))
        if report.outcome == "ok":
            report.outcome = "partial"
        log.log(logging.WARNING if self.aloud else logging.INFO, "%s: %s: %s", item, result.outcome, result.reason)

    def _refuse(self, commands: Sequence[Command], error: MyeTikTokError) -> None:
        with self.parts.database.transaction() as session:
            self._answer(session, [(command, _refusal(error)) for command in commands])

    def _postpone(self, commands: Sequence[Command], error: MyeTikTokError) -> None:
        """Let each command wait the longer the more often it was tried; after four hours it is given up."""
        least = timedelta(seconds=(error.after or 0) if isinstance(error, TryLaterError) else 0)
        for command in commands:
            if webhook_patience.is_last(command.attempts):
                words = f"given up after {command.attempts} attempts: {error.message}"
                with self.parts.database.transaction() as session:
                    self._answer(session, [(command, Result(outcome="failed", code=error.code, reason=words))])
                continue
            with self.parts.database.reading() as session:
                now = self.around.lease_time(session)
            until = now + max(webhook_patience.delay(command.attempts), least)
            self._blocked[command.target] = until
            self._put_off([command], until, error.code, error.message)

    def _put_off(self, commands: Sequence[Command], until: datetime, code: str, reason: str) -> None:
        with self.parts.database.transaction() as session:
            put_off = product_commands.postpone(
                session, commands, claimed_by=self.run.run_id, until=until, code=code, reason=reason
            )
        self.run.report.add(postponed=put_off)


_PERFORMERS: Mapping[str, Callable[[CommandDesk, Channel, Sequence[Command]], None]] = {
    "price": CommandDesk._set_prices,
    "refresh": CommandDesk._refresh,
}


def _groups(turn: Sequence[Command]) -> list[list[Command]]:
    """Return what goes together: twenty products per change of state, as many to be read, prices one by one."""
    groups: list[list[Command]] = []
    filling: dict[tuple[str, str], list[Command]] = {}
    for command in turn:
        key = (command.channel_uid, command.action)
        together = command.action in STATE_ACTIONS or command.action == "refresh"
        if not together or len(filling.get(key, ())) in (0, PRODUCTS_PER_CALL):
            filling[key] = []
            groups.append(filling[key])
        filling[key].append(command)
    return groups


def _standing(command: Command, known: Mapping[str, Channel]) -> Result | None:
    """Return the answer that needs no call: for a channel that we don't have or that rests, or after too many tries."""
    if command.attempts > webhook_patience.MOST_ATTEMPTS:
        return Result(outcome="failed", code="died", reason=f"its reader died {command.attempts - 1} times")
    channel = known.get(command.channel_uid)
    if channel is None:
        return Result(outcome="refused", code="unknown-channel", reason=f"there is no channel {command.channel_uid}")
    if channel.state != "active":
        why = f"channel {channel.channel_uid} is {channel.state}: {channel.reason}"
        return Result(outcome="refused", code=channel.state, reason=why)
    return None


def _refusal(error: MyeTikTokError) -> Result:
    return Result(outcome="refused", code=error.code, reason=error.message, request_id=error.request_id)
