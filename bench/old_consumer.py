"""The service that mye-tiktok replaces, as far as stock goes: a Celery worker that inserts a row per message.

    OLD_BROKER=amqp://… OLD_QUEUE=name OLD_DATABASE=postgresql://… celery -A bench.old_consumer worker -c 2

Its queue is a quorum queue, its messages are persistent, and it acknowledges after the commit, as ours.
"""

import os
import uuid
from datetime import UTC, datetime
from typing import Any

from celery import Celery
from kombu.entity import Exchange, Queue
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from mye_tiktok.db.tables.inventory import InventoryRequestRow

QUEUE = os.environ.get("OLD_QUEUE", "celery")
tasks = Celery("tasks", broker=os.environ.get("OLD_BROKER", "amqp://"))
tasks.conf.task_queues = [
    Queue(QUEUE, Exchange(QUEUE), routing_key=QUEUE, durable=True, queue_arguments={"x-queue-type": "quorum"})
]
tasks.conf.task_default_queue = QUEUE
tasks.conf.task_ignore_result = True
tasks.conf.task_acks_late = True
engine = create_engine(os.environ.get("OLD_DATABASE", "sqlite://").replace("postgresql://", "postgresql+psycopg2://"))


@tasks.task(name="tasks.inventory_tasks.process")
def process(message: dict[str, Any]) -> None:
    """Write one message down."""
    now = datetime.now(UTC)
    with Session(engine) as session:
        for item in message["items"]:
            session.add(
                InventoryRequestRow(
                    fingerprint=uuid.uuid4().hex,
                    request_id=message["request_id"],
                    channel_uid="",
                    seller_sku=item["seller_sku"],
                    product_id="",
                    sku_id="",
                    warehouse_id="",
                    quantity=item["quantity"],
                    occurred_at=datetime.fromisoformat(message["occurred_at"]),
                    received_at=now,
                    origin="queue",
                    state="new",
                    code="",
                    message="",
                )
            )
        session.commit()
