"""The store as a command opens it."""

from __future__ import annotations

import click
from sqlalchemy import Engine

from mapapp.paths import instance_folder
from mapapp.store.drafts import clear_drafts
from mapapp.store.engine import database_url, open_engine


def opened_store() -> Engine:
    """The store of the settings; its connections end with the command."""
    clear_drafts(instance_folder())  # of commands that were killed
    engine = open_engine(database_url(), tell=_tell)
    click.get_current_context().call_on_close(engine.dispose)
    return engine


def _tell(sentence: str) -> None:
    click.echo(sentence, err=True)
