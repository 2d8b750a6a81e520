"""Rehearse every way a fetch can be interrupted, on real services that really die; prints a table.

    python -m bench.rehearsal [--products 5000] [--only WORD]

A PostgreSQL cluster and a RabbitMQ node are made in a temporary folder and thrown away. Each rehearsal starts with
an empty database, a new queue and an unfetched shop, and ends when `products fetch-all` has nothing left to do. It
passes when the exit codes on the way are the documented ones, and MYE's queue then holds every product of the shop
under exactly one message id. Exit code 0: all passed.
"""

import argparse
import random
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg2

from bench.services import PrivatePostgres, PrivateRabbit
from tests.acceptance.conftest import through, wire_to
from tests.acceptance.faults import CODES, struck
from tests.acceptance.mailbox import FETCH, delivered, queued, run_until_done
from tests.acceptance.program import Program, SandboxProcess, connect, finished, serving
from tests.acceptance.wire import Wire

SAMPLES = Path(__file__).parents[2] / "shared" / "tiktok-api" / "samples"
KILLS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What is there for all rehearsals."""

    folder: Path
    postgres: PrivatePostgres
    rabbit: PrivateRabbit
    products: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One rehearsal's program, shop and ways to the services."""

    services: Services
    program: Program
    sandbox: SandboxProcess
    queue: str
    tiktok: Wire
    database: Wire
    broker: Wire

    def fetch(self) -> int:
        """Run the fetch once; returns its exit code."""
        return self.program.run(*FETCH).code

    def killed_after(self, wire: Wire, count: int) -> int:
        """Run the fetch and kill it once `count` bytes have passed on `wire`."""
        with self.program.start(*FETCH) as process:
            wire.after(count, process.kill)
            code = finished(process).code
        wire.forget()
        return code


# performs the interruption and returns the exit codes it saw, and whether they are the documented ones
Rehearsal = Callable[[Stage], tuple[list[int], bool]]


def undisturbed(stage: Stage) -> tuple[list[int], bool]:
    """The fetch, with nothing in its way."""
    code = stage.fetch()
    return [code], code == 0


def kills(stage: Stage) -> tuple[list[int], bool]:
    """kill -9 at 20 moments: TikTok read, products stored, messages sent."""
    die, size = random.Random(20261123), stage.services.products
    codes = []
    for _ in range(KILLS - 6):
        wire, most = die.choice([(stage.tiktok, 600 * size), (stage.database, 1_000 * size)])
        codes.append(stage.killed_after(wire, die.randrange(1_000, most)))
    codes += [stage.killed_after(stage.broker, die.randrange(500, 2_000 * size)) for _ in range(6)]
    return codes, codes == [-9] * KILLS


def _during(wire: Wire, count: int, act: Callable[[], None], stage: Stage, *good: int) -> tuple[list[int], bool]:
    wire.after(count, act)
    code = stage.fetch()
    return [code], code in good


def broker_crash(stage: Stage) -> tuple[list[int], bool]:
    """RabbitMQ killed and started again in the middle of the relay."""
    # RabbitMQ 3.10 can lose the leader of a quorum queue that was made seconds before its node is killed, for any
    # client; so this queue is one that has seen a restart before
    stage.program.run(*FETCH, "--limit", "1")
    stage.services.rabbit.restart()
    return _during(stage.broker, 1_000 * stage.services.products, stage.services.rabbit.crash_and_restart, stage, 0)


def broker_restart(stage: Stage) -> tuple[list[int], bool]:
    """RabbitMQ stopped and started again in the middle of the relay."""
    return _during(stage.broker, 500 * stage.services.products, stage.services.rabbit.restart, stage, 0)


def database_crash(stage: Stage) -> tuple[list[int], bool]:
    """PostgreSQL crashed and started again while products are stored."""
    act = stage.services.postgres.crash_and_restart
    return _during(stage.database, 1_500 * stage.services.products, act, stage, 69)


def expired(stage: Stage) -> tuple[list[int], bool]:
    """The access token expires in the middle."""
    return _during(stage.tiktok, 1_000 * stage.services.products, stage.sandbox.doing("tokens/expire"), stage, 0)


def revoked(stage: Stage) -> tuple[list[int], bool]:
    """The seller revokes the authorization in the middle, and authorizes again later."""
    codes, good = _during(
        stage.tiktok, 1_000 * stage.services.products, stage.sandbox.doing("tokens/revoke"), stage, 77
    )
    codes.append(stage.fetch())
    connect(stage.program, stage.sandbox)
    return codes, good and codes == [77, 77]


def faults(stage: Stage) -> tuple[list[int], bool]:
    """Every fault the sandbox can make, one after the other, among the details."""
    run_until_done(stage.program)
    codes = {kind: struck(stage.program, stage.sandbox, kind).code for kind in CODES}
    return list(codes.values()), all(code in CODES[kind] for kind, code in codes.items())


REHEARSALS: tuple[Rehearsal, ...] = (
    undisturbed, kills, broker_crash, broker_restart, database_crash, expired, revoked, faults,
)  # fmt: skip


