"""Signed events as TikTok sends them, and what became of them."""

import hmac
import json

from sqlalchemy import select

from mye_tiktok.db import webhooks
from mye_tiktok.db.database import Database
from mye_tiktok.db.tables.webhooks import WebhookEventRow
from mye_tiktok.tiktok.app import App

APP = App(app_key="listener-key", app_secret="listener-secret")


def signature(body: bytes, app: App = APP) -> str:
    """Return what TikTok puts into `Authorization`."""
    return hmac.digest(app.app_secret.encode(), app.app_key.encode() + body, "sha256").hex()


def order_event(number: int) -> bytes:
    """Return the body of an event about an order; each number is a notification of its own."""
    return json.dumps(
        {
            "type": 1,
            "tts_notification_id": f"73800{number:012d}",
            "shop_id": "7494049642642441621",
            "timestamp": 1_718_305_585,
            "data": {"order_id": f"5766{number:014d}", "order_status": "UNPAID", "update_time": 1_718_305_585},
        }
    ).encode()


def stored(database: Database) -> dict[bytes, str]:
    """Return the state of every event by its body."""
    with database.reading() as session:
        return dict(session.execute(select(WebhookEventRow.body, WebhookEventRow.state)).all())


def counted(database: Database) -> dict[str, int]:
    """Return the counters."""
    with database.reading() as session:
        return dict(webhooks.counters(session))
