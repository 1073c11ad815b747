"""What differs between the databases that mapapp runs on: one class for each, the same promises."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, Connection, Engine
from sqlalchemy.orm import Session

from mapapp.errors import AppError, NotReady

#: Between two words to who waits: enough to read one, too short to wonder whether it goes on.
_SAY_AGAIN_S = 5.0
#: Between two attempts: not felt by a person, nothing for a database.
_TRY_AGAIN_S = 0.1


def say_nothing(_sentence: str) -> None:
    """Who waits in silence: a server, a test."""


@dataclass(frozen=True, slots=True)
class Wait:
    """How long to wait for who writes, and who is told (French) at once and then again."""

    patience_s: float
    tell: Callable[[str], object] = say_nothing

    def until(self, attempt: Callable[[], bool], holder: Callable[[], str]) -> None:
        """Try until it succeeds; ``holder`` says in French who is waited for, or nothing.

        Raises:
            NotReady: patience is over; nothing was changed.
        """
        begun = told = time.monotonic()
        while not attempt():
            now = time.monotonic()
            if now - begun >= self.patience_s:
                raise NotReady(BUSY)
            if told == begun or now - told >= _SAY_AGAIN_S:
                self.tell(
                    f"La base est occupée{holder()}\u00a0: attente depuis "
                    f"{now - begun:.0f}\u00a0s, {self.patience_s:.0f}\u00a0s au plus "
                    "(Ctrl+C pour renoncer)…"
                )
                told = now
            time.sleep(_TRY_AGAIN_S)


#: What is said once patience is over, whichever the database.
BUSY = (
    "La base est occupée (un import en cours\u00a0?)\u00a0: réessayez plus tard. "
    "Rien n’a été changé."
)


class Database(ABC):
    """One of the databases, for an address of it.

    ``is_file``: it is one, that we copy; else its server has tools of its own. ``indexes_letters``:
    it has the index that :mod:`mapapp.store.full_text` asks.
    """

    is_file: bool
    indexes_letters: bool

    def __init__(self, url: URL) -> None:
        self.url = url

    @property
    def shown(self) -> str:
        """How a sentence names it: its address, without password."""
        return self.url.render_as_string(hide_password=True)

    @abstractmethod
    def open(self) -> Engine:
        """An engine that readers never block; NotReady when this machine lacks what it takes."""

    @abstractmethod
    def refusal(self, error: BaseException) -> AppError | None:
        """What the database says of the machine or of us, and what the operator can do (French)."""

    @abstractmethod
    def prepare(self) -> None:
        """Make the place where the database will be, when that is ours to do."""

    @abstractmethod
    def require(self) -> None:
        """Raise NotReady when it can be seen from here that the database is not there."""

    @abstractmethod
    def revision(self, engine: Engine, look_s: float | None) -> str | None:
        """The revision of the schema, read without changing anything; None: nothing is there yet.

        ``look_s``: seconds spent looking for damage; None: as long as it takes.

        Raises:
            UnusableStore: the database is damaged, or another program's.
        """

    @abstractmethod
    def hold_schema(self, connection: Connection, wait: Wait) -> None:
        """Let nobody else change the schema until this transaction ends."""

    @abstractmethod
    def finish_schema(self, connection: Connection) -> None:
        """After the migrations, in their transaction: what they do not say."""

    @abstractmethod
    def add_views(self, engine: Engine) -> None:
        """Offer the data to other programs, where the database can; it never fails."""

    @abstractmethod
    def take_the_pen(self, session: Session, wait: Wait) -> None:
        """Let this session write alone until its transaction ends, once who writes has ended."""

    @abstractmethod
    def hold_instant(self, session: Session) -> None:
        """Let this session see the store as it is at its first question, until it ends."""

    @abstractmethod
    def file(self) -> Path:
        """The file of the database; BadInput when it is none, and how to save it then."""
