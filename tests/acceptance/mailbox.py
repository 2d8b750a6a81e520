"""What MYE finds on its product queue: the message ids of each product."""

import json
from collections import defaultdict

import pika

from tests.acceptance.program import Finished, Program

FETCH = ("products", "fetch-all", "--json")
MessageIds = dict[str, set[str]]


def run_until_done(program: Program) -> Finished:
    """Run the fetch, and again while something is left to do, as cron would."""
    for _ in range(5):
        done = program.run(*FETCH)
        if done.code == 0 and not done.json().get("warnings"):
            return done
    raise AssertionError(f"it does not come to an end: {done}")


def delivered(rabbitmq_url: str, queue: str) -> MessageIds:
    """Take every message off the queue, as MYE would."""
    ids: MessageIds = defaultdict(set)
    connection = pika.BlockingConnection(pika.URLParameters(rabbitmq_url))
    channel = connection.channel()
    while True:
        method, properties, body = channel.basic_get(queue, auto_ack=True)
        if method is None or properties is None or body is None:
            break
        product_id = str(json.loads(body)["product_id"])
        assert (properties.headers or {})["cloudEvents:subject"] == product_id
        ids[product_id].add(str(properties.message_id))
    connection.close()
    return ids


def queued(program: Program) -> MessageIds:
    """Look at the embedded queue."""
    ids: MessageIds = defaultdict(set)
    for message in program.run("queue", "peek", "product", "--limit", "10000", "--json").json()["messages"]:
        ids[message["subject"]].add(message["id"])
    return ids


def assert_each_product_has_one_message(ids: MessageIds, products: set[str]) -> None:
    """Check that every product is there, however often it came, under one id."""
    assert set(ids) == products
    assert {product: found for product, found in ids.items() if len(found) != 1} == {}
