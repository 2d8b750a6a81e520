"""`mye-tiktok outbox`: what is on its way, and how to get it moving again."""

import pytest

from mye_tiktok.sandbox.sandbox import Sandbox
from tests.cli.conftest import PRODUCTS, Cli

MESSAGE_KEYS = {"id", "type", "subject", "destination", "state", "attempts", "created_at", "sent_at"}


def test_messages_are_listed_with_their_state(cli: Cli, fetched: Sandbox) -> None:
    messages = cli("outbox", "list", "--json").json()["messages"]

    assert len(messages) == PRODUCTS
    assert set(messages[0]) >= MESSAGE_KEYS
    assert {message["type"] for message in messages} == {"mye.tiktok.product.created.v1"}
    assert {(message["state"], message["destination"]) for message in messages} == {("sent", "product")}
    assert all(message["sent_at"].endswith("Z") for message in messages)


def test_the_newest_messages_are_listed_first(cli: Cli, fetched: Sandbox) -> None:
    (changed,) = fetched.change_products(1)
    cli("products", "fetch-all")

    listed = cli("outbox", "list", "--limit", "2", "--json").json()["messages"]

    assert [message["type"] for message in listed] == ["mye.tiktok.product.updated.v1", "mye.tiktok.product.created.v1"]
    assert listed[0]["subject"] == changed


@pytest.mark.parametrize("state", ["pending", "parked"])
def test_a_state_without_messages_is_an_empty_list(cli: Cli, fetched: Sandbox, state: str) -> None:
    assert cli("outbox", "list", "--state", state, "--json").json() == {"messages": []}


def test_a_state_that_does_not_exist_is_wrong_usage(cli: Cli) -> None:
    assert cli("outbox", "list", "--state", "lost").code == 2


def test_one_message_is_shown_with_its_body(cli: Cli, fetched: Sandbox) -> None:
    listed = cli("outbox", "list", "--limit", "1", "--json").json()["messages"][0]

    message = cli("outbox", "show", listed["id"], "--json").json()

    assert message["id"] == listed["id"]
    assert message["body"]["product_id"] == listed["subject"]
    assert listed["subject"] in cli("outbox", "show", listed["id"]).out


def test_a_message_that_does_not_exist_is_wrong_usage(cli: Cli, fetched: Sandbox) -> None:
    assert cli("outbox", "show", "no-such-message").code == 2


def test_relaying_an_empty_outbox_is_silent_and_reports_a_job(cli: Cli, fetched: Sandbox) -> None:
    silent = cli("outbox", "relay", "--once")
    report = cli("outbox", "relay", "--once", "--json").json()

    assert (silent.code, silent.out, silent.err) == (0, "", "")
    assert (report["job"], report["outcome"], report["failures"]) == ("outbox relay", "ok", [])
    assert report["run_id"]


@pytest.mark.parametrize("arguments", [(), ("some-id", "--all")])
def test_retry_needs_either_ids_or_all(cli: Cli, arguments: tuple[str, ...]) -> None:
    assert cli("outbox", "retry", *arguments).code == 2


def test_retry_of_nothing_retries_nothing(cli: Cli, fetched: Sandbox) -> None:
    assert cli("outbox", "retry", "--all", "--json").json() == {"retried": 0}


def test_purge_deletes_only_what_is_old_enough(cli: Cli, fetched: Sandbox) -> None:
    assert cli("outbox", "purge", "--json").json() == {"purged": 0}
    assert cli("outbox", "purge", "--older-than", "0s", "--json").json() == {"purged": PRODUCTS}
    assert cli("outbox", "list", "--json").json() == {"messages": []}
