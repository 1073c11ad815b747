"""The store as a command opens it."""

from __future__ import annotations

import click
from sqlalchemy import Engine

from mapapp.store.engine import database_url, open_engine


def opened_store() -> Engine:
    """The store of the settings; its connections end with the command."""
    engine = open_engine(database_url())
    click.get_current_context().call_on_close(engine.dispose)
    return engine
