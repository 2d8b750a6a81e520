"""The sandbox on a real port, in a thread and as a process."""

import dataclasses
import inspect
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from mye_tiktok.cli.sandbox import app, serve
from mye_tiktok.errors import WrongUsageError
from mye_tiktok.sandbox.faults import Kind
from mye_tiktok.sandbox.options import SandboxOptions
from mye_tiktok.sandbox.sandbox import Sandbox
from mye_tiktok.sandbox.server import running
from tests.sandbox.receiver import Receiver, listening

TOKEN = "/api/v2/token/get"


def until_all_hang(http: httpx.Client) -> None:
    """Ask until no fault is left to strike; each of these calls is answered although others hang."""
    while http.get("/_sandbox/faults").json()["faults"]:
        pass


@pytest.mark.parametrize("kind", ["drop", "cut"])
def test_a_connection_that_breaks_is_a_protocol_error_for_the_client(kind: Kind) -> None:
    sandbox = Sandbox(SandboxOptions(products=1))
    sandbox.fail(kind, operation="token_get", times=1)
    query = {
        "app_key": sandbox.app_key,
        "app_secret": sandbox.app_secret,
        "auth_code": sandbox.auth_code(),
        "grant_type": "authorized_code",
    }

    with running(sandbox) as url, httpx.Client(base_url=url) as http:
        with pytest.raises(httpx.RemoteProtocolError):
            http.get(TOKEN, params=query)
        again = http.get(TOKEN, params=query)

    assert again.status_code == 200
    assert [record.status for record in sandbox.requests.records()] == [0 if kind == "drop" else 200, 200]


def test_a_call_is_answered_while_sixty_four_others_hang() -> None:
    sandbox = Sandbox(SandboxOptions(products=1))
    sandbox.fail("hang", operation="token_get", times=64)
    dropped: list[httpx.HTTPError] = []

    def hang(http: httpx.Client) -> None:
        try:
            http.get(TOKEN)
        except httpx.HTTPError as error:
            dropped.append(error)

    limits = httpx.Limits(max_connections=100)
    with running(sandbox) as url, httpx.Client(base_url=url, limits=limits, timeout=60) as http:
        threads = [threading.Thread(target=hang, args=(http,)) for _ in range(64)]
        for thread in threads:
            thread.start()
        until_all_hang(http)
        answer = http.get(TOKEN)
        sandbox.heal()
        for thread in threads:
            thread.join()

    assert answer.json()["code"] == 36009004
    assert len(dropped) == 64
    assert all(isinstance(error, httpx.RemoteProtocolError) for error in dropped)


def test_going_down_ends_what_hangs() -> None:
    sandbox = Sandbox(SandboxOptions(products=1))
    sandbox.fail("hang", operation="token_get", times=1)
    ended = threading.Event()

    def hang(url: str) -> None:
        with pytest.raises(httpx.HTTPError):
            httpx.get(url + TOKEN, timeout=60)
        ended.set()

    with running(sandbox) as url, httpx.Client(base_url=url) as http:
        thread = threading.Thread(target=hang, args=(url,))
        thread.start()
        until_all_hang(http)
    thread.join()

    assert ended.is_set()


def test_a_sandbox_on_every_address_names_one_that_can_be_reached() -> None:
    with running(Sandbox(SandboxOptions(products=1)), host="0.0.0.0") as url:
        assert httpx.get(url + "/_sandbox").status_code == 200


def test_a_port_that_is_taken_is_wrong_usage() -> None:
    with (
        running(Sandbox(SandboxOptions(products=1))) as url,
        pytest.raises(WrongUsageError, match="cannot listen") as caught,
    ):
        app(["serve", "--port", url.rsplit(":", 1)[1]], standalone_mode=False)

    assert caught.value.hint == "--port 0 takes a free port"


def test_a_region_nobody_knows_is_wrong_usage() -> None:
    with pytest.raises(WrongUsageError, match="'ATLANTIS' is not one of US"):
        app(["serve", "--region", "gb, atlantis", "--shops", "2"], standalone_mode=False)


