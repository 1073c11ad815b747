"""What every import does at a terminal: open the store, show, ask, tell."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click
from sqlalchemy.orm import Session, sessionmaker

from mapapp.cli.store import opened_store
from mapapp.store.engine import require_schema, sessions

#: A file to import.
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)

#: What a terminal shows before it says « and so many others ».
SHOWN = 40


def open_store() -> sessionmaker[Session]:
    """Sessions of the store, which must be there."""
    engine = opened_store()
    require_schema(engine)
    return sessions(engine)


def must_ask(dry_run: bool, yes: bool) -> bool:
    """Whether someone is there to say yes before anything is written."""
    return not (dry_run or yes) and sys.stdin.isatty()


def confirm(to_stderr: bool = False) -> None:
    """Ask; anything but yes ends the command."""
    click.confirm("Publier ?", abort=True, err=to_stderr)


def tell_lines(lines: Sequence[str], to_stderr: bool = False) -> None:
    """The first lines, and how many others there are."""
    for line in lines[:SHOWN]:
        click.echo(line, err=to_stderr)
    if len(lines) > SHOWN:
        more = f"… et {len(lines) - SHOWN} autres remarques (--json les donne toutes)."
        click.echo(more, err=to_stderr)


def tell_end(counts: str, run_id: int | None) -> None:
    """The counts, and what was written."""
    click.echo(counts)
    said = f"Publication {run_id}." if run_id else "Aperçu seulement : rien n’a été écrit."
    click.echo(said)
