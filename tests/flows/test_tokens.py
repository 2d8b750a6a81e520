"""Tokens are renewed once for all threads, processes and hosts, and never lost."""

import multiprocessing
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from threading import Barrier

import httpx
import pytest

from mye_tiktok.db import authorizations
from mye_tiktok.db.cipher import TokenCipher
from mye_tiktok.db.database import Database
from mye_tiktok.db.engine import parse_url
from mye_tiktok.domain.authorization import Access
from mye_tiktok.domain.channel import Channel
from mye_tiktok.errors import NeedsPersonError, TryLaterError, UnreachableError
from mye_tiktok.jobs.tokens import CLAIM, MARGIN, DatabaseTokens
from mye_tiktok.runtime import utc_now
from mye_tiktok.sandbox.faults import Kind
from mye_tiktok.sandbox.options import SandboxOptions
from mye_tiktok.sandbox.sandbox import Sandbox
from mye_tiktok.sandbox.server import running
from mye_tiktok.tiktok.app import App
from mye_tiktok.tiktok.auth import AuthClient
from mye_tiktok.tiktok.shops import authorized_shops
from tests.flows.conftest import KEY, MakeWorld
from tests.flows.remote import Enforcer, WatchedTransport
from tests.flows.world import World


def yield_to_others(seconds: float) -> None:
    """Wait as a thread does that has nothing to do; the clock of the test stands still meanwhile."""
    os.sched_yield()


def address(database: Database) -> str:
    return database.url.render_as_string(hide_password=False)


def at_once(renewals: list[Callable[[], str]]) -> set[str]:
    """Start all of them at the same moment and return the tokens they got."""
    barrier = Barrier(len(renewals))

    def start(renew: Callable[[], str]) -> str:
        barrier.wait()
        return renew()

    with ThreadPoolExecutor(len(renewals)) as pool:
        return set(pool.map(start, renewals))


def test_a_token_that_is_good_costs_no_call(world: World, channel: Channel) -> None:
    token = world.process().tokens.token(channel.authorization_id)

    assert token == world.authorization(channel).grant.access_token
    assert world.asked() == 0


def test_a_token_that_ends_soon_is_renewed_before_it_is_refused(world: World, channel: Channel) -> None:
    end = world.authorization(channel).grant.access_token_expires_at
    world.clock.advance(end - world.clock() - MARGIN + timedelta(seconds=1))

    done = world.fetch(channel)

    assert (done.report.exit_code, world.asked("token_refresh")) == (0, 1)
    assert world.asked(code=105002) == 0


def test_sixteen_threads_renew_once(world: World, channel: Channel) -> None:
    tokens = world.process(sleep=yield_to_others).tokens
    old = tokens.token(channel.authorization_id)

    got = at_once([lambda: tokens.renewed(channel.authorization_id, old)] * 16)

    assert got == {world.authorization(channel).grant.access_token}
    assert old not in got
    assert world.asked("token_refresh") == 1
    assert world.authorization(channel).generation == 2


