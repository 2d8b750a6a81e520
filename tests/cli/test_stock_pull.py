"""`inventory pull` at the command line, against a little MIAMS of our own."""

import json
import threading
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import pytest
from jsonschema import Draft202012Validator
from werkzeug import Request, Response
from werkzeug.serving import make_server

from mye_tiktok.domain.json import Json
from mye_tiktok.mye import contract
from mye_tiktok.sandbox.sandbox import Sandbox
from tests.cli.conftest import CHANNEL, Cli

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

SECRET = "miams-secret-4711"
ITEMS: list[Json] = [
    {"seller_sku": "A", "quantity": 5, "warehouse_id": "Hall 3", "occurred_at": "2026-10-01T12:00:00Z"},
    {"product_id": "1", "sku_id": "11", "quantity": 0, "occurred_at": "2026-10-01T12:00:00Z", "request_id": "m-1"},
    {"seller_sku": "C", "quantity": 7, "occurred_at": "2026-10-01T12:00:00Z"},
]


class Miams:
    """Two items a page; `answers` are given first, in turn."""

    def __init__(self) -> None:
        self.items: list[object] = list(ITEMS)
        self.answers: list[Response] = []
        self.asked: list[tuple[str, dict[str, str]]] = []

    def __call__(self, environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        return self.answer(Request(environ))(environ, start)

    def answer(self, request: Request) -> Response:
        """Answer one request."""
        self.asked.append((request.path, request.args.to_dict()))
        if request.headers.get("Authorization") != f"Bearer {SECRET}":
            return Response("no", 401)
        if self.answers:
            return self.answers.pop(0)
        return Response(json.dumps(self.page(int(request.args["cursor"] or 0))), content_type="application/json")

    def page(self, start: int) -> Json:
        """One page, as the schema has it."""
        more = start + 2 < len(self.items)
        return {"items": self.items[start : start + 2], "next_cursor": str(start + 2) if more else None}


@pytest.fixture
def miams(monkeypatch: pytest.MonkeyPatch, connected: Sandbox) -> Iterator[Miams]:
    """A MIAMS on a port, and the settings that lead to it."""
    made = Miams()
    server = make_server("127.0.0.1", 0, made, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("MIAMS_URL", f"http://127.0.0.1:{server.port}/api")
    monkeypatch.setenv("MIAMS_SECRET_KEY", SECRET)
    monkeypatch.setattr("mye_tiktok.mye.miams.PAUSES", (0.0, 0.0, 0.0))
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


def test_every_page_is_written_down_once(miams: Miams, cli: Cli) -> None:
    first = cli("inventory", "pull", "--json").json()
    again = cli("inventory", "pull", "--json").json()

    assert (first["counts"], first["requests"]) == ({"seen": 3, "created": 3, "unchanged": 0}, 2)
    assert again["counts"] == {"seen": 3, "created": 0, "unchanged": 3}
    assert miams.asked[:2] == [
        ("/api/inventory", {"channel_uid": CHANNEL, "cursor": ""}),
        ("/api/inventory", {"channel_uid": CHANNEL, "cursor": "2"}),
    ]
    found = cli("inventory", "requests", "--json").json()["requests"]
    assert [(one["seller_sku"] or one["sku_id"], one["quantity"], one["state"]) for one in reversed(found)] == [
        ("A", 5, "pending"),
        ("11", 0, "pending"),
        ("C", 7, "pending"),
    ]
    assert {(one["channel_uid"], one["origin"]) for one in found} == {(CHANNEL, "miams")}
    assert found[1]["request_id"] == "m-1"


def test_bad_items_are_named_and_the_others_kept(miams: Miams, cli: Cli) -> None:
    miams.items = [ITEMS[0], {"seller_sku": "B"}, 7, {"seller_sku": "D", "quantity": 1, "occurred_at": "now"}, ITEMS[2]]

    outcome = cli("inventory", "pull", "--json")

    assert outcome.code == 1
    assert outcome.document()["counts"]["failed"] == 3
    assert len(cli("inventory", "requests", "--status", "pending", "--json").json()["requests"]) == 2


def test_a_miams_that_stumbles_is_asked_again(miams: Miams, cli: Cli) -> None:
    miams.answers = [Response("busy", 503), Response("slow down", 429)]

    assert cli("inventory", "pull", "--json").json()["requests"] == 4


@pytest.mark.parametrize(
    ("answer", "code", "said"),
    [
        (Response("no", 403), 78, "MIAMS_SECRET_KEY"),
        (Response("what?", 404), 78, "MIAMS_INVENTORY_PATH"),
        (Response("", 302, headers={"Location": "https://elsewhere"}), 78, "redirects"),
        (Response("no such channel", 422), 65, "no such channel"),
        (Response("<html>", 200), 76, "page of stock"),
        (Response('{"items": 5}', 200), 76, "page of stock"),
    ],
)
def test_what_miams_refuses_says_what_to_do(miams: Miams, cli: Cli, answer: Response, code: int, said: str) -> None:
    miams.answers = [answer]

    outcome = cli("inventory", "pull")

    assert outcome.code == code
    assert said in outcome.err
    assert SECRET not in outcome.err


def test_a_miams_that_is_down_is_unreachable(miams: Miams, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    miams.answers = [Response("down", 500) for _ in range(4)]
    assert cli("inventory", "pull").code == 69

    monkeypatch.setenv("MIAMS_URL", "http://127.0.0.1:1")
    assert cli("inventory", "pull").code == 69


def test_a_cursor_that_comes_back_does_not_go_on_for_ever(miams: Miams, cli: Cli) -> None:
    miams.answers = [Response('{"items": [], "next_cursor": "x"}') for _ in range(3)]

    assert cli("inventory", "pull").code == 76


def test_a_miams_that_is_not_set_is_a_matter_of_settings(connected: Sandbox, cli: Cli) -> None:
    outcome = cli("inventory", "pull")

    assert outcome.code == 78
    assert "MIAMS_URL" in outcome.err
    assert "MIAMS_SECRET_KEY" in outcome.err


def test_our_miams_answers_as_the_schema_says() -> None:
    validator = Draft202012Validator(contract.miams_schema())

    for start in (0, 2):
        validator.validate(Miams().page(start))
