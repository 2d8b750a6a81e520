"""The real process on a real port: bad clients, kills, signals, and a database that goes away in the middle."""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mye_tiktok.db.database import Database
from mye_tiktok.db.migration import upgrade
from tests.acceptance.conftest import through, wire_to
from tests.acceptance.program import Program
from tests.listener.events import APP, counted, order_event, signature, stored
from tests.listener.process import (
    ListenerProcess,
    chunked,
    listening,
    read_answer,
    read_to_end,
    request,
    status,
)

pytestmark = pytest.mark.postgres


@pytest.fixture
def database(postgres_url: str) -> Iterator[Database]:
    """The listener's database, to look into."""
    upgrade(postgres_url)
    made = Database(postgres_url)
    yield made
    made.close()


@pytest.fixture
def listener(tmp_path: Path, postgres_url: str, database: Database) -> Iterator[ListenerProcess]:
    """A listener on PostgreSQL."""
    with listening(tmp_path, {"DATABASE_URL": postgres_url}) as made:
        yield made


def test_every_event_that_was_acknowledged_survives_a_kill(listener: ListenerProcess, database: Database) -> None:
    acknowledged: set[bytes] = set()

    def deliver(first: int) -> None:
        with contextlib.suppress(OSError), listener.connect() as connection:
            for number in range(first, first + 100_000):
                connection.sendall(request(order_event(number)))
                if status(read_answer(connection)) != 200:
                    return
                acknowledged.add(order_event(number))
                if len(acknowledged) == 500:
                    listener.process.kill()

    threads = [threading.Thread(target=deliver, args=(number * 1_000_000,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(acknowledged) >= 500
    assert acknowledged - set(stored(database)) == set()


def test_a_signal_lets_what_is_in_hand_be_answered_and_ends_well(listener: ListenerProcess, database: Database) -> None:
    bodies = [order_event(number) for number in range(40)]
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(listener.connect()) for _ in bodies]
        stack.enter_context(listener.connect())
        stack.enter_context(listener.connect()).sendall(b"POST /webhook/ HTTP/1.1\r\nHost: listen")
        for connection, body in zip(connections, bodies, strict=True):
            connection.sendall(request(body)[:-5])
        wait_until_in_hand(listener, len(bodies))

        listener.process.terminate()
        for connection, body in zip(connections, bodies, strict=True):
            connection.sendall(body[-5:])
        answers = [status(read_answer(connection)) for connection in connections]
        ended = listener.stop()

    assert (ended.code, answers) == (0, [200] * 40)
    assert json.loads(ended.out)["counts"]["received"] == 40
    assert set(stored(database)) == set(bodies)


def wait_until_in_hand(listener: ListenerProcess, count: int) -> None:
    """Wait until the process has read the heads of so many requests, and of the one that asks."""
    while f"mye_tiktok_webhook_in_hand {count + 1}" not in listener.get("/metrics")[1].splitlines():
        time.sleep(0.01)


def test_a_database_that_stops_in_the_middle_costs_nothing_that_was_acknowledged(
    tmp_path: Path, postgres_url: str, database: Database
) -> None:
    with (
        wire_to(postgres_url) as wire,
        listening(tmp_path, {"DATABASE_URL": through(postgres_url, wire)}) as listener,
    ):
        before = [listener.deliver(order_event(number)) for number in range(5)]
        wire.cut(refusals=1_000)
        during = [listener.deliver(order_event(number)) for number in range(5, 8)]
        not_ready = listener.get("/readyz")[0]
        alive = listener.get("/healthz")[0]
        wire.cut(refusals=0)
        after = [listener.deliver(order_event(number)) for number in range(5, 10)]

        assert (before, during, after) == ([200] * 5, [503] * 3, [200] * 5)
        assert (not_ready, alive) == (503, 200)
        assert set(stored(database)) == {order_event(number) for number in range(10)}


def test_it_starts_without_its_database_and_takes_events_once_that_is_there(
    tmp_path: Path, postgres_url: str, database: Database
) -> None:
    with wire_to(postgres_url) as wire:
        wire.cut(refusals=1_000)
        with listening(tmp_path, {"DATABASE_URL": through(postgres_url, wire)}) as listener:
            away = listener.deliver(order_event(1))
            wire.cut(refusals=0)

            assert (away, listener.deliver(order_event(1))) == (503, 200)


def test_a_database_that_is_behind_is_a_wrong_setting(tmp_path: Path, postgres_url: str) -> None:
    names = {"DATABASE_URL": postgres_url, "APP_KEY": APP.app_key, "APP_SECRET": APP.app_secret}

    ended = Program(folder=tmp_path, environment=names).run("serve-webhook", "--port", "0")

    assert ended.code == 78
    assert "mye-tiktok db upgrade" in ended.err


def test_a_port_that_is_taken_is_told_clearly(tmp_path: Path, listener: ListenerProcess, postgres_url: str) -> None:
    names = {"DATABASE_URL": postgres_url, "APP_KEY": APP.app_key, "APP_SECRET": APP.app_secret}

    ended = Program(folder=tmp_path, environment=names).run("serve-webhook", "--port", str(listener.port))

    assert ended.code == 69
    assert str(listener.port) in ended.err
    assert "Traceback" not in ended.err


def test_nothing_of_the_server_is_told_to_strangers(listener: ListenerProcess) -> None:
    with listener.connect() as connection:
        connection.sendall(request(order_event(1)))
        answer = read_answer(connection).decode().lower()

    assert "granian" not in answer
    assert "mye" not in answer
    assert "x-powered" not in answer


def test_slow_clients_and_idle_connections_by_the_thousand_keep_nobody_waiting(listener: ListenerProcess) -> None:
    crowd = [listener.connect() for _ in range(2_000)]
    for number, connection in enumerate(crowd):
        if number % 3 == 0:
            connection.sendall(b"POST /webhook/ HTTP/1.1\r\nHost: li")
        elif number % 3 == 1:
            connection.sendall(b"POST /webhook/ HTTP/1.1\r\nHost: listener\r\nContent-Length: 900\r\n\r\n{")

    assert [listener.deliver(order_event(number)) for number in range(20)] == [200] * 20
    for connection in crowd:
        connection.close()


def test_a_flood_of_forged_events_leaves_a_count_and_does_not_stop_good_ones(
    listener: ListenerProcess, database: Database
) -> None:
    with contextlib.ExitStack() as stack:
        flood = [stack.enter_context(listener.connect()) for _ in range(20)]
        for connection in flood:
            connection.sendall(request(order_event(7), sign="0" * 64) * 50)
        good = [listener.deliver(order_event(number)) for number in range(5)]
        for connection in flood:
            answers = b""
            while answers.count(b"HTTP/1.1 401") < 50:
                answers += connection.recv(65_536)
    ended = listener.stop()

    assert good == [200] * 5
    assert json.loads(ended.out)["counts"]["refused"] == 1_000
    assert counted(database) == {"refused": 1_000}
    assert set(stored(database)) == {order_event(number) for number in range(5)}


def test_a_body_that_is_too_large_is_not_read_to_its_end(listener: ListenerProcess) -> None:
    with listener.connect() as connection:
        connection.sendall(b"POST /webhook/ HTTP/1.1\r\nHost: l\r\nContent-Length: 99999999999\r\n\r\n" + b"x" * 9_000)
        promised = status(read_answer(connection))
    with listener.connect() as connection:
        connection.sendall(b"POST /webhook/ HTTP/1.1\r\nHost: l\r\nTransfer-Encoding: chunked\r\n\r\n")
        with contextlib.suppress(OSError):
            for _ in range(1_000):
                connection.sendall(b"4000\r\n" + b"x" * 0x4000 + b"\r\n")
        endless = status(read_answer(connection))

    # what was sent too much may reach a connection that is closed, and take the answer with it
    assert (promised, endless) in {(413, 413), (413, 0), (0, 413), (0, 0)}
    assert listener.deliver(order_event(1)) == 200


def test_every_way_of_sending_an_event_is_understood(listener: ListenerProcess, database: Database) -> None:
    with listener.connect() as connection:
        connection.sendall(request(order_event(1)) + request(order_event(2)) + chunked(order_event(3), size=7))
        answers = b""
        while answers.count(b"\r\n\r\n") < 3:
            answers += connection.recv(65_536)
    with listener.connect() as connection:
        connection.sendall(request(order_event(4), version="1.0"))
        oldest = status(read_to_end(connection))

    assert (answers.count(b"HTTP/1.1 200"), oldest) == (3, 200)
    assert set(stored(database)) == {order_event(number) for number in range(1, 5)}


@pytest.mark.parametrize(
    "nonsense",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(40),
        b"GET\r\n\r\n",
        b"POST /webhook/ HTTP/1.1\r\nHost: l\r\nContent-Length: -5\r\n\r\n",
        b"POST /webhook/ HTTP/1.1\r\nHost: l\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        b"POST /webhook/ HTTP/1.1\r\nHost: l\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /webhook/ HTTP/1.1\r\nHost: l\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
        b"POST /webhook/ HTTP/1.1\r\n" + b"X: y\r\n" * 20_000 + b"\r\n",
        b"POST " + b"/" * 70_000 + b" HTTP/1.1\r\nHost: l\r\n\r\n",
    ],
    ids=["tls", "no-path", "negative", "two-lengths", "length-and-chunks", "bad-chunk", "many-lines", "long-path"],
)
def test_nonsense_is_turned_away(listener: ListenerProcess, database: Database, nonsense: bytes) -> None:
    with contextlib.suppress(OSError), listener.connect() as connection:
        connection.sendall(nonsense)
        connection.shutdown(socket.SHUT_WR)
        answer = status(read_to_end(connection))
        assert answer == 0 or 400 <= answer < 500

    assert listener.deliver(order_event(1)) == 200
    assert set(stored(database)) == {order_event(1)}


def test_an_event_that_is_forged_is_never_stored_however_it_is_sent(
    listener: ListenerProcess, database: Database
) -> None:
    right = signature(order_event(1))
    twice = f"POST /webhook/ HTTP/1.1\r\nHost: l\r\nAuthorization: {'0' * 64}\r\nAuthorization: {right}\r\n"
    with listener.connect() as connection:
        connection.sendall(f"{twice}Content-Length: {len(order_event(1))}\r\n\r\n".encode() + order_event(1))
        both = status(read_answer(connection))

    forged = [listener.deliver(order_event(1), sign=sign) for sign in ("", "x", right[:-1], right.upper(), right + "0")]

    assert forged == [401] * 5
    assert both == 401
    assert stored(database) == {}


def test_systemd_hears_when_it_is_ready_alive_and_stopping(
    tmp_path: Path, postgres_url: str, database: Database
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(30)
        names = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "50000"}
        with listening(tmp_path, {"DATABASE_URL": postgres_url, **names}) as listener:
            heard = [systemd.recv(100) for _ in range(3)]
            listener.process.terminate()
            while heard[-1] != b"STOPPING=1":
                heard.append(systemd.recv(100))

    assert heard[:3] == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1"]


def test_the_key_of_the_app_is_needed(tmp_path: Path) -> None:
    ended = Program(folder=tmp_path).run("serve-webhook")

    assert ended.code == 78
    assert "APP_KEY" in ended.err
    assert "APP_SECRET" in ended.err
