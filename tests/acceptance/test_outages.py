"""What lies beyond us goes away in the middle of a fetch: broker, database, authorization, TikTok itself."""

from pathlib import Path

import pytest

from tests.acceptance.faults import CODES, struck
from tests.acceptance.mailbox import FETCH, assert_each_product_has_one_message, delivered, queued, run_until_done
from tests.acceptance.program import Finished, Program, SandboxProcess, connect, serving
from tests.acceptance.wire import Wire

SAMPLES = Path(__file__).parents[3] / "shared" / "tiktok-api" / "samples"
SERVICES = [pytest.mark.postgres, pytest.mark.rabbitmq]


def assert_one_block(done: Finished, code: int) -> None:
    """A failure for people: a summary at most, then the error, its reference at TikTok, and what to do next."""
    lines = done.err.splitlines()
    assert done.code == code, done
    assert [line for line in lines if line.startswith("error: ")] == [lines[-2]] or lines[-3].startswith("error: ")
    assert lines[-1].startswith("  next: ")
    assert "Traceback" not in done.err


class TestOnServices:
    """PostgreSQL and RabbitMQ, both through a wire that can be cut."""

    pytestmark = SERVICES

    @pytest.mark.products(150)
    def test_a_broker_that_restarts_during_the_relay_gets_every_message_under_one_id(
        self, serviced: Program, sandbox: SandboxProcess, broker_wire: Wire, rabbitmq_url: str, queue: str
    ) -> None:
        broker_wire.after(100_000, lambda: broker_wire.cut(refusals=3))

        first = serviced.run(*FETCH)
        again = run_until_done(serviced)

        assert (first.code, first.json()["outcome"], again.json()["outcome"]) == (0, "ok", "ok")
        assert first.json()["counts"]["created"] == 150
        assert_each_product_has_one_message(delivered(rabbitmq_url, queue), sandbox.product_ids())
        assert serviced.run("status", "--json").json()["backlog"]["outbox"] == 0

    def test_a_broker_that_is_away_is_a_warning_and_the_messages_wait(
        self, serviced: Program, sandbox: SandboxProcess, broker_wire: Wire, rabbitmq_url: str, queue: str
    ) -> None:
        broker_wire.cut(refusals=1_000)

        fetched, relayed = serviced.run("products", "fetch-all"), serviced.run("outbox", "relay", "--once")
        waiting = serviced.run("status", "--json").json()["backlog"]["outbox"]
        broker_wire.cut(refusals=0)
        later = serviced.run("outbox", "relay", "--once", "--json")

        assert (fetched.code, fetched.out) == (0, "")
        assert fetched.err.count("warning: ") == 1
        assert "mye-tiktok outbox relay" in fetched.err
        assert_one_block(relayed, 69)
        assert (waiting, later.json()["counts"]["sent"]) == (40, 40)
        assert_each_product_has_one_message(delivered(rabbitmq_url, queue), sandbox.product_ids())

    @pytest.mark.products(150)
    def test_a_database_that_goes_away_is_69_and_the_next_run_completes(
        self, serviced: Program, sandbox: SandboxProcess, database_wire: Wire, rabbitmq_url: str, queue: str
    ) -> None:
        database_wire.after(250_000, lambda: database_wire.cut(refusals=1_000))
        stopped = serviced.run("products", "fetch-all")
        database_wire.cut(refusals=0)

        assert_one_block(stopped, 69)
        run_until_done(serviced)
        assert_each_product_has_one_message(delivered(rabbitmq_url, queue), sandbox.product_ids())

    @pytest.mark.skipif(not SAMPLES.is_dir(), reason="the recorded payloads lie beside the repository, not in it")
    def test_a_recorded_shop_reaches_the_queue_completely(
        self, program: Program, tmp_path: Path, postgres_url: str, rabbitmq_url: str, queue: str
    ) -> None:
        with serving(tmp_path, "--load", str(SAMPLES)) as recorded:
            ready = connect(
                program.having(
                    **recorded.settings,
                    DATABASE_URL=postgres_url,
                    RABBIT_URL=rabbitmq_url,
                    PRODUCT_QUEUE_NAME=queue,
                    PRODUCT_EXCHANGE_NAME=f"{queue}.exchange",
                ),
                recorded,
                channel_uid="",
            )
            done = ready.run(*FETCH[:2], "--all-channels", "--json")
            listed = {
                product_id
                for shop in recorded.control("GET", "shops")["shops"]
                for product_id in recorded.control("GET", f"products?shop_id={shop['id']}")["product_ids"]
            }

            assert (done.code, done.json()["outcome"]) == (0, "ok"), done
            assert_each_product_has_one_message(delivered(rabbitmq_url, queue), listed)


def test_a_token_that_expires_in_the_middle_is_renewed_and_nobody_notices(
    connected: Program, sandbox: SandboxProcess, tiktok_wire: Wire
) -> None:
    tiktok_wire.after(40_000, sandbox.doing("tokens/expire"))

    done = connected.having(TIKTOK_API_URL=f"http://127.0.0.1:{tiktok_wire.port}").run("products", "fetch-all")

    assert (done.code, done.out, done.err) == (0, "", "")
    assert_each_product_has_one_message(queued(connected), sandbox.product_ids())


def test_an_authorization_revoked_in_the_middle_stops_everything_until_the_seller_comes_back(
    connected: Program, sandbox: SandboxProcess, tiktok_wire: Wire
) -> None:
    tiktok_wire.after(40_000, sandbox.doing("tokens/revoke"))
    revoked = connected.having(TIKTOK_API_URL=f"http://127.0.0.1:{tiktok_wire.port}").run("products", "fetch-all")
    before = sandbox.requests()
    resting = connected.run("products", "fetch-all")

    assert_one_block(revoked, 77)
    assert_one_block(resting, 77)
    assert "mye-tiktok auth url" in resting.err
    assert sandbox.requests() == before

    connect(connected, sandbox)
    run_until_done(connected)
    assert_each_product_has_one_message(queued(connected), sandbox.product_ids())


# one of each sort; bench/rehearsal.py goes through all of them
SORTS = ("html", "unavailable", "drop", "rate_limited", "expired", "revoked", "shop_inactive", "refusal", "nulls")


def test_a_fault_of_tiktok_ends_as_documented_and_no_product_is_lost_or_sent_twice(
    connected: Program, sandbox: SandboxProcess
) -> None:
    run_until_done(connected)

    done = {kind: struck(connected, sandbox, kind) for kind in SORTS}

    assert {kind: one.code for kind, one in done.items() if one.code not in CODES[kind]} == {}
    assert [kind for kind, one in done.items() if "Traceback" in one.err] == []
    assert_each_product_has_one_message(queued(connected), sandbox.product_ids())


@pytest.mark.parametrize(("kind", "code"), [("unavailable", 69), ("same_page_token", 76)])
@pytest.mark.products(201)
def test_a_search_that_stays_broken_ends_as_documented_and_the_next_run_completes(
    connected: Program, sandbox: SandboxProcess, kind: str, code: int
) -> None:
    sandbox.control("POST", "faults", kind=kind, operation="search_products", after=1)
    broken = connected.run("products", "fetch-all")
    sandbox.control("POST", "heal")

    assert_one_block(broken, code)
    assert run_until_done(connected).json()["counts"]["seen"] == 201
    assert_each_product_has_one_message(queued(connected), sandbox.product_ids())
