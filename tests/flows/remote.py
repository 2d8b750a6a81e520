"""Ways to the outside world that see every call: none of them may happen inside a transaction."""

from collections.abc import Callable, Sequence

import httpx

from mye_tiktok.db.database import in_transaction
from mye_tiktok.domain.message import Broker, Consumer, Message, Queue, QueueDepth, Receipt

Before = Callable[[httpx.Request], httpx.Response | None]
Publish = Callable[[Queue, Sequence[Message]], Sequence[Receipt]]


class Enforcer:
    """Collects remote calls that were made while a transaction was open."""

    def __init__(self) -> None:
        self.violations: list[str] = []

    def note(self, call: str) -> None:
        """Remember `call` when this thread is inside a transaction."""
        if in_transaction():
            self.violations.append(call)


class WatchedTransport(httpx.BaseTransport):
    """Carries requests to the sandbox. `before` sees each one first, and may answer it or raise instead."""

    def __init__(self, inner: httpx.BaseTransport, enforcer: Enforcer) -> None:
        self.inner, self._enforcer = inner, enforcer
        self.before: Before | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Pass a request on."""
        self._enforcer.note(f"{request.method} {request.url.path}")
        answer = self.before(request) if self.before else None
        return answer or self.inner.handle_request(request)


class WatchedBroker:
    """A real broker, of which `publish` may be replaced by something that goes wrong."""

    def __init__(self, inner: Broker, enforcer: Enforcer) -> None:
        self.inner, self._enforcer = inner, enforcer
        self.publishing: Publish | None = None
        self.batches: list[list[str]] = []

    def declare(self, queues: Sequence[Queue]) -> None:
        """Make what is missing."""
        self._enforcer.note("declare")
        self.inner.declare(queues)

    def publish(self, queue: Queue, messages: Sequence[Message]) -> Sequence[Receipt]:
        """Publish, or do what the test put in place of it."""
        self._enforcer.note("publish")
        self.batches.append([message.id for message in messages])
        return (self.publishing or self.inner.publish)(queue, messages)

    def consumer(self, queue: Queue, *, prefetch: int = 500) -> Consumer:
        """Consume."""
        return self.inner.consumer(queue, prefetch=prefetch)

    def depth(self, queue: Queue) -> QueueDepth:
        """Count."""
        self._enforcer.note("depth")
        return self.inner.depth(queue)

    def peek(self, queue: Queue, *, limit: int, dead: bool = False) -> Sequence[Message]:
        """Look."""
        return self.inner.peek(queue, limit=limit, dead=dead)

    def requeue(self, queue: Queue, *, message_ids: Sequence[str] = (), limit: int | None = None) -> int:
        """Move dead messages back."""
        return self.inner.requeue(queue, message_ids=message_ids, limit=limit)

    def purge_dead(self, queue: Queue, *, message_ids: Sequence[str] = ()) -> int:
        """Delete dead messages."""
        return self.inner.purge_dead(queue, message_ids=message_ids)

    def close(self) -> None:
        """Let go."""
        self.inner.close()
