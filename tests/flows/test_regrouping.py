"""Packages are combined, taken apart and split once, after a look, and MYE is told of their orders."""

from collections.abc import Sequence
from typing import Any

import pytest

from mye_tiktok.domain.package import Package
from mye_tiktok.errors import RefusedError, UnreachableError
from mye_tiktok.jobs.done import Done
from mye_tiktok.jobs.regrouping import Regrouping, combine_packages, split_order, uncombine_package
from mye_tiktok.sandbox.options import SandboxOptions
from tests.flows.conftest import MakeWorld
from tests.flows.label_desk import LabelDesk, parts_of
from tests.flows.orders import bodies, told


class Desk(LabelDesk):
    """A shop whose packages are regrouped."""

    def alike(self, number: int = 2) -> list[str]:
        """Place orders that may be combined, known to MYE, and return their packages."""
        packages = [self.paid() for _ in range(number)]
        self.world.sandbox.make_combinable(*(self.order_of(one) for one in packages))
        self.world.fetch_orders(self.channel)
        self.world.sandbox.requests.clear()
        return packages

    def order_of(self, package_id: str) -> str:
        """Return the first order of a package."""
        return self.package(package_id).order_ids[0]

    def combine(self, *package_ids: str, dry_run: bool = False) -> tuple[Done, Regrouping]:
        """Run `ship combine`."""
        around = self.world.around()
        return combine_packages(parts_of(self.world), self.channel, package_ids, around, dry_run=dry_run)

    def uncombine(self, package_id: str, *order_ids: str, dry_run: bool = False) -> tuple[Done, Regrouping]:
        """Run `ship uncombine`."""
        around = self.world.around()
        return uncombine_package(parts_of(self.world), self.channel, package_id, order_ids, around, dry_run=dry_run)

    def split(self, order_id: str, *groups: Sequence[str], dry_run: bool = False) -> tuple[Done, Regrouping]:
        """Run `ship split`."""
        around = self.world.around()
        return split_order(parts_of(self.world), self.channel, order_id, groups, around, dry_run=dry_run)

    def units(self, order_id: str) -> list[tuple[str, str]]:
        """Return the line items of an order with their SKUs."""
        return [(str(line["id"]), str(line["sku_id"])) for line in self.world.sandbox.order(order_id)["line_items"]]


@pytest.fixture
def desk(make_world: MakeWorld, tmp_path: Any, request: pytest.FixtureRequest) -> Desk:
    world = make_world(SandboxOptions(products=6, regions=(getattr(request, "param", "VN"),), late_documents=False))
    return Desk(world=world, channel=world.connect(), folder=tmp_path)


def held(packages: Sequence[Package]) -> list[set[str]]:
    return [set(one.order_ids) for one in packages]


def test_combined_packages_become_one_and_mye_hears_of_both_orders(desk: Desk) -> None:
    packages = desk.alike()
    orders = {desk.order_of(one) for one in packages}

    done, result = desk.combine(*packages)

    assert (done.report.outcome, done.errors) == ("ok", [])
    assert held(result.before) == [{one} for one in result.before[0].order_ids + result.before[1].order_ids]
    assert held(result.after) == [orders]
    assert result.after[0].is_combined
    [told_first, told_second] = told(desk.world)[-2:]
    assert {told_first[:2], told_second[:2]} == {(one, "updated") for one in orders}
    assert {body["order"]["packages"][-1]["package_id"] for body in bodies(desk.world)[-2:]} == {
        result.after[0].package_id
    }


def test_a_dry_run_shows_the_call_and_sends_nothing(desk: Desk) -> None:
    packages = desk.alike()

    done, result = desk.combine(*packages, dry_run=True)

    assert (done.report.outcome, result.after) == ("ok", ())
    assert result.call["operation"] == "combine_package"
    assert desk.world.asked("combine_package") == 0


def test_packages_of_different_buyers_are_refused_before_the_call(desk: Desk) -> None:
    packages = [desk.paid(user_id="7001"), desk.paid(user_id="7002")]

    done, _ = desk.combine(*packages)

    assert isinstance(done.errors[0], RefusedError)
    assert (done.report.exit_code, done.errors[0].code) == (65, "several-buyers")
    assert desk.world.asked("combine_package") == 0


