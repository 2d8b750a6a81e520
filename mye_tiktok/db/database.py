"""The database: transactions on PostgreSQL or SQLite, and the check that it fits this program."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Literal

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from mye_tiktok.db import engine as engines
from mye_tiktok.db.cipher import TokenCipher
from mye_tiktok.db.failures import translated
from mye_tiktok.db.readiness import make_ready

__all__ = ["Database", "Session", "in_transaction"]

TURN_SECONDS = 30.0
_open: ContextVar[tuple[int, ...]] = ContextVar("open_transactions", default=())


def in_transaction() -> bool:
    """Tell whether this thread is inside a transaction: no call to TikTok, the broker or MYE belongs there."""
    return bool(_open.get())


class Database:
    """Hands out transactions; connects and checks the database's revision when first used.

    `url` is `postgresql://…` or `sqlite:///file`. A SQLite file is made and migrated on first use; a
    PostgreSQL database that is behind raises WrongSettingsError with the command to type. One object serves
    all threads of a process.
    """

    def __init__(self, url: str, *, cipher: TokenCipher | None = None) -> None:
        self.url = engines.parse_url(url)
        self.place = engines.place(self.url)
        self._cipher = cipher
        self._lock = threading.Lock()
        self._writing = threading.Lock() if self.dialect == "sqlite" else None
        self._engine: Engine | None = None
        self._engines: dict[tuple[tuple[str, Any], ...], Engine] = {}

    def __repr__(self) -> str:
        return f"Database({self.place})"

    @property
    def dialect(self) -> Literal["postgresql", "sqlite"]:
        """Which of the two it is."""
        return "sqlite" if self.url.get_backend_name() == "sqlite" else "postgresql"

    def check(self) -> None:
        """Connect, and compare the database's revision with the program's; cheap when done already.

        Raises UnreachableError, or WrongSettingsError when the database is behind or ahead.
        """
        with translated(self.place):
            self._ready()

    @contextmanager
    def transaction(self, *, forgettable: bool = False) -> Iterator[Session]:
        """Commit what happens inside, all of it or, when anything raises, nothing.

        On SQLite writers queue up here for as long as 30 s, twice that when it is for other processes, too.
        `forgettable` spares the wait for the disk; a power cut of the database may then undo the transaction, unless
        one that is not forgettable came after it.
        Raises UnreachableError when the database is gone, and RuntimeError inside another transaction of the
        same thread, which would wait for itself.
        """
        options = {engines.FORGETTABLE: True} if forgettable else {}
        with self._entered(), self._turn(), translated(self.place), self._session(options) as session, session.begin():
            yield session

    @contextmanager
    def statement(self) -> Iterator[Session]:
        """Let the one statement inside be a transaction of its own, committed when it returns.

        That is one trip to PostgreSQL instead of three. Raises what `transaction` raises.
        """
        options: dict[str, Any] = {} if self.dialect == "sqlite" else {"isolation_level": "AUTOCOMMIT"}
        with self._entered(), self._turn(), translated(self.place), self._session(options) as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Read without ever waiting for a writer; nothing is kept of what happens inside."""
        with self._entered(), translated(self.place), self._session({engines.READING: True}) as session:
            yield session

    def close(self) -> None:
        """Close all connections; the next transaction opens new ones."""
        with self._lock:
            if self._engine is not None:
                self._engine.dispose()
                self._engine = None
                self._engines.clear()

    def _session(self, options: Mapping[str, Any]) -> Session:
        key = tuple(options.items())
        engine = self._engines.get(key)
        if engine is None:
            ready = self._ready()
            # to make one takes as long as a small statement; two threads may make the same
            engine = self._engines[key] = ready.execution_options(**options) if options else ready
        return Session(engine, info={"cipher": self._cipher}, expire_on_commit=False)

    def _ready(self) -> Engine:
        if self._engine is None:
            with self._lock:
                if self._engine is None:
                    self._engine = make_ready(self.url)
        return self._engine

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Let the threads of this process write one after the other on SQLite.

        Left to SQLite each would look again every tenth of a second, and one that is unlucky waits for seconds.
        """
        taken = self._writing is not None and self._writing.acquire(timeout=TURN_SECONDS)
        try:
            yield
        finally:
            if taken and self._writing is not None:
                self._writing.release()

    @contextmanager
    def _entered(self) -> Iterator[None]:
        if id(self) in _open.get():
            raise RuntimeError("a transaction is open already in this thread")
        token = _open.set((*_open.get(), id(self)))
        try:
            yield
        finally:
            _open.reset(token)
