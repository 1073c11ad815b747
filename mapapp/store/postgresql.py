"""The store in PostgreSQL, for several application servers."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from mapapp.errors import AppError, BadInput, NotReady
from mapapp.store.base import Base
from mapapp.store.database import BUSY, Database, Wait
from mapapp.store.gis_views import add_gis_views, drop_gis_views

#: A page that cannot reach the server says so within this time rather than keep its visitor.
_CONNECT_TIMEOUT_S = 5

#: What the writer of the store holds: any number will do, as long as all of us say the same.
_PEN = 6_277_017

_NOTHING_CHANGED = "Rien n’a été changé."
_STOPPING = "PostgreSQL s’arrête ou démarre : réessayez dans un instant."

#: What PostgreSQL refuses, by its SQLSTATE, and what the operator can do.
_REFUSALS: Mapping[str, str] = {
    "53100": f"Le disque de PostgreSQL est plein : libérez de la place. {_NOTHING_CHANGED}",
    "58030": f"Le disque de PostgreSQL refuse de lire ou d’écrire. {_NOTHING_CHANGED}",
    "53200": f"PostgreSQL manque de mémoire : donnez-lui-en. {_NOTHING_CHANGED}",
    "53300": "PostgreSQL n’accepte plus de connexions : augmentez « max_connections ».",
    "25006": (
        "La base est en lecture seule : adressez-vous au serveur principal, ou retirez "
        f"« default_transaction_read_only ». {_NOTHING_CHANGED}"
    ),
    "42501": (
        "PostgreSQL refuse ce droit à l’utilisateur de la base : faites-en le propriétaire "
        f"(« ALTER DATABASE … OWNER TO … »). {_NOTHING_CHANGED}"
    ),
    "55P03": BUSY,
    "40P01": BUSY,
    "57014": (
        "PostgreSQL a interrompu une demande trop longue : augmentez « statement_timeout ». "
        f"{_NOTHING_CHANGED}"
    ),
    "57P01": _STOPPING,
    "57P02": _STOPPING,
    "57P03": _STOPPING,
}

#: Texts in the order of their characters' codes, as SQLite has them: a list must not depend on the
#: language that the database was created for.
_SORT_AS_SQLITE = """
SELECT format('ALTER TABLE %I ', c.table_name)
  || string_agg(format('ALTER %I TYPE varchar COLLATE "C"', c.column_name), ', ')
FROM information_schema.columns c
WHERE c.table_schema = current_schema() AND c.table_name = ANY(:ours)
  AND c.data_type IN ('character varying', 'text') AND c.collation_name IS DISTINCT FROM 'C'