@contextmanager
def served(*options: str) -> Iterator["subprocess.Popen[str]"]:
    """Run `sandbox serve` on a free port as its own process."""
    code = "from mye_tiktok.cli.sandbox import app; app(prog_name='mye-tiktok sandbox')"
    command = [sys.executable, "-c", code, "serve", "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_serve_prints_what_a_shell_can_export_and_ends_on_a_signal(number: signal.Signals, code: int) -> None:
    with served("--products", "3", "--sellers", "2") as process:
        assert process.stdout is not None
        lines: list[str] = []
        while (line := process.stdout.readline().rstrip("\n")) != "ready":
            lines.append(line)
        settings = dict(line.split("=", 1) for line in lines)
        grant = httpx.get(
            settings["TIKTOK_AUTH_URL"] + TOKEN,
            params={
                "app_key": settings["APP_KEY"],
                "app_secret": settings["APP_SECRET"],
                "auth_code": settings["AUTH_CODE"],
                "grant_type": "authorized_code",
            },
        ).json()
        changed = httpx.post(settings["TIKTOK_API_URL"] + "/_sandbox/products/change", json={"count": 2}).json()
        process.send_signal(number)
        rest, remarks = process.communicate()

    assert set(settings) == {
        *("TIKTOK_API_URL", "TIKTOK_AUTH_URL", "APP_KEY", "APP_SECRET", "SERVICE_ID", "AUTH_CODE", "AUTH_CODE_2"),
    }
    assert grant["code"] == 0
    assert len(changed["product_ids"]) == 2
    assert (process.returncode, rest) == (code, "")
    assert "/_sandbox/" in remarks
    assert "Traceback" not in remarks


def test_serve_prints_one_json_document_when_asked(tmp_path: Path) -> None:
    page = {"code": 0, "data": {"products": [{"id": "1729000000000000001"}]}}
    (tmp_path / "product_search.json").write_text(json.dumps(page), encoding="utf-8")
    (tmp_path / "poem.json").write_text("{}", encoding="utf-8")

    with served("--json", "--load", os.fspath(tmp_path)) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        settings = json.loads(process.stdout.readline())
        remarks = []
        while (line := process.stderr.readline()) != "ready\n":
            remarks.append(line)
        process.send_signal(signal.SIGTERM)
        process.communicate()

    assert settings["TIKTOK_API_URL"].startswith("http://127.0.0.1:")
    assert remarks[0] == "recordings that nothing is made of: poem.json\n"


def test_a_served_sandbox_tells_of_an_order_by_webhook() -> None:
    with (
        listening(Receiver()) as receiver,
        served("--products", "3", "--webhook-url", receiver.url, "--webhook-topic", "1") as process,
    ):
        assert process.stdout is not None
        lines = iter(process.stdout.readline, "ready\n")
        settings = dict(line.rstrip("\n").split("=", 1) for line in lines)
        receiver.app = (settings["APP_KEY"], settings["APP_SECRET"])
        controls = settings["TIKTOK_API_URL"] + "/_sandbox/"
        order_id = httpx.post(controls + "orders/place", json={"status": "AWAITING_SHIPMENT"}).json()["order_id"]
        httpx.post(controls + "products/add", json={"count": 1})
        settled = httpx.post(controls + "webhooks/deliver").json()["settled"]
        counts = httpx.get(controls + "webhooks").json()["counts"]
        process.send_signal(signal.SIGTERM)
        _, remarks = process.communicate()

    assert settled
    assert {event["data"]["order_id"] for event in receiver.events} == {order_id}
    assert counts["ORDER_STATUS_CHANGE"] == {"answered": len(receiver.bodies)}
    assert counts["PRODUCT_CREATION"] == {"unwanted": 1}
    assert f"webhooks go to {receiver.url}" in remarks
    assert process.returncode == 143


def test_the_command_line_has_the_defaults_of_the_options() -> None:
    given = {name: parameter.default for name, parameter in inspect.signature(serve).parameters.items()}
    known = {field.name: field.default for field in dataclasses.fields(SandboxOptions)}
    shared = given.keys() & known.keys() - {"orders"}
    plain = {name: getattr(given[name], "value", given[name]) for name in shared}

    assert plain == {name: known[name] for name in shared}
    assert (given["orders"], known["orders"]) == (50, 0)
    assert known.keys() - given.keys() == {
        *("regions", "scopes", "app_key", "app_secret", "service_id", "webhook_topics"),
    }
