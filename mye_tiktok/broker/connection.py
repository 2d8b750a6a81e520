"""How to reach RabbitMQ, and what its refusals mean to the operator."""

import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pika
from pika import exceptions
from pika.adapters.blocking_connection import BlockingChannel

from mye_tiktok.errors import MyeTikTokError, UnreachableError, WrongSettingsError

HEARTBEAT = timedelta(seconds=30)
STEP_TIMEOUT = timedelta(seconds=10)
ACCESS_REFUSED, NOT_FOUND, RESOURCE_LOCKED, PRECONDITION_FAILED, NOT_ALLOWED = 403, 404, 405, 406, 530
REFUSALS = {ACCESS_REFUSED, RESOURCE_LOCKED, PRECONDITION_FAILED, NOT_ALLOWED}


class Address:
    """Where the broker is and as whom we come; shows neither user nor password."""

    def __init__(self, url: str, *, patience: timedelta) -> None:
        # Everything pika has to say, with a traceback of its own, we say in one sentence.
        logging.getLogger("pika").setLevel(logging.CRITICAL + 1)
        try:
            self.parameters = pika.URLParameters(url)
        except (ValueError, TypeError, IndexError, KeyError):
            hint = "Write it as amqp://user:password@host:5672/vhost, special characters percent-encoded."
            raise WrongSettingsError("The broker's URL cannot be read.", hint=hint) from None
        self.parameters.heartbeat = int(HEARTBEAT.total_seconds())
        self.parameters.blocked_connection_timeout = patience.total_seconds()
        self.parameters.socket_timeout = self.parameters.stack_timeout = STEP_TIMEOUT.total_seconds()
        self.parameters.client_properties = {"connection_name": f"mye-tiktok on {socket.gethostname()}"}

    def __repr__(self) -> str:
        return f"RabbitMQ at {self.parameters.host}:{self.parameters.port}, virtual host {self.parameters.virtual_host}"

    def as_error(self, error: BaseException) -> MyeTikTokError:
        """Return ours for pika's: settings when the broker refuses us, unreachable for all the rest."""
        if isinstance(error, MyeTikTokError):
            return error
        text = _text(error)
        if isinstance(error, exceptions.ProbableAuthenticationError | exceptions.AuthenticationError):
            hint = "Check RABBITMQ_USER and RABBITMQ_PASSWORD, or RABBIT_URL."
            return WrongSettingsError(f"{self!r} refused the user or the password.", hint=hint)
        if _code(error) == NOT_FOUND:
            hint = "`mye-tiktok queue list` shows what is there; a relay makes what is missing."
            return WrongSettingsError(f"{self!r} misses something: {text}", hint=hint)
        if isinstance(error, exceptions.ProbableAccessDeniedError) or _code(error) in REFUSALS:
            hint = "Give the user of RABBIT_URL the permission, or point the settings at another name."
            return WrongSettingsError(f"{self!r} refused: {text}", hint=hint)
        hint = "Check that it runs and that RABBITMQ_HOST and RABBITMQ_PORT, or RABBIT_URL, point at it."
        return UnreachableError(f"{self!r} cannot be reached: {text}", hint=hint)

    @contextmanager
    def connected(self) -> Iterator[pika.BlockingConnection]:
        """Open a connection for a few calls from this thread; pika's errors leave it as ours."""
        connection = None
        try:
            connection = pika.BlockingConnection(self.parameters)
            yield connection
        except (exceptions.AMQPError, OSError) as error:
            raise self.as_error(error) from None
        finally:
            if connection is not None:
                _close(connection)

    @contextmanager
    def channel(self) -> Iterator[BlockingChannel]:
        """Open a connection with one channel."""
        with self.connected() as connection:
            yield connection.channel()


def _close(connection: pika.BlockingConnection) -> None:
    try:
        connection.close()
    except (exceptions.AMQPError, OSError):
        return  # it is gone already, and what it told us was told


def _code(error: BaseException) -> int:
    if isinstance(error, exceptions.ChannelClosed | exceptions.ConnectionClosed):
        return int(error.reply_code)
    return 0


def _text(error: BaseException) -> str:
    """Return what happened: in the broker's own words where it spoke, else in ours."""
    cause = _cause(error)
    if isinstance(cause, exceptions.ChannelClosed | exceptions.ConnectionClosed):
        return cause.reply_text
    if isinstance(cause, exceptions.ConnectionBlockedTimeout):
        return "it is short of memory or disk and takes no messages"
    if isinstance(cause, exceptions.AMQPHeartbeatTimeout):
        return "it fell silent"
    return getattr(cause, "strerror", None) or str(cause) or type(cause).__name__


def _cause(error: BaseException) -> BaseException:
    """Return what pika wrapped, layer by layer, while it tried to connect."""
    inner = getattr(error, "exception", None)
    inner = inner or (getattr(error, "exceptions", None) or [None])[-1]
    inner = inner or (error.args[0] if isinstance(error, exceptions.AMQPConnectionError) and error.args else None)
    return _cause(inner) if isinstance(inner, BaseException) else error
