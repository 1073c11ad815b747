"""The store: what mapapp keeps, as SQLAlchemy typed models over SQLite or PostgreSQL.

Importing this package declares every table (Alembic and the engine need them all).
"""

from mapapp.store import (
    catalogue,
    coverage,
    geocoding,
    initiatives,
    positions,
    runs,
    slugs,
    territory,
)
from mapapp.store.base import Base, State

__all__ = [
    "Base",
    "State",
    "catalogue",
    "coverage",
    "geocoding",
    "initiatives",
    "positions",
    "runs",
    "slugs",
    "territory",
]
