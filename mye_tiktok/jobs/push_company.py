"""Push in threads beside a consumer, one per channel, for a shop that wants one process."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

from mye_tiktok.db import channels, stock_targets
from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.progress import Silence, Stop
from mye_tiktok.errors import MyeTikTokError, NeedsPersonError, RefusedError, StoppedError
from mye_tiktok.jobs.channels import park
from mye_tiktok.jobs.companion import Halt
from mye_tiktok.jobs.consuming import Sender
from mye_tiktok.jobs.done import Done
from mye_tiktok.jobs.fetching import Parts
from mye_tiktok.jobs.inventory_pushing import PUSH, push_inventory
from mye_tiktok.jobs.inventory_sorting import sort_in
from mye_tiktok.jobs.push_sweep import Push, PushOptions, Sweep
from mye_tiktok.jobs.running import HELD, Surroundings, running
from mye_tiktok.jobs.stock_guarding import Watch

IDLE, AGAIN = 0.5, 10.0
REST = timedelta(minutes=5)
"""What a guard stopped needs a person: to try every ten seconds would only fill the list of runs."""
HOUR = timedelta(hours=1)
"""The guard of a push that never ends looks at what the last hour took away."""
log = logging.getLogger(__name__)


class PushCompany:
    """Pushes every channel for as long as the context lasts; each leaves after the products in hand.

    A channel's push holds the lease of `inventory push`, so that one from cron is turned away meanwhile. Whatever ends
    it, it begins again after ten seconds, after five minutes where a guard stopped it; what it did not send stays due.
    """

    def __init__(self, parts: Parts, around: Callable[[Stop], Surroundings], halt: Halt, options: PushOptions) -> None:
        self._parts, self._around, self._halt, self._options = parts, around(halt), halt, options
        self._threads: dict[str, threading.Thread] = {}
        self._watches: dict[str, Watch] = {}
        self._said: dict[str, MyeTikTokError] = {}
        self._resting: dict[str, datetime] = {}
        self._overseer = threading.Thread(target=self._oversee, name="push")

    def __enter__(self) -> Self:
        self._overseer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._halt.ask()
        self._overseer.join()
        for thread in self._threads.values():
            thread.join()

    def _oversee(self) -> None:
        """Start a thread for each channel that is active and has none."""
        try:
            while True:
                for channel in self._active():
                    thread = self._threads.get(channel.channel_uid)
                    if not self._rests(channel) and (thread is None or not thread.is_alive()):
                        name = f"push {channel.channel_uid[:8]}"
                        thread = threading.Thread(target=self._serve, args=(channel,), name=name)
                        self._threads[channel.channel_uid] = thread
                        thread.start()
                self._halt.sleep(AGAIN)
        except StoppedError:
            return

    def _rests(self, channel: Channel) -> bool:
        until = self._resting.get(channel.channel_uid)
        return until is not None and self._around.clock() < until

    def _active(self) -> list[Channel]:
        try:
            with self._parts.database.reading() as session:
                return [channel for channel in channels.list_all(session) if channel.state == "active"]
        except MyeTikTokError as error:
            self._say("", error)
            return []

    def _serve(self, channel: Channel) -> None:
        """Push one channel until it has to stop; what ended it is told once."""
        try:
            self._push(channel)
        except StoppedError:
            return
        except NeedsPersonError as error:
            self._say(channel.channel_uid, error)
            park(self._parts.database, channel, error, self._around)
        except RefusedError as error:
            self._resting[channel.channel_uid] = self._around.clock() + REST
            self._say(channel.channel_uid, error)
        except MyeTikTokError as error:
            self._say(channel.channel_uid, error)
        except Exception as error:
            log.error("a bug in mye-tiktok ended the push of channel %s", channel.channel_uid, exc_info=error)

    def _push(self, channel: Channel) -> None:
        parts, clock = self._parts, self._around.clock
        tiktok = parts.tiktok()
        with running(parts.database, PUSH, channel.channel_uid, self._around) as run:
            run.report.run_id = run.run_id
            if (said := self._said.get(channel.channel_uid)) and said.code == HELD:
                self._say_again(channel)
            watch = self._watch(channel, run.run_id)
            push = Push(
                parts=parts,
                channel=channel,
                tiktok=tiktok,
                options=self._options,
                run=run,
                around=self._around,
                progress=Silence(),
            )
            sender = Sender(parts, self._around, run)
            while True:
                run.stop()
                sort_in(parts.database, clock, run.stop, run.report)
                if self._is_due(channel):
                    Sweep(push, watch).perform()
                    self._say_again(channel)
                run.report.requests = tiktok.requests
                sender.send()
                self._halt.sleep(IDLE)

    def _watch(self, channel: Channel, run_id: str) -> Watch:
        """Return the guard of a channel; it outlives what it stopped."""
        permission, clock = self._options.permission, self._around.clock
        fresh = Watch(self._parts.database, channel, permission, run_id=run_id, clock=clock, window=HOUR)
        return self._watches.setdefault(channel.channel_uid, fresh)

    def _is_due(self, channel: Channel) -> bool:
        with self._parts.database.reading() as session:
            return stock_targets.count_due(session, channel.channel_uid, now=self._around.clock()) > 0

    def _say_again(self, channel: Channel) -> None:
        """Tell once that what stood against it is over."""
        if self._said.pop(channel.channel_uid, None) is not None:
            log.warning("%s: pushes again", channel.channel_uid)

    def _say(self, channel_uid: str, error: MyeTikTokError) -> None:
        """Tell what stands against it, but not again and again."""
        said = self._said.get(channel_uid)
        if said is None or said.message != error.message:
            log.error("the push of channel %s waits: %s; %s", channel_uid or "(all)", error.message, error.hint)
        self._said[channel_uid] = error


def push_after(consumed: Done, parts: Parts, options: PushOptions, around: Surroundings) -> Done:
    """Push every channel once what waited was taken in, and account for both together."""
    with parts.database.reading() as session:
        known = [channel for channel in channels.list_all(session) if channel.state != "removed"]
    pushed = push_inventory(parts, known, options, around, progress=Silence())
    report, all_well = consumed.report, consumed.report.outcome == "ok"
    report.include(pushed.report)
    report.channels = pushed.report.channels
    report.outcome = pushed.report.outcome if all_well else "partial"
    return Done(report=report, errors=pushed.errors)
