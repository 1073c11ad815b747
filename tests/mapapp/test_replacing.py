"""Addresses of initiatives: given once, kept for ever, leading to what replaces the record."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from alembic import command
from imported import imported, rolled_back, wanted
from shipped_copy import correct, line_of, rewrite
from sqlalchemy import Engine, select, text

from mapapp.checking import rule_faults, store_faults
from mapapp.errors import AppError, Moved, UnknownRecord, Withdrawn
from mapapp.importing.initiatives import Preview, preview_initiatives
from mapapp.queries.addresses import addresses
from mapapp.queries.gone import what_became_of
from mapapp.shipping import initialise
from mapapp.slugs import give_slugs, plain_slug
from mapapp.store import initiatives as ini
from mapapp.store.engine import _alembic_config, open_engine, sessions, upgrade_schema
from mapapp.store.runs import Run
from mapapp.store.slugs import GivenSlug
from mapapp.tables.reading import read_shipped

Write = Callable[..., Path]

HEADERS = ["identifiant", "nom", "code_insee", "remplace"]
ONE, TWO = ["1", "Un", "21231", ""], ["2", "Deux", "21231", ""]
THREE = ["3", "Trois", "93072", ""]
MERGED = ["12", "Un et deux", "21231", "1|siae-2"]

#: Of an initiative, all but the number of its row.
COLUMNS = [column.key for column in ini.Initiative.__table__.columns if column.key != "id"]


@pytest.fixture(scope="module")
def built(small_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a store that holds the shipped data."""
    path = tmp_path_factory.mktemp("built") / "mapapp.sqlite"
    engine = open_engine(f"sqlite:///{path}")
    initialise(engine, small_data)
    engine.dispose()
    return path


