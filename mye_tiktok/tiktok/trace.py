"""What an operator may see of a request: enough to find it again, never a secret."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

LOGGER = logging.getLogger("mye_tiktok.tiktok")
CHATTERS = ("httpx", "httpcore.connection", "httpcore.http11", "httpcore.http2", "httpcore.proxy", "httpcore.socks")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """One request. `code` is None without an answer in TikTok's envelope, `status` without any answer."""

    method: str
    path: str
    code: int | None
    status: int | None
    request_id: str
    milliseconds: float
    attempt: int

    def __str__(self) -> str:
        """Return the line that `-v` shows."""
        came = self.code if self.code is not None else f"HTTP {self.status}" if self.status else "no answer"
        again = f" attempt {self.attempt}" if self.attempt > 1 else ""
        return f"{self.method} {self.path} {came} {self.request_id or '-'} {self.milliseconds:.0f} ms{again}"


OnRequest = Callable[[Trace], None]


def silence_http_loggers() -> None:
    """Keep httpx and httpcore from logging: the URL of a token call carries app_secret. May be called again."""
    for name in CHATTERS:
        logger = logging.getLogger(name)
        if _never not in logger.filters:
            logger.addFilter(_never)


def _never(record: logging.LogRecord) -> bool:
    return False
