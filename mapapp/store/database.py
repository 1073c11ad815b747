"""What differs between the databases that mapapp runs on: one class for each, the same promises."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path

from sqlalchemy import URL, Connection, Engine
from sqlalchemy.orm import Session

from mapapp.errors import AppError


class Database(ABC):
    """One of the databases, for an address of it.

    ``is_file``: it is one, that we copy; else its server has tools of its own. ``indexes_letters``:
    it has the index that :mod:`mapapp.store.full_text` asks.
    """

    is_file: bool
    indexes_letters: bool

    def __init__(self, url: URL) -> None:
        self.url = url

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
    def hold_schema(self, connection: Connection, patience_s: float) -> None:
        """Let nobody else change the schema until this transaction ends."""

    @abstractmethod
    def finish_schema(self, connection: Connection) -> None:
        """After the migrations, in their transaction: what they do not say."""

    @abstractmethod
    def add_views(self, engine: Engine) -> None:
        """Offer the data to other programs, where the database can; it never fails."""

    @abstractmethod
    def take_the_pen(self, session: Session, patience_s: float) -> None:
        """Let this session write alone until its transaction ends, once who writes has ended."""

    @abstractmethod
    def hold_instant(self, session: Session) -> None:
        """Let this session see the store as it is at its first question, until it ends."""

    @abstractmethod
    def file(self) -> Path:
        """The file of the database; BadInput when it is none, and how to save it then."""