def test_two_programs_on_one_database_renew_once_and_the_loser_uses_the_winners_token(
    world: World, channel: Channel, cipher: TokenCipher
) -> None:
    other = Database(address(world.database), cipher=cipher)
    keepers = [
        world.process(sleep=yield_to_others).tokens,
        world.process(database=other, sleep=yield_to_others).tokens,
    ]
    old = world.authorization(channel).grant.access_token

    got = at_once([partial(keeper.renewed, channel.authorization_id, old) for keeper in keepers * 4])
    other.close()

    assert got == {world.authorization(channel).grant.access_token}
    assert world.asked("token_refresh") == 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What a process of its own needs to renew a token."""

    database_url: str
    auth_url: str
    app_key: str
    app_secret: str
    token_key: str
    old: str


def renew_in_a_process(task: Task) -> str:
    """Renew as another run of the program would."""
    database = Database(task.database_url, cipher=TokenCipher([task.token_key]))
    auth = AuthClient(App(app_key=task.app_key, app_secret=task.app_secret), task.auth_url, clock=utc_now)
    try:
        return DatabaseTokens(database, auth, clock=utc_now, sleep=time.sleep).renewed(1, task.old)
    finally:
        auth.close()
        database.close()


def test_a_holder_that_died_is_taken_over_when_its_claim_ends(world: World, channel: Channel) -> None:
    with world.database.transaction() as session:
        assert authorizations.claim_renewal(
            session, channel.authorization_id, generation=1, holder="elsewhere:1:1", now=world.clock(), lease=CLAIM
        )
    began = world.clock()

    world.process().tokens.renewed(channel.authorization_id, world.authorization(channel).grant.access_token)

    assert CLAIM <= world.clock() - began < CLAIM + timedelta(seconds=1)
    assert world.asked("token_refresh") == 1


def test_a_holder_that_does_not_end_is_not_waited_for_for_ever(world: World, channel: Channel) -> None:
    with world.database.transaction() as session:
        authorizations.claim_renewal(
            session,
            channel.authorization_id,
            generation=1,
            holder="elsewhere:1:1",
            now=world.clock(),
            lease=timedelta(hours=1),
        )

    with pytest.raises(TryLaterError, match="another process is renewing"):
        world.process().tokens.renewed(channel.authorization_id, world.authorization(channel).grant.access_token)

    assert world.asked() == 0


def test_a_refused_refresh_parks_the_authorization_with_the_reason(world: World, channel: Channel) -> None:
    world.sandbox.revoke()

    with pytest.raises(NeedsPersonError):
        world.process().tokens.renew(channel.authorization_id)

    assert world.authorization(channel).state == "parked"
    assert "36004005" in world.authorization(channel).reason
    assert world.channels()[0].state == "parked"

    world.sandbox.requests.clear()
    with pytest.raises(NeedsPersonError, match="parked"):
        world.process().tokens.token(channel.authorization_id)
    assert world.asked() == 0


def test_a_refusal_that_is_not_about_the_consent_parks_nothing(world: World, channel: Channel) -> None:
    world.sandbox.fail("refusal", operation="token_refresh", code=36009033, message="IP is not in the allow list")

    with pytest.raises(NeedsPersonError, match="36009033"):
        world.process().tokens.renew(channel.authorization_id)

    assert world.authorization(channel).state == "active"

    world.sandbox.heal()
    began = world.clock()
    world.process().tokens.renew(channel.authorization_id)
    assert world.clock() == began  # the claim was given back


def test_a_token_host_that_is_away_leaves_the_renewal_to_the_next_try(world: World, channel: Channel) -> None:
    world.sandbox.fail("unavailable", operation="token_refresh")

    with pytest.raises(UnreachableError):
        world.process().tokens.renew(channel.authorization_id)

    assert world.authorization(channel).state == "active"
    world.sandbox.heal()
    began = world.clock()
    _, renewed = world.process().tokens.renew(channel.authorization_id)
    assert renewed
    assert world.clock() == began  # the claim was given back


@pytest.mark.parametrize("kind", ["html", "truncated", "bad_gateway", "drop", "lost", "internal"])
def test_a_token_host_that_stumbles_once_is_asked_again(make_world: MakeWorld, kind: Kind) -> None:
    world = make_world(SandboxOptions(products=1, old_refresh_token_dies=False))
    channel = world.connect()
    world.sandbox.fail(kind, operation="token_refresh", times=1)

    world.process().tokens.renew(channel.authorization_id)

    assert world.asked("token_refresh") == 2
    assert world.authorization(channel).generation == 2


def test_new_tokens_that_were_lost_on_the_way_need_the_seller_when_the_old_ones_died(
    world: World, channel: Channel
) -> None:
    world.sandbox.fail("lost", operation="token_refresh", times=1)

    with pytest.raises(NeedsPersonError, match="36004005"):
        world.process().tokens.renew(channel.authorization_id)

    assert world.authorization(channel).state == "parked"


def test_a_renewal_is_made_only_when_it_is_due_within_the_time_asked(world: World, channel: Channel) -> None:
    tokens = world.process().tokens

    stored, renewed = tokens.renew(channel.authorization_id, within=timedelta(days=1))
    assert (stored.generation, renewed, world.asked()) == (1, False, 0)

    stored, renewed = tokens.renew(channel.authorization_id, within=timedelta(days=8))
    assert (stored.generation, renewed) == (2, True)

    stored, renewed = tokens.renew(channel.authorization_id)
    assert (stored.generation, renewed) == (3, True)
    assert stored.grant.access_token == tokens.token(channel.authorization_id)
    assert world.asked("token_refresh") == 2


def test_new_tokens_survive_a_database_that_is_away_for_a_moment(world: World, channel: Channel) -> None:
    good = world.database.url

    def restart_the_database(request: httpx.Request) -> httpx.Response:
        answer = world.transport.inner.handle_request(request)
        world.database.close()
        world.database.url = parse_url("postgresql://127.0.0.1:1/nobody_listens")
        return answer

    def and_it_comes_back(seconds: float) -> None:
        world.database.url = good

    world.transport.before = restart_the_database
    stored, renewed = world.process(sleep=and_it_comes_back).tokens.renew(channel.authorization_id)
    world.transport.before = None

    assert renewed
    assert world.asked("token_refresh") == 1
    assert world.authorization(channel) == stored
    assert len(authorized_shops(world.process().tiktok(), Access(authorization_id=1))) == 1


def test_a_token_host_that_is_away_together_with_the_database_is_what_is_told(world: World, channel: Channel) -> None:
    good = world.database.url

    def everything_goes_away(request: httpx.Request) -> httpx.Response:
        world.database.close()
        world.database.url = parse_url("postgresql://127.0.0.1:1/nobody_listens")
        raise httpx.ConnectError("no route")

    world.transport.before = everything_goes_away
    with pytest.raises(UnreachableError, match="no answer from TikTok"):
        world.process().tokens.renew(channel.authorization_id)

    world.transport.before, world.database.url = None, good
    world.database.close()


def test_a_slow_renewal_that_is_refused_because_another_one_overtook_it_uses_the_others_token(
    world: World, channel: Channel, enforcer: Enforcer
) -> None:
    slow_way = WatchedTransport(world.transport.inner, enforcer)
    old = world.authorization(channel).grant.access_token
    overtaken: list[str] = []

    def be_overtaken(request: httpx.Request) -> None:
        if not overtaken:
            world.clock.advance(CLAIM + timedelta(seconds=1))
            overtaken.append(world.process().tokens.renewed(channel.authorization_id, old))

    slow_way.before = be_overtaken
    token = world.process(transport=slow_way).tokens.renewed(channel.authorization_id, old)

    assert [token] == overtaken
    assert world.asked("token_refresh", code=36004005) == 1
    assert world.authorization(channel).state == "active"
    assert world.channels()[0].state == "active"


def test_several_processes_renew_once(database: Database) -> None:
    sandbox = Sandbox(SandboxOptions(products=1, latency_ms=300))
    app = App(app_key=sandbox.app_key, app_secret=sandbox.app_secret)
    with running(sandbox) as url:
        auth = AuthClient(app, url)
        grant = auth.exchange_code(sandbox.auth_code())
        auth.close()
        with database.transaction() as session:
            authorizations.save_grant(session, app.app_key, grant, now=utc_now())
        task = Task(
            database_url=address(database),
            auth_url=url,
            app_key=app.app_key,
            app_secret=app.app_secret,
            token_key=KEY,
            old=grant.access_token,
        )
        with multiprocessing.get_context("spawn").Pool(4) as pool:
            got = set(pool.map(renew_in_a_process, [task] * 4, chunksize=1))

    assert len(got) == 1
    assert grant.access_token not in got
    assert sandbox.requests.count("token_refresh") == 1
