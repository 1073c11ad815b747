"""An edition of the catalogue: what it creates, changes, retires, refuses; and the way back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from effort import examples
from hypothesis import given
from hypothesis import strategies as st
from shipped_copy import Cells, cells_of, write_cells
from sqlalchemy import Engine, insert, select

from mapapp.catalogue import load_catalogue
from mapapp.errors import BadInput, DataFault, NotReady
from mapapp.exporting.extracts import resources as exported
from mapapp.importing.resource_planning import ResourcePlan
from mapapp.importing.resource_writing import held_resources
from mapapp.importing.resources import plan_resources, publish_resources
from mapapp.importing.rolling_back import roll_back
from mapapp.matching import Subject, matches
from mapapp.memory import Memory
from mapapp.paths import shipped
from mapapp.queries.facts import holdings
from mapapp.queries.initiatives import Initiatives
from mapapp.queries.retired import Retirement, retirement
from mapapp.queries.search import search
from mapapp.shipping import initialise
from mapapp.store import State
from mapapp.store import catalogue as cat
from mapapp.store import initiatives as ini
from mapapp.store.engine import sessions, upgrade_schema
from mapapp.store.runs import Run, RunChange

pytestmark = pytest.mark.both_databases

#: The edition of 2027 leaves them out: one that nothing replaces, one that an initiative's record
#: leads to, and one that a new resource replaces.
GONE, GONE_SHEET, REPLACED = "rapport-2020-de-l-onpv", "digifab", "la-politique-de-la-ville"
RETITLED, NEW = "tiers-lieux", "la-politique-de-la-ville-en-2027"


@pytest.fixture
def store(live: Engine) -> Engine:
    """A store built from the small copy of the data, the catalogue whole."""
    return live


@pytest.fixture
def lines(folder: Path) -> dict[str, Cells]:
    """The lines of the shipped catalogue, by identifier, for a test to change."""
    return {cells["id"]: cells for cells in cells_of(folder / "resources.csv")}


@pytest.fixture
def edition(lines: dict[str, Cells], tmp_path: Path) -> Path:
    """The edition of 2027: two resources less, one replaced, one with another title."""
    successor = lines[REPLACED] | {"id": NEW, "remplace": REPLACED}
    for slug in (GONE, GONE_SHEET, REPLACED):
        del lines[slug]
    lines[RETITLED] |= {"titre": "Les tiers-lieux en 2027"}
    return written(tmp_path / "2027.csv", [successor, *lines.values()])


def written(path: Path, lines: list[Cells]) -> Path:
    """A file of an edition, the column « remplace » last."""
    header = [*(name for name in lines[-1] if name != "remplace"), "remplace"]
    write_cells(path, lines, header)
    return path


def publish(store: Engine, path: Path, edition: str | None = "2027") -> tuple[ResourcePlan, int]:
    """Publish a file; the plan and the number of the run."""
    with sessions(store).begin() as session:
        plan, run = publish_resources(session, path, edition, "camille")
        return plan, run.id


def kept(store: Engine) -> dict[str, dict[str, Any]]:
    """Every resource of the store, whole."""
    with sessions(store)() as session:
        return held_resources(session)


def planned(store: Engine, path: Path) -> ResourcePlan:
    """What a file would change."""
    with sessions(store)() as session:
        return plan_resources(session, path)


def test_the_shipped_catalogue_imported_changes_nothing(store: Engine, folder: Path) -> None:
    """The file that shipped tells what the store holds: eighty lines unchanged, none to write."""
    plan = planned(store, folder / "resources.csv")
    assert plan.counts == {
        "created": 0, "updated": 0, "unchanged": 80, "retired": 0, "rejected": 0,
    }  # fmt: skip
    assert not plan.after


def test_a_preview_tells_each_change_and_writes_nothing(store: Engine, edition: Path) -> None:
    """What comes, what changes by column, what is retired and by what it is replaced."""
    before = kept(store)
    plan = planned(store, edition)
    assert plan.counts == {
        "created": 1, "updated": 1, "unchanged": 76, "retired": 3, "rejected": 0,
    }  # fmt: skip
    told = "\n".join(plan.lines())
    former = before[RETITLED]["title"]
    assert f"({RETITLED}), titre\u00a0: «\u00a0{former}\u00a0» devient «\u00a0Les tiers" in told
    assert f"({REPLACED}) est retirée\u00a0: remplacée par «\u00a0{NEW}\u00a0»." in told
    assert f"({GONE}) est retirée\u00a0: rien ne la remplace." in told
    assert kept(store) == before


def test_a_retired_resource_is_kept_apart(store: Engine, edition: Path) -> None:
    """It stays in the store with what replaces it, and leaves catalogue, counts and search."""
    publish(store, edition)
    with sessions(store)() as session:
        held = held_resources(session)
        shown = {resource.slug for resource in load_catalogue(session).resources}
        assert {slug for slug, values in held.items() if values["retired"]} == (
            {GONE, GONE_SHEET, REPLACED}
        )
        assert held[REPLACED]["replaced_by"] == NEW
        assert shown == {slug for slug, values in held.items() if not values["retired"]}
        assert holdings(session).resources == len(shown) == 78
        hits = search(Initiatives(session, Memory()), held[GONE]["title"])
        assert GONE not in {hit.code for hit in hits}


def test_an_edition_is_stamped_on_what_it_holds(store: Engine, edition: Path) -> None:
    """What it holds bears its name; what it retires keeps the name of the last that held it."""
    publish(store, edition)
    held = kept(store)
    assert held[RETITLED]["edition"] == held[NEW]["edition"] == "2027"
    assert held[GONE]["edition"] is None


def test_an_edition_published_twice_changes_nothing(store: Engine, edition: Path) -> None:
    """The same file again finds its own work done."""
    publish(store, edition)
    before = kept(store)
    plan, _ = publish(store, edition)
    assert plan.counts["unchanged"] == 78
    assert not plan.after
    assert kept(store) == before


def test_an_initiative_keeps_its_link_and_is_offered_others(store: Engine, edition: Path) -> None:
    """The link to a retired sheet stays in the store, and no match names the sheet any more."""
    publish(store, edition)
    with sessions(store)() as session:
        links = select(ini.InitiativeResource).where(
            ini.InitiativeResource.resource_slug == GONE_SHEET
        )
        assert session.scalars(links).all()
        record = Initiatives(session, Memory()).record("digifab")
        proposed = [match.resource.slug for match in record.matches]
        assert proposed
        assert GONE_SHEET not in proposed


def test_matching_never_proposes_what_is_retired(store: Engine, edition: Path) -> None:
    """Whatever the themes, only the edition in force is proposed."""
    publish(store, edition)
    with sessions(store)() as session:
        held = load_catalogue(session)
        for theme in held.initiative_themes:
            subject = Subject((theme.slug,), sheets=(GONE_SHEET, REPLACED), region_code="27")
            proposed = {match.resource.slug for match in matches(subject, held)}
            assert proposed.isdisjoint({GONE, GONE_SHEET, REPLACED})


def test_the_version_of_the_data_changes(store: Engine, edition: Path) -> None:
    """A process that remembers the former catalogue forgets it."""
    memory = Memory()
    with sessions(store)() as session:
        assert memory.catalogue(session).resource(GONE)
    publish(store, edition)
    with sessions(store)() as session:
        assert memory.catalogue(session).resource(GONE) is None


def test_the_run_tells_what_it_changed(store: Engine, edition: Path) -> None:
    """Who, which file, how many; each resource whole before and after."""
    before = kept(store)
    _, number = publish(store, edition)
    with sessions(store)() as session:
        run = session.get_one(Run, number)
        assert (run.kind, run.state, run.author) == ("resources", "published", "camille")
        assert run.counts["retired"] == 3
        changes = {change.key: change for change in run.changes}
        assert changes[GONE].before == before[GONE]
        assert changes[GONE].after == kept(store)[GONE]
        assert changes[NEW].before is None


def test_going_back_restores_every_row(store: Engine, edition: Path) -> None:
    """Resources, publishers and the export are what they were, the new resource is gone."""
    before, cells = kept(store), exported_cells(store)
    _, number = publish(store, edition)
    assert kept(store) != before
    restore(store, number)
    assert kept(store) == before
    assert exported_cells(store) == cells


def test_going_back_two_editions_passes_by_the_first(
    store: Engine, edition: Path, folder: Path
) -> None:
    """The second taken back gives the first; the first, what shipped."""
    shipped_rows = kept(store)
    _, first = publish(store, edition)
    after_first = kept(store)
    _, second = publish(store, folder / "resources.csv", "2028")
    assert not kept(store)[GONE]["retired"]
    restore(store, second)
    assert kept(store) == after_first
    restore(store, first)
    assert kept(store) == shipped_rows


def test_going_back_over_a_later_edition_is_refused(
    store: Engine, edition: Path, folder: Path
) -> None:
    """The later one goes first: a sentence names it, and nothing changes."""
    _, first = publish(store, edition)
    _, second = publish(store, folder / "resources.csv", "2028")
    before = kept(store)
    with pytest.raises(BadInput, match=f"annulez d’abord la {second}"):
        restore(store, first)
    assert kept(store) == before


def test_going_back_refuses_to_lose_a_change_that_no_run_tells(
    store: Engine, edition: Path
) -> None:
    """A title corrected by hand since is not what the run wrote: nothing changes."""
    _, number = publish(store, edition)
    with sessions(store).begin() as session:
        session.get_one(cat.Resource, RETITLED).title = "Corrigé à la main"
    before = kept(store)
    with pytest.raises(BadInput, match=f"{RETITLED}.* n’est plus comme la publication"):
        restore(store, number)
    assert kept(store) == before


def test_going_back_refuses_to_cut_a_link(store: Engine, edition: Path) -> None:
    """An initiative that leads to a new resource holds it in place."""
    _, number = publish(store, edition)
    with sessions(store).begin() as session:
        initiative = session.scalars(select(ini.Initiative.id)).first()
        link = {"initiative_id": initiative, "resource_slug": NEW, "rank": 99}
        session.execute(insert(ini.InitiativeResource), [link])
    before = kept(store)
    with pytest.raises(BadInput, match=NEW):
        restore(store, number)
    assert kept(store) == before


@examples(12)
@given(choice=st.data())
def test_any_edition_comes_and_goes_back(
    engine: Engine, tmp_path_factory: pytest.TempPathFactory, choice: st.DataObject
) -> None:
    """Whatever it leaves out and replaces: exactly that is retired, and all of it comes back."""
    shipped_lines = {c["id"]: c for c in cells_of(shipped("data") / "resources.csv")}
    slugs = sorted(shipped_lines)
    stays = choice.draw(st.sets(st.sampled_from(slugs), min_size=1), label="stays")
    gone = sorted(set(slugs) - stays)
    successors = st.sampled_from(sorted(stays))
    leads = choice.draw(st.dictionaries(st.sampled_from(gone or slugs), successors), label="leads")
    leads = {slug: by for slug, by in leads.items() if slug in gone}
    lines = [
        shipped_lines[slug] | {"remplace": "|".join(g for g, by in leads.items() if by == slug)}
        for slug in sorted(stays)
    ]
    path = written(tmp_path_factory.mktemp("edition") / "edition.csv", lines)
    with sessions(engine)() as session:  # never committed: the store is shared
        before = held_resources(session)
        _, run = publish_resources(session, path, "2027", "camille")
        found = {slug: retirement(session, slug) for slug in slugs}
        assert {slug: r.successor for slug, r in found.items() if r} == {
            slug: leads.get(slug) for slug in gone
        }
        roll_back(session, run.id)
        assert held_resources(session) == before


def restore(store: Engine, number: int) -> None:
    """Take a run back as ``mapapp rollback`` does."""
    with sessions(store).begin() as session:
        roll_back(session, number)


def exported_cells(store: Engine) -> list[tuple[object, ...]]:
    """The lines of the catalogue's export."""
    with sessions(store)() as session:
        return [record.cells for record in exported(session).records]