def test_what_tiktok_refuses_in_a_call_that_succeeded_is_a_refusal(desk: Desk) -> None:
    packages = [desk.paid(user_id="7001"), desk.paid(user_id="7001", warehouse_id="9")]

    done, result = desk.combine(*packages)

    assert (done.report.exit_code, done.errors[0].code) == (65, "10007014")
    assert held(result.after) == held(result.before)


def test_a_lost_answer_is_resolved_by_reading_and_the_call_is_not_repeated(desk: Desk) -> None:
    packages = desk.alike()
    desk.world.sandbox.fail("lost", operation="combine_package", times=1)

    done, result = desk.combine(*packages)

    assert (done.report.outcome, desk.world.asked("combine_package")) == ("ok", 1)
    assert result.after[0].is_combined
    assert "answer was lost" in done.report.notes[0]


def test_a_call_that_never_arrived_says_so_and_may_be_run_again(desk: Desk) -> None:
    packages = desk.alike()
    desk.world.sandbox.fail("bad_gateway", operation="combine_package", times=1)

    done, result = desk.combine(*packages)

    assert isinstance(done.errors[0], UnreachableError)
    assert (done.report.exit_code, len(result.after)) == (69, 2)
    assert "not done" in done.errors[0].hint
    assert desk.combine(*packages)[0].report.outcome == "ok"
    assert desk.world.asked("combine_package") == 2


def test_combined_orders_are_taken_apart_once(desk: Desk) -> None:
    packages = desk.alike()
    orders = {desk.order_of(one) for one in packages}
    [kept] = desk.combine(*packages)[1].after

    done, result = desk.uncombine(kept.package_id)

    assert (done.report.outcome, desk.world.asked("uncombine_packages")) == ("ok", 1)
    assert sorted(held(result.after), key=min) == sorted(({one} for one in orders), key=min)
    assert {row[:2] for row in told(desk.world)[-2:]} == {(one, "updated") for one in orders}


def test_one_of_three_orders_is_taken_out(desk: Desk) -> None:
    packages = desk.alike(3)
    last = desk.order_of(packages[2])
    [kept] = desk.combine(*packages)[1].after

    done, result = desk.uncombine(kept.package_id, last)

    assert done.report.outcome == "ok"
    assert sorted(map(len, held(result.after))) == [1, 2]
    assert {last} in held(result.after)


def test_an_order_that_is_not_in_the_package_is_not_taken_out(desk: Desk) -> None:
    first, second, third = desk.alike(3)
    [kept] = desk.combine(first, second)[1].after

    done, _ = desk.uncombine(kept.package_id, desk.order_of(third))

    assert (done.report.exit_code, done.errors[0].code) == (65, "no-order")
    assert desk.world.asked("uncombine_packages") == 0


def test_a_package_of_one_order_is_apart_already(desk: Desk) -> None:
    done, result = desk.uncombine(desk.paid())

    assert (done.report.outcome, result.already) == ("ok", True)
    assert desk.world.asked("uncombine_packages") == 0


def test_a_split_order_has_a_package_per_group_and_is_not_split_twice(desk: Desk) -> None:
    order_id = desk.order_of(desk.paid(count=4))
    by_sku: dict[str, list[str]] = {}
    for line_id, sku_id in desk.units(order_id):
        by_sku.setdefault(sku_id, []).append(line_id)
    first, *rest = by_sku.values()
    groups = [first, [line_id for ids in rest for line_id in ids]]

    done, result = desk.split(order_id, *groups)
    again, second = desk.split(order_id, *groups)

    assert (done.report.outcome, len(result.before), len(result.after)) == ("ok", 1, 2)
    assert {frozenset(one.line_item_ids) for one in result.after} == {frozenset(ids) for ids in groups}
    assert (again.report.outcome, second.already) == ("ok", True)
    assert desk.world.asked("confirm_order_split") == 1


def test_an_order_in_a_combined_package_is_taken_out_first(desk: Desk) -> None:
    packages = desk.alike()
    order_id = desk.order_of(packages[0])
    [kept] = desk.combine(*packages)[1].after

    done, _ = desk.split(order_id, ["1"], ["2"])

    assert (done.report.exit_code, done.errors[0].code) == (65, "combined")
    assert f"mye-tiktok ship uncombine {kept.package_id}" in done.errors[0].hint


def test_what_does_not_exist_is_named(desk: Desk) -> None:
    assert desk.combine("1150000000000000000", "1150000000000000001")[0].errors[0].code == "no-package"
    assert desk.split("577999999999999999", ["1"], ["2"])[0].errors[0].code == "no-order"
