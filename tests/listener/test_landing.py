"""Where TikTok's redirect lands: the shop is connected, and the person is told how it went."""

from collections.abc import Iterator

import pytest

from mye_tiktok import config, logs
from mye_tiktok.db import channels
from mye_tiktok.jobs.authorization import new_state
from mye_tiktok.runtime import Runtime
from mye_tiktok.sandbox.options import SandboxOptions
from mye_tiktok.sandbox.sandbox import Sandbox
from mye_tiktok.sandbox.server import running
from tests.listener.visitor import Visitor, page


@pytest.fixture
def sandbox(settings: dict[str, str]) -> Iterator[Sandbox]:
    """A TikTok on a port; the settings lead to it."""
    made = Sandbox(SandboxOptions(products=1))
    with running(made) as url:
        settings |= {"TIKTOK_API_URL": url, "TIKTOK_AUTH_URL": url, "TIKTOK_MAX_RPS": "1000"}
        settings |= {"APP_KEY": made.app_key, "APP_SECRET": made.app_secret, "SERVICE_ID": made.service_id}
        yield made


@pytest.fixture
def runtime(settings: dict[str, str], sandbox: Sandbox) -> Iterator[Runtime]:
    """The runtime of a listener whose TikTok is the sandbox."""
    made = Runtime(config.load(settings))
    yield made
    made.close()


def state_of(runtime: Runtime) -> str:
    return new_state(runtime.database, region="row", now=runtime.clock())


def shops(runtime: Runtime) -> list[str]:
    with runtime.database.reading() as session:
        return [channel.shop_name for channel in channels.list_all(session)]


def test_a_seller_who_agrees_has_a_channel_and_reads_so(visitor: Visitor, runtime: Runtime, sandbox: Sandbox) -> None:
    answer = visitor.get(f"/auth/callback?code={sandbox.auth_code()}&state={state_of(runtime)}")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "Connected" in answer.text
    assert [name in answer.text for name in shops(runtime)] == [True]


def test_a_seller_who_refuses_reads_so(visitor: Visitor, runtime: Runtime) -> None:
    answer = visitor.get(f"/auth/callback?code=null&error=auth_denied&state={state_of(runtime)}")

    assert "refused" in answer.text
    assert shops(runtime) == []


def test_a_state_is_good_once(visitor: Visitor, runtime: Runtime, sandbox: Sandbox) -> None:
    state = state_of(runtime)

    first = visitor.get(f"/auth/callback?code={sandbox.auth_code()}&state={state}")
    second = visitor.get(f"/auth/callback?code={sandbox.auth_code()}&state={state}")

    assert (first.status_code, second.status_code) == (200, 400)
    assert "used" in second.text
    assert len(shops(runtime)) == 1


@pytest.mark.parametrize(
    "query", ["", "?code=C", "?code={code}&state=", "?code={code}&state=invented", "?state=S", "?%ff=%"]
)
def test_a_redirect_that_nobody_asked_for_connects_nothing(
    visitor: Visitor, runtime: Runtime, sandbox: Sandbox, query: str
) -> None:
    answer = visitor.get(f"/auth/callback{query.format(code=sandbox.auth_code())}")

    assert (answer.status_code, shops(runtime)) == (400, [])
    assert "nothing was connected" in answer.text or "not connected" in answer.text


def test_a_code_that_tiktok_refuses_is_told(visitor: Visitor, runtime: Runtime) -> None:
    answer = visitor.get(f"/auth/callback?code=never-issued&state={state_of(runtime)}")

    assert answer.status_code == 400
    assert "not connected" in answer.text
    assert "never-issued" not in answer.text


def test_whoever_has_no_state_of_ours_hides_nothing_in_the_logs(visitor: Visitor) -> None:
    visitor.get("/auth/callback?code=webhook&state=invented")

    assert logs.redacted("webhook events") == "webhook events"


def test_a_refusal_is_logged_as_one_line(visitor: Visitor, caplog: pytest.LogCaptureFixture) -> None:
    visitor.get(f"/auth/callback?error=denied%0A2026-11-24T00:00:00Z ERROR forged{'x' * 1000}")

    line = caplog.messages[-1]
    assert line.startswith("a seller refused the authorization: ")
    assert (line.count("\n"), len(line) < 200) == (0, True)


def test_what_a_redirect_says_is_shown_as_text_only(visitor: Visitor, runtime: Runtime) -> None:
    answer = visitor.get(f"/auth/callback?code=<script>alert(1)</script>&state={state_of(runtime)}")

    assert "<script>" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_a_look_ahead_of_the_browser_uses_nothing_up(visitor: Visitor, runtime: Runtime, sandbox: Sandbox) -> None:
    path = f"/auth/callback?code={sandbox.auth_code()}&state={state_of(runtime)}"

    assert visitor.send(page(path, "HEAD"))[0].status_code == 405
    assert visitor.get(path).status_code == 200
