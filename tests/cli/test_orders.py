"""`mye-tiktok orders`: the job's report, the live views, and what the options must be."""

from datetime import UTC, datetime, timedelta

import pytest

from mye_tiktok.cli.main import exit_code
from mye_tiktok.sandbox.faults import Kind
from mye_tiktok.sandbox.options import SandboxOptions
from mye_tiktok.sandbox.sandbox import Sandbox
from tests.cli.conftest import CHANNEL, Cli

JOB_KEYS = {"job", "run_id", "outcome", "seconds", "requests", "counts", "channels", "failures"}
ORDERS = 30
STRANGER = "577999999999999999"


@pytest.fixture
def options() -> SandboxOptions:
    return SandboxOptions(products=6, orders=ORDERS)


@pytest.fixture
def order_id(connected: Sandbox) -> str:
    """An order that awaits its shipment, in a shop that is connected."""
    return connected.place_order(count=2, status="AWAITING_SHIPMENT", buyer_message="Leave it at the door")


def test_a_fetch_reports_itself_in_one_document(cli: Cli, connected: Sandbox) -> None:
    report = cli("orders", "fetch", "--json").json()

    assert set(report) >= JOB_KEYS
    assert (report["job"], report["outcome"]) == ("orders fetch", "ok")
    assert {name: report["counts"][name] for name in ("seen", "created", "queued", "sent")} == dict.fromkeys(
        ("seen", "created", "queued", "sent"), ORDERS
    )
    assert [(one["channel_uid"], one["outcome"]) for one in report["channels"]] == [(CHANNEL, "ok")]
    assert "30 days" in report["notes"][0]
    queued = cli("queue", "peek", "order", "--limit", "99", "--json").json()["messages"]
    assert {message["type"] for message in queued} == {"mye.tiktok.order.created.v1"}
    assert len(queued) == ORDERS


def test_a_second_fetch_finds_nothing_to_do(cli: Cli, connected: Sandbox) -> None:
    cli("orders", "fetch")

    report = cli("orders", "fetch", "--channel", CHANNEL, "--json").json()

    assert report["counts"].get("created", 0) == report["counts"].get("queued", 0) == 0


def test_a_fetch_that_succeeds_off_the_terminal_is_silent(cli: Cli, connected: Sandbox) -> None:
    for given in ((), ("--all-channels",), ("--days-ago", "3"), ("--since", "2026-01-01")):
        outcome = cli("orders", "fetch", *given)

        assert (outcome.code, outcome.out, outcome.err) == (0, "", ""), given


def test_a_backfill_reports_itself_as_the_command_that_was_typed(cli: Cli, connected: Sandbox) -> None:
    report = cli("orders", "fetch", "--days-ago", "40", "--json").json()

    assert (report["job"], report["outcome"], report["counts"]["created"]) == ("orders fetch", "ok", ORDERS)


def test_a_dry_run_says_what_would_change_and_leaves_nothing_behind(cli: Cli, connected: Sandbox) -> None:
    report = cli("orders", "fetch", "--dry-run", "--json").json()

    assert {entry["change"] for entry in report["plan"]} == {"created"}
    assert len({entry["order_id"] for entry in report["plan"]}) == ORDERS
    assert cli("outbox", "list", "--json").json() == {"messages": []}


def test_a_limited_fetch_is_partial_and_says_so(cli: Cli, connected: Sandbox) -> None:
    outcome = cli("orders", "fetch", "--limit", "2", "--json")

    assert (outcome.code, outcome.document()["outcome"], outcome.document()["counts"]["seen"]) == (1, "partial", 2)
    assert "--limit" in outcome.error()["message"]


def test_a_hold_policy_is_remembered(cli: Cli, connected: Sandbox) -> None:
    cli("orders", "fetch")
    held = connected.place_order(status="ON_HOLD")

    assert cli("orders", "fetch", "--hold-policy", "release", "--json").json()["counts"]["queued"] == 0
    assert [one["hold_policy"] for one in cli("auth", "channels", "--json").json()["channels"]] == ["release"]
    connected.edit_order(held, seller_note="still on hold")
    assert cli("orders", "fetch", "--json").json()["counts"]["queued"] == 0
    connected.advance(held)
    assert cli("orders", "fetch", "--json").json()["counts"]["queued"] == 1