def test_init_leaves_an_imported_edition_alone(store: Engine, folder: Path, edition: Path) -> None:
    """The shipped catalogue loaded again neither brings back nor takes away anything."""
    publish(store, edition)
    before, links = kept(store), sheet_links(store)
    cells = cells_of(folder / "publishers.csv")
    assert cells[0]["nom"] != "Un autre nom"
    write_cells(
        folder / "publishers.csv", [cells[0] | {"nom": "Un autre nom"}, *cells[1:]], cells[0]
    )
    assert initialise(store, folder).changed
    assert kept(store) == before
    assert sheet_links(store) == links


def sheet_links(store: Engine) -> set[tuple[str, str]]:
    """Which initiative leads to which resource."""
    with sessions(store)() as session:
        rows = session.execute(
            select(ini.Initiative.slug, ini.InitiativeResource.resource_slug).join(
                ini.InitiativeResource, ini.InitiativeResource.initiative_id == ini.Initiative.id
            )
        )
        return {(slug, resource) for slug, resource in rows}


def test_init_survives_a_sheet_that_the_edition_never_knew(
    store: Engine, folder: Path, edition: Path
) -> None:
    """A later mapapp ships an initiative with its sheet: without it, the initiative comes alone."""
    publish(store, edition)
    before = kept(store)
    resources, initiatives = folder / "resources.csv", folder / "initiatives.csv"
    shipped_lines, told = cells_of(resources), cells_of(initiatives)
    write_cells(
        resources, [*shipped_lines, shipped_lines[0] | {"id": "fiche-neuve"}], shipped_lines[0]
    )
    told[0]["ressources"] = "fiche-neuve"
    write_cells(initiatives, told, told[0])
    initialise(store, folder)
    assert kept(store) == before
    assert "fiche-neuve" not in {resource for _, resource in sheet_links(store)}


