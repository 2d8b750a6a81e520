"""What holds of webhooks whatever is asked for: values at paths, moments of reminding, and repetitions."""

import json
from itertools import pairwise

import httpx
from hypothesis import given
from hypothesis import strategies as st

from mye_tiktok.sandbox import events
from mye_tiktok.sandbox.answers import Json
from mye_tiktok.sandbox.deliveries import WAITS
from mye_tiktok.sandbox.options import DAY, SandboxOptions
from mye_tiktok.sandbox.reminders import moments
from mye_tiktok.sandbox.sandbox import Sandbox
from mye_tiktok.sandbox.shops import Seller
from mye_tiktok.sandbox.tokens import Authorization
from tests.sandbox.caller import Clock
from tests.sandbox.receiver import Receiver

NOBODY = Seller(open_id="1", name="Nobody", region="GB", shops=())
KEYS = st.text(st.characters(codec="ascii", categories=["L"]), min_size=1, max_size=6)
VALUES = st.none() | st.booleans() | st.integers() | st.text()
START = 1_790_000_000


@given(st.lists(KEYS, min_size=1, max_size=4), VALUES)
def test_a_value_that_was_put_at_a_path_is_there_also_on_the_wire(parts: list[str], value: object) -> None:
    document: Json = {}

    events.put(document, ".".join(parts), value)

    assert events.at(document, ".".join(parts)) == value
    assert json.loads(events.encode(document)) == document


@given(st.integers(1, 80 * DAY), st.lists(st.integers(0, 90 * DAY), max_size=8))
def test_reminders_are_the_same_however_often_they_are_asked_for(life: int, stops: list[int]) -> None:
    authorization = Authorization(
        seller=NOBODY, shops=(), scopes=set(), starts_at=float(START), ends_at=float(START + life)
    )
    ends = [START, *(START + stop for stop in sorted(stops)), START + 90 * DAY]

    piecewise = [at for after, until in pairwise(ends) for at in moments(authorization, after, until)]

    assert piecewise == list(moments(authorization, START, START + 90 * DAY))
    assert all(START < at < START + life for at in piecewise)
    assert len(piecewise) <= 31
    assert all(0 < later - earlier <= DAY for earlier, later in pairwise(piecewise))


@given(st.lists(st.sampled_from([200, 401, 204, 302, 403, 500, 503]), max_size=8))
def test_a_webhook_is_sent_until_it_is_answered_and_five_times_at_most(statuses: list[int]) -> None:
    clock, receiver = Clock(), Receiver(statuses=list(statuses))
    options = SandboxOptions(products=1, webhook_url="http://receiver/")
    sandbox = Sandbox(options, clock=clock, webhook_transport=httpx.WSGITransport(app=receiver))
    sandbox.announce("1")
    for wait in (0, *WAITS, 10**6):
        clock.now += wait
        sandbox.deliver_due()

    answers = [*statuses, 200]
    first_answer = next(at for at, status in enumerate(answers) if status in {200, 401})
    assert len(receiver.bodies) == min(first_answer + 1, 5)
    assert sandbox.webhooks.pending() == []
    assert sandbox.webhooks.log.count("answered") == (first_answer < 5)