@contextmanager
def staged(services: Services) -> Iterator[Stage]:
    """Make an empty database, a queue, a shop, and connect it."""
    name, folder = f"rehearsal_{uuid.uuid4().hex[:8]}", services.folder / uuid.uuid4().hex[:8]
    folder.mkdir()
    connection = psycopg2.connect(services.postgres.url)
    connection.autocommit = True
    connection.cursor().execute(f"CREATE DATABASE {name}")
    connection.close()
    database_url = f"{services.postgres.url.rpartition('/')[0]}/{name}"
    with ExitStack() as stack:
        sandbox = stack.enter_context(serving(folder, "--products", str(services.products)))
        tiktok, database, broker = (
            stack.enter_context(wire_to(url)) for url in (sandbox.url, database_url, services.rabbit.url)
        )
        program = Program(folder=folder).having(
            **dict(sandbox.settings)
            | {
                "TIKTOK_API_URL": through(sandbox.url, tiktok),
                "TIKTOK_MAX_RPS": "1000",
                "DATABASE_URL": through(database_url, database),
                "RABBIT_URL": through(services.rabbit.url, broker),
                "PRODUCT_QUEUE_NAME": name,
            }
        )
        connect(program, sandbox)
        yield Stage(
            services=services,
            program=program,
            sandbox=sandbox,
            queue=name,
            tiktok=tiktok,
            database=database,
            broker=broker,
        )


def rehearse(services: Services, rehearsal: Rehearsal) -> bool:
    """Perform one rehearsal and print its line."""
    started = time.monotonic()
    with staged(services) as stage:
        codes, good = rehearsal(stage)
        run_until_done(stage.program)
        ids = delivered(services.rabbit.url, stage.queue)
        complete = set(ids) == stage.sandbox.product_ids()
    return tell((rehearsal.__doc__ or "").strip(), codes, ids, good and complete, started)


def embedded(services: Services) -> bool:
    """Kill the fetch on SQLite and the embedded broker, where one process is all there is."""
    started, die, size = time.monotonic(), random.Random(20261124), min(services.products, 2_000)
    folder = services.folder / "embedded"
    folder.mkdir()
    with serving(folder, "--products", str(size)) as sandbox, wire_to(sandbox.url) as wire:
        program = connect(Program(folder=folder).having(**sandbox.settings, TIKTOK_MAX_RPS="1000"), sandbox)
        program = program.having(TIKTOK_API_URL=through(sandbox.url, wire))
        codes = []
        for _ in range(KILLS):
            with program.start(*FETCH) as process:
                wire.after(die.randrange(1_000, 400 * size), process.kill)
                codes.append(finished(process).code)
            wire.forget()
        run_until_done(program)
        ids = queued(program)
        complete = set(ids) == sandbox.product_ids()
    return tell(
        "kill -9 at 20 moments on the embedded default.", codes, ids, complete and codes == [-9] * KILLS, started
    )


def recorded(services: Services) -> bool:
    """Fetch the shop of the recorded payloads, where they lie beside the repository."""
    started, folder = time.monotonic(), services.folder / "recorded"
    folder.mkdir()
    with serving(folder, "--load", str(SAMPLES)) as sandbox:
        settings = {"RABBIT_URL": services.rabbit.url, "PRODUCT_QUEUE_NAME": "recorded"}
        program = connect(Program(folder=folder).having(**sandbox.settings, **settings), sandbox, channel_uid="")
        code = program.run(*FETCH, "--all-channels").code
        ids = delivered(services.rabbit.url, "recorded")
        listed = {
            product_id
            for shop in sandbox.control("GET", "shops")["shops"]
            for product_id in sandbox.control("GET", f"products?shop_id={shop['id']}")["product_ids"]
        }
    return tell("The shop of the recorded payloads.", [code], ids, code == 0 and set(ids) == listed, started)


def tell(what: str, codes: list[int], ids: dict[str, set[str]], good: bool, started: float) -> bool:
    """Print one line of the table."""
    single = all(len(found) == 1 for found in ids.values())
    seen = ", ".join(f"{codes.count(code)} × {code}" for code in dict.fromkeys(codes))
    verdict = "ok" if good and single else "FAILED"
    most = max((len(found) for found in ids.values()), default=0)
    print(f"| {what} | {seen} | {len(ids):,} | {most} | {time.monotonic() - started:.0f} s | {verdict} |", flush=True)
    return good and single


def main() -> int:
    """Perform all rehearsals."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--products", type=int, default=5_000)
    parser.add_argument("--only", default="", help="rehearsals whose name holds this word")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mye-tiktok-rehearsal-") as name, ExitStack() as stack:
        folder = Path(name)
        services = Services(
            folder=folder, postgres=PrivatePostgres(folder), rabbit=PrivateRabbit(folder), products=given.products
        )
        stack.callback(services.postgres.close)
        stack.callback(services.rabbit.close)
        print(
            "| rehearsal | exit codes | products on the queue | ids per product | took | |\n|---|---|---|---|---|---|"
        )
        good = [rehearse(services, each) for each in REHEARSALS if given.only in each.__name__]
        good += [embedded(services)] if given.only in "embedded" else []
        good += [recorded(services)] if given.only in "recorded" and SAMPLES.is_dir() else []
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
