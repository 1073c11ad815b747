"""What a process keeps in memory for one version of the data: catalogue and QPV indexes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.cell_files import index_cells
from geo.cell_index import CellIndex
from geo.qpv_index import QpvIndex
from mapapp.catalogue import Catalogue, load_catalogue
from mapapp.errors import NotReady
from mapapp.store import State
from mapapp.store.contours import generations, load_contours

T = TypeVar("T")

#: Asked several times by every request: a statement made once, of columns, costs a quarter.
_VERSION = select(State.__table__.c.value).where(State.__table__.c.key == "data_version")

#: Answers recalled at once. The largest, which of a million initiatives hold a word, is a megabyte.
RECALLED = 32


class Memory:
    """Values built once per version of the data; another version forgets them all.

    The version is read from the store at each request, so a second server sees a change at its
    next request.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._version = ""
        self._held: dict[Any, Any] = {}
        self._recalled: OrderedDict[Any, Any] = OrderedDict()

    def version(self, session: Session) -> str:
        """The version of the data in the store."""
        version: str | None = session.scalar(_VERSION)
        if version is None:
            raise NotReady.empty()
        return version

    def hold(self, session: Session, name: Any, build: Callable[[], T]) -> T:
        """The value of that name for the current version, built when first asked for."""
        version = self.version(session)
        with self._lock:
            self._forget_others(version)
            if name not in self._held:
                self._held[name] = build()
            value: T = self._held[name]
            return value

    def recall(self, session: Session, name: Any, ask: Callable[[], T]) -> T:
        """As :meth:`hold`, for answers that are many: those asked for last are kept.

        Others do not wait while one is made; two may make the same.
        """
        version = self.version(session)
        with self._lock:
            self._forget_others(version)
            if name in self._recalled:
                self._recalled.move_to_end(name)
                known: T = self._recalled[name]
                return known
        value = ask()
        with self._lock:
            if version == self._version:
                self._recalled[name] = value
            while len(self._recalled) > RECALLED:
                self._recalled.popitem(last=False)
        return value

    def _forget_others(self, version: str) -> None:
        if version != self._version:
            self._version, self._held = version, {}
            self._recalled.clear()

    def catalogue(self, session: Session) -> Catalogue:
        """The catalogue."""
        return self.hold(session, "catalogue", lambda: load_catalogue(session))

    def index(self, session: Session, generation: int) -> QpvIndex:
        """The QPV index of a generation."""
        return self.hold(
            session, ("index", generation), lambda: QpvIndex(load_contours(session, generation))
        )

    def cells(self, session: Session, generation: int) -> CellIndex:
        """The cell index of a generation; its ranks are those of the contours of its QPV index."""
        contours = self.index(session, generation).contours
        return self.hold(session, ("cells", generation), lambda: index_cells(contours))

    def indexes(self, session: Session) -> dict[int, QpvIndex]:
        """Every generation's index, newest first; NotReady when the store is empty."""
        self.version(session)
        newest_first = sorted(generations(session), reverse=True)
        return {generation: self.index(session, generation) for generation in newest_first}
