"""`auth login`: the link, TikTok's redirect to the landing page, and how it can go wrong."""

import os
import re
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import unescape

import httpx
import pytest

from mye_tiktok.sandbox.options import SandboxOptions
from mye_tiktok.sandbox.sandbox import Sandbox
from mye_tiktok.sandbox.server import running
from tests.cli.conftest import CHANNEL, Cli, Outcome

Visit = Callable[[str], httpx.Response]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> int:
    """Where the landing page listens."""
    found = free_port()
    monkeypatch.setenv("WEBHOOK_PORT", str(found))
    return found


@pytest.fixture
def options(port: int) -> SandboxOptions:
    return SandboxOptions(products=1, redirect_url=f"http://127.0.0.1:{port}/auth/callback")


class Browser:
    """Waits for the link on stderr as a person does, then opens what `visit` says."""

    def __init__(self, visits: Callable[[str], list[httpx.Response]]) -> None:
        self._visits = visits
        self.pages: list[httpx.Response] = []

    @contextmanager
    def watching(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        """Read what `auth login` writes for its user; the last line says `ready`."""
        seen: list[str] = []
        threads: list[threading.Thread] = []

        def read(line: str) -> None:
            seen.append(line)
            if "ready" in line:
                link = next(found[0] for text in seen if (found := re.search(r"https?://\S+authorize\S+", text)))
                threads.append(threading.Thread(target=lambda: self.pages.extend(self._visits(link))))
                threads[0].start()

        monkeypatch.setattr("mye_tiktok.cli.auth.note", read)
        yield
        for thread in threads:
            thread.join()


def logged_in(cli: Cli, browser: Browser, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Outcome:
    with browser.watching(monkeypatch):
        return cli("auth", "login", "--channel-uid", CHANNEL, *arguments)


def consent(link: str, decision: str) -> list[httpx.Response]:
    """Open the authorize page, fill its form in and follow the redirect, as a browser does."""
    page = httpx.get(link).raise_for_status()
    fields = dict(re.findall(r'name="(state|seller|shop)" value="([^"]*)"', page.text))
    answer = httpx.post(link, data={**{name: unescape(value) for name, value in fields.items()}, "decision": decision})
    return [httpx.get(answer.headers["location"])]


def test_a_seller_who_approves_has_a_channel(cli: Cli, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = Browser(lambda link: consent(link, "approve"))

    outcome = logged_in(cli, browser, monkeypatch, "--json")

    assert [channel["channel_uid"] for channel in outcome.json()["channels"]] == [CHANNEL]
    assert "Connected" in browser.pages[0].text
    assert cli("products", "list").code == 0


def test_a_seller_who_refuses_needs_a_person(cli: Cli, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = Browser(lambda link: consent(link, "deny"))

    outcome = logged_in(cli, browser, monkeypatch)

    assert outcome.code == 77
    assert "refused" in outcome.err
    assert "Connected" not in browser.pages[0].text


def test_a_redirect_with_a_wrong_state_is_turned_away_and_waiting_goes_on(
    cli: Cli, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def visits(link: str) -> list[httpx.Response]:
        forged = httpx.get(f"{sandbox.options.redirect_url}?code=forged&state=forged")
        return [forged, *consent(link, "approve")]

    browser = Browser(visits)

    outcome = logged_in(cli, browser, monkeypatch)

    assert outcome.code == 0
    assert [page.status_code for page in browser.pages] == [400, 200]


def test_a_path_that_is_not_the_landing_page_is_not_found(
    cli: Cli, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, port: int
) -> None:
    browser = Browser(lambda link: [httpx.get(f"http://127.0.0.1:{port}/"), *consent(link, "approve")])

    assert logged_in(cli, browser, monkeypatch).code == 0
    assert browser.pages[0].status_code == 404


def test_nobody_who_comes_is_try_later(cli: Cli, sandbox: Sandbox) -> None:
    outcome = cli("auth", "login", "--wait", "1")

    assert outcome.code == 75
    assert "nobody authorized" in outcome.err


def test_a_port_that_is_taken_is_named(cli: Cli, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv("WEBHOOK_PORT", str(taken.getsockname()[1]))
        outcome = cli("auth", "login")

        assert outcome.code == 69
        assert str(taken.getsockname()[1]) in outcome.err
        assert "WEBHOOK_PORT" in outcome.err


def test_a_signal_ends_the_waiting(cli: Cli, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    def visits(_: str) -> list[httpx.Response]:
        os.kill(os.getpid(), signal.SIGINT)
        return []

    assert logged_in(cli, Browser(visits), monkeypatch).code == 130


def test_a_code_that_tiktok_refuses_is_told_in_the_browser_too(
    cli: Cli, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, port: int
) -> None:
    def visits(link: str) -> list[httpx.Response]:
        state = httpx.URL(link).params["state"]
        return [httpx.get(f"http://127.0.0.1:{port}/auth/callback", params={"code": "never-issued", "state": state})]

    browser = Browser(visits)

    assert logged_in(cli, browser, monkeypatch).code == 77
    assert "did not work" in browser.pages[0].text


def test_login_listens_where_a_second_one_may_follow(cli: Cli, monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    other = Sandbox(SandboxOptions(products=1, redirect_url=f"http://127.0.0.1:{port}/auth/callback"))
    with running(other) as url:
        for name, value in {"TIKTOK_API_URL": url, "TIKTOK_AUTH_URL": url, "APP_KEY": other.app_key}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("APP_SECRET", other.app_secret)
        monkeypatch.setenv("SERVICE_ID", other.service_id)

        codes = [
            logged_in(cli, Browser(lambda link: consent(link, "approve")), monkeypatch).code,
            logged_in(cli, Browser(lambda link: consent(link, "approve")), monkeypatch).code,
        ]

    assert codes == [0, 0]