def test_init_takes_the_catalogue_back_after_a_rollback(
    store: Engine, folder: Path, edition: Path
) -> None:
    """With no imported edition in force, a corrected title comes in again."""
    _, number = publish(store, edition)
    restore(store, number)
    corrected = cells_of(folder / "resources.csv")
    corrected[0]["titre"] = "Un titre corrigé"
    write_cells(folder / "resources.csv", corrected, corrected[0])
    initialise(store, folder)
    assert kept(store)[corrected[0]["id"]]["title"] == "Un titre corrigé"


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("annee", "deux mille", "un nombre entier est attendu"),
        ("titre", "", "une valeur est obligatoire"),
        ("editeurs", "rtes|inconnu", "aucun éditeur n’a cet identifiant"),
        ("theme", "inconnu", "aucun thème n’a cet identifiant"),
        ("chapitre", "99", "aucun chapitre ne porte ce numéro"),
        ("type_lien", "none", "« none » veut dire"),
        ("note", "écrire à camille@exemple.fr", "ni courriel ni téléphone"),
        ("remplace", "jamais-vue", "aucune ressource connue n’a cet identifiant"),
        ("remplace", "digifab", "cette ressource est encore dans le fichier"),
        ("titre", "x" * 40_000, "plus de 32000 caractères"),
    ],
)
def test_a_faulty_cell_rejects_its_line(
    store: Engine, lines: dict[str, Cells], tmp_path: Path, column: str, value: str, message: str
) -> None:
    """The issue names file, line, column and value; the resource stays as it was, not retired."""
    before = kept(store)
    lines[REPLACED][column] = value
    plan, _ = publish(store, written(tmp_path / "edition.csv", list(lines.values())), None)
    (issue,) = plan.issues
    assert (issue.file, issue.line, issue.column) == ("edition.csv", 2, column)
    assert message in issue.message.replace("\u00a0", " ")
    assert plan.counts["rejected"] == 1
    assert kept(store) == before


