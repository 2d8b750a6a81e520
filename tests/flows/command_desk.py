"""What MYE wants done to products: put into the queue as MYE does, then consumed, and looked at afterwards."""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from mye_tiktok.db import product_commands
from mye_tiktok.db.product_commands import CommandFilter
from mye_tiktok.domain.json import Json
from mye_tiktok.domain.message import Message, Queue
from mye_tiktok.domain.product_command import Command
from mye_tiktok.domain.progress import Stop, never
from mye_tiktok.domain.report import Report
from mye_tiktok.jobs.fetching import Parts
from mye_tiktok.jobs.product_consuming import BATCH, consume_commands_once
from tests.flows.remote import WatchedTransport
from tests.flows.world import World


@dataclass(slots=True, kw_only=True)
class CommandDesk:
    """The queue of commands of a world."""

    world: World

    @property
    def queue(self) -> Queue:
        """The queue of commands."""
        return self.world.queues["product-command"]

    def say(self, body: Json | str, *, message_id: str = "") -> str:
        """Put one message into the queue and return its id."""
        message = Message(
            id=message_id or str(uuid.uuid4()),
            type="mye.tiktok.product.commanded.v1",
            subject="",
            time=self.world.clock(),
            body=(body if isinstance(body, str) else json.dumps(body)).encode(),
        )
        self.world.broker.declare([self.queue])
        assert [one.outcome for one in self.world.broker.publish(self.queue, [message])] == ["confirmed"]
        return message.id

    def ask(self, action: str, product_id: str, *, channel_uid: str = "", payload: Json | None = None) -> str:
        """Want something done to a product of the first channel, or of another."""
        body = {
            "action": action,
            "channel_uid": channel_uid or self.world.channels()[0].channel_uid,
            "product_id": product_id,
            "payload": payload,
        }
        return self.say({name: value for name, value in body.items() if value is not None})

    def parts(self, transport: WatchedTransport | None = None) -> Parts:
        """What a process that consumes is made of."""
        return Parts(
            database=self.world.database,
            tiktok=self.world.process(transport=transport).tiktok,
            broker=lambda: self.world.broker,
            queues=self.world.queues,
            sleep=self.world.clock.sleep,
        )

    def consume(self, *, batch: int = BATCH, limit: int | None = None, stop: Stop = never) -> Report:
        """Run `consume products --once` as a process of its own."""
        return consume_commands_once(self.parts(), self.world.around(stop), batch=batch, limit=limit)

    def commands(self) -> Sequence[Command]:
        """Every command that was written down, in the order they came."""
        with self.world.database.reading() as session:
            return product_commands.find(session, CommandFilter(), limit=1_000)[::-1]

    def states(self) -> list[tuple[str, str, str]]:
        """Action, state and code of every command."""
        return [(one.action, one.state, one.code) for one in self.commands()]

    def answers(self) -> dict[str, Json]:
        """What MYE was answered, by the id of the command's message; no command is answered twice."""
        bodies = [
            json.loads(row.message.body)
            for row in self.world.outbox()
            if row.message.type == "mye.tiktok.product.settled.v1"
        ]
        assert len({body["command_id"] for body in bodies}) == len(bodies)
        return {body["command_id"]: body for body in bodies}

    def outcomes(self) -> list[tuple[str, str]]:
        """Action and outcome of every answer."""
        return [(body["action"], body["outcome"]) for body in self.answers().values()]
