"""Every table there is, for migrations and for the test that compares them with the models."""

from mye_tiktok.db.tables import (
    authorizations,
    budgets,
    channels,
    inventory,
    orders,
    outbox,
    product_commands,
    products,
    queues,
    runs,
    shipments,
    watermarks,
    webhooks,
)
from mye_tiktok.db.tables.base import Base

TABLE_MODULES = (
    authorizations,
    budgets,
    channels,
    inventory,
    orders,
    outbox,
    product_commands,
    products,
    queues,
    runs,
    shipments,
    watermarks,
    webhooks,
)
metadata = Base.metadata
