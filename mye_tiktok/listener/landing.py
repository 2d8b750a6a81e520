"""Where TikTok's redirect lands: connect the seller's shops, and tell the person how it went."""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING

from mye_tiktok import logs
from mye_tiktok.errors import MyeTikTokError, TryLaterError, UnreachableError
from mye_tiktok.listener.exchange import HEADERS, Reply, Request
from mye_tiktok.listener.redirect import Redirect, page, read_redirect
from mye_tiktok.runtime import Runtime

if TYPE_CHECKING:
    from mye_tiktok.tiktok.client import TikTokClient

AT_ONCE, MOST_WAITING = 2, 16
REFUSED = "The authorization was refused, so nothing was connected. To try again, ask for a new link."
NO_STATE = "This link was not asked for here, so nothing was connected. `mye-tiktok auth url` prints a new one."
BUSY = "Too many shops are being connected at this moment. Go back and open the link again in a minute."
log = logging.getLogger(__name__)


class Landing:
    """Takes redirects, each on a thread, for TikTok has to be asked for tokens meanwhile."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._threads = ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="landing")
        self._waiting = 0

    def close(self) -> None:
        """Take no more; what is being connected is finished."""
        self._threads.shutdown(cancel_futures=True)

    async def arrive(self, request: Request) -> Reply:
        """Answer a redirect with a page."""
        redirect = read_redirect(request.query)
        if redirect.error:
            # anybody may have typed it: as one line, and no page of it
            log.warning("a seller refused the authorization: %.100r", redirect.error)
            return _html(200, REFUSED)
        if not redirect.state or not redirect.code:
            return _html(400, NO_STATE)
        if self._waiting >= MOST_WAITING:
            return _html(503, BUSY)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, self._connect, redirect)
        finally:
            self._waiting -= 1

    @cached_property
    def _tiktok(self) -> "TikTokClient":
        return self._runtime.tiktok()

    def _connect(self, redirect: Redirect) -> Reply:
        from mye_tiktok.jobs.authorization import Wish, integrate

        runtime = self._runtime
        try:
            connected = integrate(
                runtime.database,
                runtime.auth,
                self._tiktok,
                app_key=runtime.app.app_key,
                code=redirect.code,
                state=redirect.state,
                wish=Wish(),
                clock=runtime.clock,
            )
        except MyeTikTokError as error:
            log.warning("a redirect connected no shop: %s", error.message)
            later = isinstance(error, UnreachableError | TryLaterError)
            return _html(503 if later else 400, f"The shop was not connected: {logs.redacted(error.message)}")
        names = ", ".join(f"{channel.shop_name} ({channel.channel_uid})" for channel in connected)
        log.info("connected %s", names)
        return _html(200, f"Connected: {names}. You can close this page.")


def _html(status: int, text: str) -> Reply:
    headers = (*HEADERS, ("content-type", "text/html; charset=utf-8"))
    return Reply(status=status, body=page(text).encode(), headers=headers)