def test_two_lines_cannot_replace_the_same_resource(
    store: Engine, lines: dict[str, Cells], tmp_path: Path
) -> None:
    """An address leads to one page: the second line that claims it is rejected, and says why."""
    del lines[GONE]
    for slug in (RETITLED, "digifab"):
        lines[slug]["remplace"] = GONE
    plan = planned(store, written(tmp_path / "edition.csv", list(lines.values())))
    (issue,) = plan.issues
    assert "déjà remplacée ligne" in issue.message


def test_what_a_rejected_line_replaces_waits(
    store: Engine, lines: dict[str, Cells], tmp_path: Path
) -> None:
    """Until its line is corrected, a replaced resource is not retired to nowhere."""
    del lines[GONE]
    lines[RETITLED] |= {"remplace": GONE, "annee": "?"}
    publish(store, written(tmp_path / "edition.csv", list(lines.values())))
    assert not kept(store)[GONE]["retired"]


def test_nothing_is_retired_while_an_identifier_cannot_be_read(
    store: Engine, lines: dict[str, Cells], tmp_path: Path
) -> None:
    """« Tiers Lieux » for « tiers-lieux » is a typing error, not a departure."""
    del lines[GONE]
    lines[RETITLED]["id"] = "Tiers Lieux"
    plan, _ = publish(store, written(tmp_path / "edition.csv", list(lines.values())))
    assert plan.counts["retired"] == 0
    assert any("Aucune ressource n’est retirée" in line for line in plan.lines())
    assert not any(values["retired"] for values in kept(store).values())


def test_a_repeated_identifier_rejects_the_second_line(
    store: Engine, lines: dict[str, Cells], tmp_path: Path
) -> None:
    """The first line tells the resource; the other is an issue that names the first."""
    repeated = [*lines.values(), lines[GONE] | {"titre": "Autre titre"}]
    plan = planned(store, written(tmp_path / "edition.csv", repeated))
    (issue,) = plan.issues
    assert (issue.line, issue.message) == (82, "identifiant déjà employé ligne 3")
    assert plan.counts["unchanged"] == 80