def test_a_dry_run_does_not_remember_a_hold_policy(cli: Cli, connected: Sandbox) -> None:
    cli("orders", "fetch", "--hold-policy", "release", "--dry-run")
    connected.place_order(status="ON_HOLD")

    assert cli("orders", "fetch", "--json").json()["counts"]["queued"] == ORDERS + 1


TOMORROW = (datetime.now(UTC) + timedelta(days=1)).isoformat()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (("--days-ago", "3", "--since", "2026-01-01"), "exclude each other"),
        (("--days-ago", "3", "--until", "2026-01-01"), "exclude each other"),
        (("--until", "2026-01-01"), "--until needs --since"),
        (("--since", "yesterday"), "no time"),
        (("--since", TOMORROW), "lies in the future"),
        (("--since", "2026-01-01", "--until", TOMORROW), "lies in the future"),
        (("--since", "2026-02-01", "--until", "2026-01-01"), "must lie after"),
        (("--since", "2026-02-01", "--until", "2026-02-01T00:00:00Z"), "must lie after"),
        (("--days-ago", "0"), "days-ago"),
        (("--limit", "0"), "limit"),
        (("--hold-policy", "maybe"), "mark, release, both"),
        (("--channel", CHANNEL, "--all-channels"), "exclude each other"),
        (("--channel", "nobody"), "nobody"),
    ],
)
def test_options_that_make_no_sense_are_refused(
    cli: Cli, connected: Sandbox, given: tuple[str, ...], words: str
) -> None:
    outcome = cli("orders", "fetch", *given, "--json")

    assert (outcome.code, outcome.error()["exit_code"]) == (2, 2)
    assert words in outcome.error()["message"]
    assert connected.requests.count("get_order_list") == 0


@pytest.mark.parametrize(
    ("kind", "refused", "code"),
    [
        ("refusal", 98001004, 65),
        ("hourly_cap", 0, 75),
        ("refusal", 77777777, 76),
        ("revoked", 0, 77),
        ("scope_missing", 0, 77),
    ],
)
@pytest.mark.parametrize("command", ["fetch", "list"])
def test_what_stops_a_command_has_its_exit_code(
    cli: Cli, connected: Sandbox, kind: Kind, refused: int, code: int, command: str
) -> None:
    connected.fail(kind, operation="get_order_list", code=refused, status=200 if kind == "refusal" else None)

    outcome = cli("orders", command, "--json")

    assert (outcome.code, outcome.error()["exit_code"]) == (code, code)
    assert outcome.error()["hint"]


def test_a_time_without_a_zone_is_utc(cli: Cli, connected: Sandbox) -> None:
    at = datetime(2026, 5, 1, 12, tzinfo=UTC)
    noon = connected.place_order(at=at)

    for since in ("2026-05-01T12:00", "2026-05-01T12:00:00Z", "2026-05-01T14:00+02:00"):
        listed = cli("orders", "list", "--since", since, "--until", "2026-05-01T12:00:01", "--json").json()
        assert [order["id"] for order in listed["orders"]] == [noon]


def test_a_list_is_a_page_of_what_tiktok_has(cli: Cli, connected: Sandbox) -> None:
    first = cli("orders", "list", "--limit", "20", "--json").json()
    second = cli("orders", "list", "--limit", "20", "--page-token", first["next_page_token"], "--json").json()

    ids = [order["id"] for page in (first, second) for order in page["orders"]]
    assert (len(ids), len(set(ids)), second["next_page_token"]) == (ORDERS, ORDERS, "")
    assert first["total_count"] == ORDERS


def test_a_list_of_a_time_that_ends_before_it_begins_is_refused(cli: Cli, connected: Sandbox) -> None:
    outcome = cli("orders", "list", "--since", "2026-02-01", "--until", "2026-01-01", "--json")

    assert (outcome.code, outcome.error()["exit_code"]) == (2, 2)


def test_a_list_of_one_status_has_no_other(cli: Cli, connected: Sandbox, order_id: str) -> None:
    listed = cli("orders", "list", "--status", "AWAITING_SHIPMENT", "--json").json()["orders"]

    assert order_id in {order["id"] for order in listed}
    assert {order["status"] for order in listed} == {"AWAITING_SHIPMENT"}


def test_a_list_by_change_has_the_latest_change_first(cli: Cli, connected: Sandbox) -> None:
    listed = cli("orders", "list", "--updated", "--limit", "100", "--json").json()["orders"]

    times = [order["update_time"] for order in listed]
    assert times == sorted(times, reverse=True)


