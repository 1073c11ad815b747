"""From white spots as values to the API's shapes; knows no request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mapapp.api import coverage_schemas as shapes
from mapapp.api.schemas import CommuneRef
from mapapp.queries.coverage import Cell, Coverage, QpvRow, Totals
from mapapp.queries.coverage_examples import NamedInitiative, examples_near

Names = Mapping[int, NamedInitiative]

#: A rate to a hundredth of a per cent: finer than any count of QPVs can tell.
_RATE_DECIMALS = 4


def summary(asked: Coverage) -> dict[str, Any]:
    """The totals of a selection, as fields of the answer."""
    return {
        "generation": asked.filters.generation,
        "distance_m": asked.filters.distance,
        "total": _totals(asked.total()),
        "states": {state.value: count for state, count in asked.states().items()},
        "territories": list(map(_totals, asked.by_territory())),
    }


def lines(asked: Coverage, rows: Sequence[QpvRow]) -> list[shapes.CoverageLine]:
    """The lines of the matrix, the nearest examples named."""
    names = examples_near(asked.session, rows)
    return [_line(row, names) for row in rows]


def _totals(told: Totals) -> shapes.CoverageTotals:
    return shapes.CoverageTotals(
        kind=told.kind,
        code=told.code,
        name=told.name,
        qpvs=told.qpvs,
        with_example=told.with_example,
        without_example=told.without_example,
        cells=told.cells,
        filled=told.filled,
        qpv_rate=round(told.qpv_rate, _RATE_DECIMALS),
        cell_rate=round(told.cell_rate, _RATE_DECIMALS),
    )


def _line(row: QpvRow, names: Names) -> shapes.CoverageLine:
    return shapes.CoverageLine(
        code=row.code,
        name=row.name,
        generation=row.generation,
        communes=[
            CommuneRef(insee_code=c.insee_code, name=c.name, departement=c.departement)
            for c in row.communes
        ],
        population=row.population,
        empty=row.empty,
        nearest_m=row.nearest_m,
        cells=[_cell(cell, names) for cell in row.cells],
        url=row.url,
    )


def _cell(cell: Cell, names: Names) -> shapes.CoverageCell:
    return shapes.CoverageCell(
        theme=cell.theme.slug,
        state=cell.state.value,
        label=cell.state.label,
        examples=cell.examples,
        possible=cell.possible,
        reach_m=cell.reach_m,
        nearest=[
            shapes.CoverageNear(
                slug=names[near.initiative_id].slug,
                name=names[near.initiative_id].name,
                distance_m=near.distance_m,
                reach_m=near.reach_m,
                url=names[near.initiative_id].url,
            )
            for near in cell.nearest
        ],
    )
