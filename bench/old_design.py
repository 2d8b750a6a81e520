"""The service that mye-tiktok replaces, as far as a webhook goes: verify, then hand the event to Celery's broker.

    OLD_BROKER=amqp://… OLD_QUEUE=name uvicorn bench.old_design:app

A `def` endpoint of FastAPI, which runs on a thread, and a task's `.delay()`, which publishes without a confirm.
"""

import hmac
import json
import os
from hashlib import sha256
from typing import Annotated, Any

from celery import Celery
from fastapi import Depends, FastAPI, Header, HTTPException, Request

from bench.load import KEY, SECRET

app = FastAPI()
tasks = Celery("tasks", broker=os.environ.get("OLD_BROKER", "amqp://"))
tasks.conf.task_default_queue = os.environ.get("OLD_QUEUE", "celery")
tasks.conf.task_ignore_result = True


@tasks.task(name="tasks.webhook.process_webhook_data")
def process_webhook_data(data: dict[str, Any]) -> None:
    """Stand for what a worker would do later."""


async def raw_body(request: Request) -> bytes:
    """Return the bytes that were signed."""
    return bytes(await request.body())


@app.post("/webhook/")
def webhook(body: Annotated[bytes, Depends(raw_body)], authorization: Annotated[str, Header()] = "") -> dict[str, str]:
    """Take one event."""
    right = hmac.new(SECRET.encode(), KEY.encode() + body, sha256).hexdigest()
    if not hmac.compare_digest(right, authorization):
        raise HTTPException(status_code=401)
    process_webhook_data.delay(json.loads(body))
    return {"status": "ok"}