def test_unknown_columns_are_told_and_left_out(
    store: Engine, lines: dict[str, Cells], tmp_path: Path
) -> None:
    """A column that is not ours is named in the report; headers in capitals are recognised."""
    header = {name: name.upper().replace("_", " ") for name in lines[GONE]}
    renamed = [
        {header[name]: cell for name, cell in cells.items()} | {"Cote": "B12"}
        for cells in lines.values()
    ]
    path = tmp_path / "edition.csv"
    write_cells(path, renamed, renamed[0])
    plan = planned(store, path)
    assert plan.counts["unchanged"] == 80
    assert any("Cote" in note for note in plan.notes)


def test_a_missing_column_refuses_the_file(
    store: Engine, lines: dict[str, Cells], tmp_path: Path
) -> None:
    """An edition is whole: a file without summaries would empty them all."""
    path = tmp_path / "edition.csv"
    write_cells(
        path,
        [{name: cell for name, cell in c.items() if name != "resume"} for c in lines.values()],
        [name for name in lines[GONE] if name != "resume"],
    )
    with pytest.raises(DataFault, match="il manque les colonnes resume"):
        planned(store, path)


def test_a_file_without_any_sound_line_refuses_to_empty_the_catalogue(
    store: Engine, lines: dict[str, Cells], tmp_path: Path
) -> None:
    """Nothing to keep is a fault of the file, never an edition without resources."""
    with pytest.raises(DataFault, match="aucune ressource ne peut être gardée"):
        planned(store, written(tmp_path / "edition.csv", [lines[GONE] | {"titre": ""}]))


def test_an_empty_store_is_told(new_engine: Engine, folder: Path) -> None:
    """Before ``mapapp init`` there is no catalogue to compare with."""
    upgrade_schema(new_engine)
    with pytest.raises(NotReady):
        planned(new_engine, folder / "resources.csv")


def test_an_address_leads_through_editions_to_the_page_of_today(
    store: Engine, edition: Path, tmp_path: Path
) -> None:
    """Replaced in 2027 by what 2030 replaces again, a resource leads to that of 2030."""
    publish(store, edition)
    lines = {cells["id"]: cells for cells in cells_of(edition)}
    lines["politique-2030"] = lines.pop(NEW) | {"id": "politique-2030", "remplace": NEW}
    publish(store, written(tmp_path / "2030.csv", list(lines.values())), "2030")
    with sessions(store)() as session:
        assert retirement(session, REPLACED) == Retirement(
            kept(store)[REPLACED]["title"], None, "politique-2030"
        )
        assert retirement(session, "politique-2030") is None


def test_a_resource_that_returns_is_in_the_catalogue_again(
    store: Engine, edition: Path, folder: Path
) -> None:
    """An edition that holds it anew forgets what replaced it."""
    publish(store, edition)
    plan, _ = publish(store, folder / "resources.csv", "2028")
    returned = {row.key: row for row in plan.rows}[REPLACED]
    assert returned.changes == {"retirée": (True, False), "remplacée par": (NEW, None)}
    with sessions(store)() as session:
        assert load_catalogue(session).resource(REPLACED)
        assert retirement(session, REPLACED) is None


def test_a_failed_publication_leaves_nothing(
    store: Engine, edition: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Interrupted before the end, neither a resource nor a run nor another version is left."""
    before, version = kept(store), version_of(store)

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("mapapp.importing.resources.mark_change", fail)
    with pytest.raises(OSError, match="disk full"):
        publish(store, edition)
    assert kept(store) == before
    assert version_of(store) == version
    with sessions(store)() as session:
        assert not session.scalars(select(RunChange.key)).all()


def version_of(store: Engine) -> str:
    """The version of the data."""
    with sessions(store)() as session:
        return session.get_one(State, "data_version").value


def test_programs_read_the_same_preview(store: Engine, edition: Path) -> None:
    """As JSON: the run, the counts, and every resource with what becomes of it."""
    told = planned(store, edition).as_json(None)
    assert told["run"] is None
    assert {row["key"]: row["replaced_by"] for row in told["rows"] if row["line"] is None} == {
        GONE: None, GONE_SHEET: None, REPLACED: NEW,
    }  # fmt: skip