def test_a_list_in_a_pipe_has_a_line_per_order(cli: Cli, connected: Sandbox, order_id: str) -> None:
    outcome = cli("orders", "list", "--limit", "5")

    lines = outcome.out.splitlines()
    assert (outcome.code, len(lines), lines[0].split("\t")[0]) == (0, 6, "ORDER")
    assert lines[1].split("\t")[:2] == [order_id, "AWAITING_SHIPMENT"]


def test_one_order_is_shown_as_tiktok_sent_it(cli: Cli, connected: Sandbox, order_id: str) -> None:
    assert cli("orders", "get", order_id, "--json").json() == {"order": connected.order(order_id)}


def test_one_order_is_shown_with_how_its_price_was_built(cli: Cli, connected: Sandbox, order_id: str) -> None:
    shown = cli("orders", "get", order_id, "--prices", "--json").json()

    assert shown["order"]["id"] == order_id
    assert len(shown["price_detail"]["line_items"]) == len(shown["order"]["line_items"])
    assert "\nprice\n" in cli("orders", "get", order_id, "--prices").out
    assert cli("orders", "get", order_id, STRANGER, "--prices", "--json").code == 2


def test_several_orders_are_shown_together(cli: Cli, connected: Sandbox, order_id: str) -> None:
    other = connected.place_order()

    shown = cli("orders", "get", order_id, other, order_id, "--json").json()

    assert [order["id"] for order in shown["orders"]] == [order_id, other]
    assert shown["missing"] == []


@pytest.mark.parametrize("flags", [(), ("--json",)])
def test_unknown_ids_are_named_with_exit_code_1(
    cli: Cli, connected: Sandbox, order_id: str, flags: tuple[str, ...]
) -> None:
    outcome = cli("orders", "get", order_id, STRANGER, *flags)

    assert outcome.code == 1
    assert STRANGER in outcome.err
    assert order_id in outcome.out
    if flags:
        assert outcome.document()["missing"] == [STRANGER]


@pytest.mark.parametrize("given", [STRANGER, "not-an-id", "1,2"])
def test_one_unknown_id_alone_is_named_too(cli: Cli, connected: Sandbox, given: str) -> None:
    outcome = cli("orders", "get", given, "--json")

    assert (outcome.code, outcome.document()) == (1, {"order": None, "missing": [given]})
    assert given in outcome.error()["message"]


def test_the_view_of_an_order_tells_what_a_seller_asks(cli: Cli, connected: Sandbox, order_id: str) -> None:
    cli("orders", "fetch")
    connected.advance(order_id)
    cli("orders", "fetch")

    out = cli("orders", "get", order_id).out

    assert "AWAITING_COLLECTION" in out.splitlines()[0]
    assert "Leave it at the door" in out
    for title in ("totals", "packages", "ships to", "deadlines", "what happened"):
        assert f"\n{title}\n" in out
    assert " h left" in out
    assert "created (TikTok)" in out
    assert "version 1: AWAITING_SHIPMENT (by pull" in out
    assert "version 2: AWAITING_SHIPMENT to AWAITING_COLLECTION (by pull" in out


def test_the_view_of_an_order_that_was_never_fetched_has_tiktoks_times(
    cli: Cli, connected: Sandbox, order_id: str
) -> None:
    out = cli("orders", "get", order_id).out

    assert "created (TikTok)" in out
    assert "version" not in out


def test_no_buyer_is_in_logs_and_errors(
    cli: Cli, connected: Sandbox, order_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    canary = {"name": "CANARY", "phone_number": "CANARY", "full_address": "CANARY", "region_code": "GB"}
    connected.edit_order(order_id, recipient_address=canary, buyer_message="CANARY", buyer_email="CANARY")
    monkeypatch.setenv("LOG_LEVEL", "debug")
    with monkeypatch.context() as broken:
        broken.setattr("mye_tiktok.jobs.order_keeping.order_message", lambda *_, **__: 1 / 0)
        failed = cli("-v", "orders", "fetch", "--json")
    shown = cli("-v", "orders", "get", order_id)

    assert failed.code == 70
    assert "CANARY" not in failed.out + failed.err + shown.err
    assert "CANARY" in shown.out


def test_the_help_of_orders_names_its_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["orders", "--help"]) == 0
    printed = capsys.readouterr().out
    assert all(name in printed for name in ("fetch", "list", "get"))