@pytest.fixture
def live(built: Path, tmp_path: Path) -> Iterator[Engine]:
    """A store that a test may change."""
    engine = open_engine(f"sqlite:///{shutil.copy(built, tmp_path / 'mapapp.sqlite')}")
    yield engine
    engine.dispose()


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write lines as a CSV file."""

    def written(*lines: list[str]) -> Path:
        path = tmp_path / "lignes.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([HEADERS, *lines])
        return path

    return written


def previewed(engine: Engine, path: Path) -> Preview:
    """What an import would do."""
    with sessions(engine)() as session:
        return preview_initiatives(session, wanted(path))


def spaced(sentence: str) -> str:
    """A French sentence, whatever its spaces."""
    return sentence.replace("\u00a0", " ")


def slugs(engine: Engine, source_id: str = "siae") -> set[str]:
    """The addresses of the initiatives of a source that are there."""
    with sessions(engine)() as session:
        row = ini.Initiative
        return set(session.scalars(select(row.slug).where(row.source_id == source_id)))


def shown(engine: Engine) -> list[tuple[object, ...]]:
    """What is told of every initiative, and in which order, whatever the numbers of the rows."""
    with sessions(engine)() as session:
        return [
            (
                *(getattr(row, column) for column in COLUMNS),
                [(one.generation, one.status) for one in row.verdicts],
            )
            for row in session.scalars(select(ini.Initiative).order_by(*COLUMNS[:2]))
        ]


def answer(engine: Engine, slug: str) -> AppError:
    """What the address of an initiative that is gone answers."""
    with sessions(engine)() as session:
        return what_became_of(session, slug)


def leads_to(engine: Engine, slug: str) -> str:
    """The slug that an address leads to."""
    moved = answer(engine, slug)
    assert isinstance(moved, Moved), moved
    return moved.successor


def register(engine: Engine) -> list[str]:
    """Every address ever given, with what is told of it."""
    with engine.connect() as connection:
        return sorted(map(repr, connection.execute(select(GivenSlug.__table__))))


# Slugs ---------------------------------------------------------------------------------------


def test_two_records_never_have_one_address(live: Engine, write: Write) -> None:
    """Source « a », record « b-c », source « a-b », record « c »; and one that ships."""
    imported(live, write(["b-c", *ONE[1:]]), source_id="a")
    imported(live, write(["c", *TWO[1:]]), source_id="a-b")
    imported(live, write(["coursive-boutaric", *TWO[1:]]), source_id="la")
    assert slugs(live, "a") == {"a-b-c"}
    for source_id, asked in (("a-b", "a-b-c"), ("la", "la-coursive-boutaric")):
        (slug,) = slugs(live, source_id)
        assert slug.startswith(f"{asked}-")
        assert len(slug) == len(asked) + 9
    assert "la-coursive-boutaric" in slugs(live, "rtes-2022")
    assert not store_faults(live)


def test_an_address_is_not_given_again(live: Engine, write: Write) -> None:
    """What was taken back keeps its address, and has it again when it comes back."""
    imported(live, write(["b-c", *ONE[1:]]), source_id="a")
    rolled_back(live, 1)
    imported(live, write(["c", *TWO[1:]]), source_id="a-b")
    assert "a-b-c" not in slugs(live, "a-b")
    imported(live, write(["b-c", *ONE[1:]]), source_id="a")
    assert slugs(live, "a") == {"a-b-c"}


def test_the_whole_of_a_file_may_collide(live: Engine) -> None:
    """However many records ask for the same few addresses, each has one, the same each time."""
    keys = {f"{n}": "siae-1" for n in range(5_000)}
    with sessions(live).begin() as session:
        given = give_slugs(session, "siae", keys)
        assert len(set(given.values())) == len(keys)
        assert give_slugs(session, "siae", keys) == given


def test_a_store_of_before_remembers_its_addresses(live: Engine, write: Write) -> None:
    """The migration tells every record that is there, and those that runs took back."""
    imported(live, write(ONE, TWO))
    imported(live, write(["É 3", *THREE[1:]]))
    rolled_back(live, 2)
    there = slugs(live) | slugs(live, "rtes-2022")
    config = _alembic_config()
    with live.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0006")
    upgrade_schema(live)
    with sessions(live)() as session:
        standing = select(GivenSlug.slug).where(GivenSlug.reason.is_(None))
        assert set(session.scalars(standing)) == there
    assert isinstance(answer(live, plain_slug("siae", "É 3")), Withdrawn)
    assert not store_faults(live)


# What replaces what --------------------------------------------------------------------------


def test_what_is_replaced_leads_to_what_replaces_it(live: Engine, write: Write) -> None:
    """Named by identifier or by address; told beforehand; in no list any more."""
    imported(live, write(ONE, TWO, THREE))
    preview = previewed(live, write(MERGED))
    told = [spaced(line) for line in preview.lines()]
    assert "Ligne 2 : « Un » (1) est retirée, remplacée par « 12 »." in told
    assert (preview.plan.counts["retired"], preview.plan.absent) == (2, 1)
    imported(live, write(MERGED))
    assert slugs(live) == {"siae-12", "siae-3"}
    assert leads_to(live, "siae-1") == leads_to(live, "siae-2") == "siae-12"
    with sessions(live)() as session:
        assert "/initiatives/siae-1" not in addresses(session, 0, 100_000)
        assert session.get_one(Run, 2).counts["retired"] == 2
    assert not previewed(live, write(MERGED)).plan.changes_count
    assert not store_faults(live)


def test_a_chain_leads_to_its_end(live: Engine, write: Write) -> None:
    """Replaced, replaced again, and a record that comes back has its address again."""
    imported(live, write(ONE))
    imported(live, write(["2", "Deux", "21231", "1"]))
    imported(live, write(["3", "Trois", "93072", "2"]))
    assert leads_to(live, "siae-1") == leads_to(live, "siae-2") == "siae-3"
    imported(live, write(["1", "Un", "21231", "3"]))
    assert slugs(live) == {"siae-1"}
    assert leads_to(live, "siae-3") == leads_to(live, "siae-2") == "siae-1"


def test_a_merger_taken_back_leaves_all_as_before(live: Engine, write: Write) -> None:
    """Records, links, verdicts, and where each address led before."""
    imported(live, write(ONE, TWO, THREE))
    imported(live, write(["5", "Cinq", "21231", "3"]))
    before, led = shown(live), register(live)
    imported(live, write(MERGED, ["6", "Six", "21231", "3"]))
    assert leads_to(live, "siae-3") == "siae-6"
    rolled_back(live, 3)
    assert shown(live) == before
    assert set(led) <= set(register(live))
    assert leads_to(live, "siae-3") == "siae-5"
    gone = answer(live, "siae-12")
    assert type(gone) is Withdrawn
    assert "a été annulée" in gone.message
    assert not store_faults(live)


def test_a_corrected_row_frees_what_it_named(live: Engine, write: Write) -> None:
    """What it no longer replaces stays gone, and leads nowhere."""
    imported(live, write(ONE, TWO))
    imported(live, write(MERGED))
    imported(live, write([*MERGED[:3], "2"]))
    assert leads_to(live, "siae-2") == "siae-12"
    freed = answer(live, "siae-1")
    assert type(freed) is Withdrawn
    assert "« Un »" in spaced(freed.message)
    rolled_back(live, 3)
    assert leads_to(live, "siae-1") == "siae-12"


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([ONE, MERGED], "est encore dans le fichier"),
        ([["12", "Soi", "21231", "12"]], "est encore dans le fichier"),
        ([MERGED, ["13", "Treize", "21231", "2"]], "est déjà remplacée ligne 2"),
        ([["12", "Douze", "21231", "jamais"]], "n’a jamais eu cet identifiant"),
        ([["12", "Douze", "21231", "la-coursive-boutaric"]], "n’a jamais eu cet identifiant"),
    ],
)
def test_a_replacement_that_means_nothing_is_refused(
    live: Engine, write: Write, lines: list[list[str]], message: str
) -> None:
    """Still in the file, itself, replaced twice, unknown, of another source: said, and not done."""
    imported(live, write(ONE, TWO))
    preview = imported(live, write(*lines))
    row = preview.plan.rows[-1]
    assert row.outcome.value == "rejected"
    assert [issue.column for issue in row.issues] == ["remplace"]
    assert message in str(row.issues[0])
    assert f"siae-{row.key}" not in slugs(live)
    assert not store_faults(live)


def test_a_record_that_is_named_and_kept_is_told_each_time(live: Engine, write: Write) -> None:
    """A merger whose file holds the old line again: the row of the merger is refused."""
    imported(live, write(ONE, TWO))
    imported(live, write(MERGED))
    preview = imported(live, write(MERGED, ONE))
    assert [row.outcome.value for row in preview.plan.rows] == ["rejected", "created"]
    assert slugs(live) == {"siae-1", "siae-12"}
    assert leads_to(live, "siae-2") == "siae-12"


# What is gone --------------------------------------------------------------------------------


def test_what_was_taken_back_says_so_without_its_name(live: Engine, write: Write) -> None:
    """An import may be taken back for what it told: its address tells the reason and the day."""
    imported(live, write(ONE))
    rolled_back(live, 1)
    gone = answer(live, "siae-1")
    assert type(gone) is Withdrawn
    assert "a été annulée" in gone.message
    assert "« Un »" not in spaced(gone.message)
    assert isinstance(answer(live, "siae-9"), UnknownRecord)


def test_what_replaced_it_may_be_gone_too(live: Engine, write: Write) -> None:
    """A successor that is gone leads nowhere, and circles end."""
    imported(live, write(ONE))
    imported(live, write(["2", "Deux", "21231", "1"]))
    with live.begin() as connection:
        circle = "UPDATE given_slug SET reason = 'replaced', successor = '1' WHERE key = '2'"
        connection.execute(text(circle))
    assert type(answer(live, "siae-1")) is Withdrawn


def test_a_shipped_identifier_may_change(live: Engine, folder: Path) -> None:
    """The next version of the data renames one record and drops another: both addresses answer."""
    line = line_of(folder, "initiatives", "identifiant", "digifab")
    correct(folder, "initiatives", line, identifiant="digifab-lille", remplace="digifab|fabdigi")
    rewrite(folder / "initiatives.csv", lambda rows: [r for r in rows if r["identifiant"] != GONE])
    for table in ("initiative_qpv", "initiative_evidence", "initiative_places"):
        rewrite(folder / f"{table}.csv", renamed)
    shipped, issues = read_shipped(folder)
    assert not issues
    assert not rule_faults(shipped)
    initialise(live, folder)
    assert leads_to(live, "digifab") == leads_to(live, "fabdigi") == "digifab-lille"
    gone = answer(live, GONE)
    assert type(gone) is Withdrawn
    assert "sa source ne la donne plus" in gone.message
    assert [label for label, _ in gone.ways]
    assert not store_faults(live)


GONE = "amap-solidaire-verdun"


def renamed(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """The facts of a shipped table, after one initiative is renamed and another dropped."""
    names = {"digifab": "digifab-lille"}
    return [
        row | {"initiative": names.get(row["initiative"], row["initiative"])}
        for row in rows
        if row["initiative"] != GONE
    ]


def test_shipped_data_replace_what_is_gone_only(folder: Path) -> None:
    """An identifier that is still there, or replaced twice, is a fault of the table."""
    correct(folder, "initiatives", 2, remplace="digifab")
    correct(folder, "initiatives", 3, remplace="ancienne")
    correct(folder, "initiatives", 4, remplace="ancienne")
    shipped, _ = read_shipped(folder)
    assert [issue.column for issue in rule_faults(shipped)] == ["remplace", "remplace"]
