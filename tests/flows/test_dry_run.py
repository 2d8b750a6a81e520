"""`--dry-run` says what would change, and writes nothing."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text

from mye_tiktok.db.database import Database
from mye_tiktok.db.tables.metadata import metadata
from mye_tiktok.domain.channel import Channel
from tests.flows.world import World

ITS_OWN_ACCOUNT = {"runs", "leases", "request_budgets"}


def contents(database: Database) -> dict[str, list[Any]]:
    """Return every row of every table but those that a run keeps about itself."""
    tables = [table.name for table in metadata.sorted_tables if table.name not in ITS_OWN_ACCOUNT]
    with database.transaction() as session:
        return {name: sorted(map(_shown, session.execute(text(f"SELECT * FROM {name}")))) for name in tables}


def _shown(row: Sequence[Any]) -> str:
    return repr([bytes(value) if isinstance(value, memoryview) else value for value in row])


def plan(world: World, channel: Channel, *, full: bool = False) -> tuple[set[tuple[str, str]], dict[str, int]]:
    done = world.fetch(channel, dry_run=True, full=full)
    assert done.report.exit_code == 0
    return {(planned.item, planned.change) for planned in done.report.channels[0].plan}, done.report.counts


def test_a_dry_first_run_names_every_product_and_writes_nothing(world: World, channel: Channel) -> None:
    before = contents(world.database)

    planned, counts = plan(world, channel)

    assert contents(world.database) == before
    assert planned == {(world.sandbox.shop().catalogue.product_id(at), "created") for at in range(12)}
    assert counts["created"] == 12
    assert world.asked("get_product") == 0
    assert world.on_queue() == []


def test_a_dry_run_names_what_is_new_and_what_changed(world: World, channel: Channel) -> None:
    world.fetch(channel)
    world.later()
    changed = world.sandbox.change_products(2)
    added = world.sandbox.add_products(1)
    before = contents(world.database)

    planned, counts = plan(world, channel)

    assert contents(world.database) == before
    assert planned == {(changed[0], "changed"), (changed[1], "changed"), (added[0], "created")}
    assert (counts["changed"], counts["created"]) == (2, 1)


def test_a_dry_full_run_names_what_vanished(world: World, channel: Channel) -> None:
    world.fetch(channel)
    world.later()
    gone = world.sandbox.shop().catalogue.product_id(4)
    world.sandbox.remove_product(gone, forgotten=True)
    before = contents(world.database)

    planned, counts = plan(world, channel, full=True)

    assert contents(world.database) == before
    assert planned == {(gone, "removed")}
    assert counts["removed"] == 1


def test_a_dry_full_run_stops_where_the_run_would_stop(world: World, channel: Channel) -> None:
    world.fetch(channel)
    for at in range(6):
        world.sandbox.remove_product(world.sandbox.shop().catalogue.product_id(at), forgotten=True)
    before = contents(world.database)

    done = world.fetch(channel, dry_run=True, full=True)

    assert contents(world.database) == before
    assert (done.report.exit_code, done.report.counts["removed"]) == (65, 6)


def test_a_dry_run_leaves_waiting_messages_alone(world: World, channel: Channel) -> None:
    world.broker.publishing = lambda queue, messages: []
    world.fetch(channel, dry_run=True)

    assert world.broker.batches == []


def test_what_a_dry_run_foretells_is_what_the_run_does(world: World, channel: Channel) -> None:
    world.fetch(channel)
    world.later()
    world.sandbox.change_products(3)
    planned, _ = plan(world, channel)

    world.fetch(channel)

    assert {(product_id, "changed") for product_id, _ in world.told()[12:]} == planned
