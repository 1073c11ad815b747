"""Who tells: the sources of initiatives, declared when they first import."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from mapapp.errors import BadInput, UnknownRecord, cited
from mapapp.store import catalogue as cat
from mapapp.surveys import territory_faults
from mapapp.tables import kinds

Values = dict[str, Any]

#: Under what a run keeps what it changed of its source: no record is without an identifier.
THE_SOURCE = ""


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What is said of a source; None leaves what is known of it."""

    name: str | None = None
    publisher: str | None = None
    licence: str | None = None
    url: str | None = None
    coverage: str | None = None
    covered_themes: str | None = None
    covered_territory: str | None = None
    date: str | None = None
    contact: str | None = None


def declare(session: Session, source_id: str, facts: SourceFacts) -> cat.Source:
    """The source of that id, with the facts given; created when it is new.

    Raises:
        BadInput: an id, address or date has no meaning, or a new source has no name or publisher.
    """
    given = {name: value for name, value in asdict(facts).items() if value}
    _check(session, source_id, given)
    source = session.get(cat.Source, source_id)
    if source is None:
        if not {"name", "publisher"} <= set(given):
            raise BadInput(
                f"La source « {source_id} » est nouvelle : donnez son nom et son éditeur "
                "(--nom-source « … » --editeur « … »)."
            )
        source = cat.Source(id=source_id, **{"coverage": "selective"} | given)
        session.add(source)
    for name, value in given.items():
        setattr(source, name, value)
    return source


def named_sources(session: Session, source_id: str | None) -> list[str]:
    """The source of that identifier, or every source when none is named.

    Raises:
        UnknownRecord: there is no such source.
    """
    known = list(session.scalars(select(cat.Source.id).order_by(cat.Source.id)))
    if source_id is None:
        return known
    if source_id not in known:
        raise UnknownRecord(
            f"Aucune source « {cited(source_id)} » ; celles qui existent : {', '.join(known)}."
        )
    return [source_id]


def source_held(session: Session, source_id: str) -> Values | None:
    """All that the store holds of a source, as JSON values; None when it does not know it."""
    columns = select(*cat.Source.__table__.columns).where(cat.Source.id == source_id)
    found = session.execute(columns).mappings().one_or_none()
    return dict(found) if found else None


def put_source_back(session: Session, source_id: str, former: Values | None) -> None:
    """Bring a source to what :func:`source_held` told of it; None takes it away."""
    table = cat.Source.__table__
    of_source = table.c.id == source_id
    if former is None:
        session.execute(delete(cat.Source).where(of_source))
    elif source_held(session, source_id) is None:
        session.execute(insert(cat.Source).values(former))
    else:  # a state of an older version of mapapp says nothing of newer columns: they were empty
        whole = dict.fromkeys(table.columns.keys()) | former
        session.execute(update(cat.Source).where(of_source).values(whole))


def _check(session: Session, source_id: str, given: dict[str, str]) -> None:
    try:
        kinds.slug(source_id)
        if "url" in given:
            kinds.url(given["url"])
        if "date" in given:
            kinds.partial_date(given["date"])
    except ValueError as error:
        raise BadInput(f"Source « {source_id} » : {error}.") from None
    for theme in filter(None, given.get("covered_themes", "").split("|")):
        if session.get(cat.Theme, theme) is None:
            raise BadInput(f"Source « {source_id} » : le thème « {theme} » n’existe pas.")
    for entry in territory_faults(session, given.get("covered_territory", "")):
        raise BadInput(
            f"Source « {source_id} » : territoire « {entry} » inconnu ; attendu : national, ou "
            "des codes comme region:27|departement:93|epci:200054781|commune:93008."
        )