GROUP BY c.table_name
"""


class Postgresql(Database):
    """A database of a server, through psycopg."""

    is_file = False
    indexes_letters = False

    def open(self) -> Engine:
        """An engine that finds its way back when the server has been away."""
        asked = {"connect_timeout": _CONNECT_TIMEOUT_S, "application_name": "mapapp"}
        try:
            engine = create_engine(
                self.url.set(drivername="postgresql+psycopg"),
                hide_parameters=True,  # what a visitor types is not logged
                pool_pre_ping=True,
                isolation_level="READ COMMITTED",  # who has waited for the pen sees what was done
                connect_args={k: v for k, v in asked.items() if k not in self.url.query},
            )
        except ImportError as error:
            raise NotReady(
                "Pour une base PostgreSQL, installez « pip install 'mapapp[postgresql]' »."
            ) from error
        event.listen(engine, "connect", _clean_texts)
        return engine

    def refusal(self, error: BaseException) -> AppError | None:
        """A sentence for what the operator can mend; None for a fault of ours."""
        state: str | None = getattr(error, "sqlstate", None)
        if state and state in _REFUSALS:
            return NotReady(_REFUSALS[state])
        if state is None and type(error).__name__ in ("OperationalError", "ConnectionTimeout"):
            return NotReady(self._unreachable(error))
        return None

    def prepare(self) -> None:
        """Nothing: the operator makes the database."""

    def require(self) -> None:
        """Nothing is seen without asking."""

    def revision(self, engine: Engine, look_s: float | None) -> str | None:
        """What Alembic's table says; the server itself watches over what it keeps."""
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()

    def hold_schema(self, connection: Connection, wait: Wait) -> None:
        """Wait for who writes; the views that show our tables would forbid to change them."""
        _lock(connection, wait)
        drop_gis_views(connection)

    def finish_schema(self, connection: Connection) -> None:
        """Sort every text as SQLite does."""
        ours = {"ours": list(Base.metadata.tables)}
        for statement in connection.scalars(text(_SORT_AS_SQLITE), ours).all():
            connection.exec_driver_sql(statement)

    def add_views(self, engine: Engine) -> None:
        """Points and contours for QGIS, where PostGIS is."""
        try:
            with engine.begin() as connection:
                add_gis_views(connection)
        except (DBAPIError, NotReady):
            return  # the map does without

    def take_the_pen(self, session: Session, wait: Wait) -> None:
        """The lock goes with the transaction, however it ends."""
        _lock(session.connection(), wait)

    def hold_instant(self, session: Session) -> None:
        """A transaction of one instant."""
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})

    def file(self) -> Path:
        """BadInput: there is none, PostgreSQL saves and restores itself."""
        shown = self.url.set(drivername="postgresql", password=None)
        place = shlex.quote(shown.render_as_string())
        raise BadInput(
            "La base est tenue par PostgreSQL. Pour la sauvegarder : "
            f"« pg_dump --format=custom --file=mapapp.dump --dbname={place} » ; pour la "
            "restaurer : « pg_restore --clean --if-exists --no-owner --single-transaction "
            f"--dbname={place} mapapp.dump »."
        )

    def _unreachable(self, error: BaseException) -> str:
        cause = str(error).partition("FATAL:")[2].strip().partition("\n")[0]
        asked_in_vain = getattr(getattr(error, "pgconn", None), "needs_password", False)
        if asked_in_vain or "password" in cause:
            return (
                f"PostgreSQL refuse le mot de passe (utilisateur {self.url.username}) : "
                "corrigez-le dans MAPAPP_DATABASE_URL."
            )
        if cause:
            return (
                f"PostgreSQL n’ouvre pas la base (« {cause} ») : si cela dure, vérifiez le nom de "
                "la base, l’utilisateur et le mot de passe dans MAPAPP_DATABASE_URL."
            )
        where = f"{self.url.host or 'ce serveur'}:{self.url.port or 5432}"
        return (
            f"PostgreSQL ne répond pas ({where}) : vérifiez qu’il est démarré, et l’adresse dans "
            "MAPAPP_DATABASE_URL."
        )


#: Who holds the lock, and since when: the beginning of its transaction.
_HOLDER = """
SELECT a.pid, extract(epoch FROM now() - a.xact_start)
FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.granted AND l.classid = 0 AND l.objid = :it
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


def _lock(connection: Connection, wait: Wait) -> None:
    patience = f"{max(1, int(wait.patience_s * 1000))}ms"  # 0 would be for ever
    connection.execute(text("SELECT set_config('lock_timeout', :it, true)"), {"it": patience})

    def attempt() -> bool:
        lock = text("SELECT pg_try_advisory_xact_lock(:it)")
        return bool(connection.scalar(lock, {"it": _PEN}))

    def holder() -> str:
        found = connection.execute(text(_HOLDER), {"it": _PEN}).first()
        return (
            f" (session PostgreSQL {found[0]}, depuis {found[1] or 0:.0f}\u00a0s)" if found else ""
        )

    wait.until(attempt, holder)


def _clean_texts(connection: Any, _record: Any) -> None:
    """PostgreSQL has no NUL character: one is written as unreadable, as an import does."""
    from psycopg.types.string import StrDumperUnknown  # an extra: not everybody has it

    class CleanText(StrDumperUnknown):
        def dump(self, obj: str) -> Any:
            return super().dump(obj.replace("\0", "\ufffd"))

    connection.adapters.register_dumper(str, CleanText)
