"""The drawn map of some filters: the sheet that :mod:`mapapp.maps.drawing` sets down as SVG.

Every located initiative that the filters keep is in one mark or one group of one panel; those that
have no position are told in a note.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.distance import Box
from geo.windows import Window, enclosing, meeting
from mapapp.catalogue import MONTHS
from mapapp.filters import Filters
from mapapp.maps.land import land
from mapapp.maps.layout import Place, map_height, note_lines, places
from mapapp.maps.sheet import Contour, Panel, Ring, Sheet
from mapapp.maps.territories import METROPOLE, OVERSEAS, OVERSEAS_SINCE_2025
from mapapp.memory import Memory
from mapapp.queries.drawn_ground import contours, quartiers, towns
from mapapp.queries.drawn_marks import marks_and_groups
from mapapp.queries.matching_filters import Kept, kept_by, within
from mapapp.queries.views import View, view
from mapapp.store import State
from mapapp.store import territory as ter

#: What a drawing shows, as its title says: white spots, or initiatives.
_SUBJECTS = ("Carte des QPV sans exemple connu", "Carte des initiatives")

#: The inset of what lies neither in metropolitan France nor in an overseas territory with QPVs.
_ELSEWHERE = "Ailleurs"

#: Where the outlines of départements would be wrong by more than this, they are not shown.
_FARTHEST_ASTRAY_PX = 40.0


def drawn_map(
    session: Session,
    memory: Memory,
    filters: Filters,
    width: int,
    height: int,
    lacks: Mapping[str, str] | None = None,
) -> Sheet:
    """The map of what the filters keep, on a sheet of so many pixels.

    ``lacks`` makes it a map of white spots: by QPV code, « tout », « partie » or « rien » lacks an
    example; initiatives are not shown.
    """
    return _Drawer(session, memory, filters, lacks).sheet(width, height)


class _Drawer:
    """One drawing: what is kept, what is framed, and with what it is filled."""

    def __init__(
        self,
        session: Session,
        memory: Memory,
        filters: Filters,
        lacks: Mapping[str, str] | None,
    ) -> None:
        self.session = session
        self.memory = memory
        self.filters = replace(filters, page=1)
        self.kept = kept_by(session, memory, filters)
        self.lacks = lacks
        self.located = self.kept.located if lacks is None else self.kept.none
        self.view: View = view(session, filters, self.kept)
        self.quartiers = quartiers(session, memory, filters.generation)

    def sheet(self, width: int, height: int) -> Sheet:
        """The whole sheet."""
        notes = self._notes()
        lines = note_lines(notes, width)
        return Sheet(
            width=width,
            height=height,
            title=f"{_SUBJECTS[self.lacks is None]} : {self.view.name}",
            description=" ".join(notes),
            notes=lines,
            panels=self._panels(width, map_height(height, len(lines))),
        )

    def _notes(self) -> list[str]:
        return [self._told() if self.lacks is None else self._lacks_told(), self._sources()]

    def _lacks_told(self) -> str:
        counts = Counter((self.lacks or {}).values())
        return (
            f"Vides : {counts['tout']} QPV sans aucun exemple connu. Tiretés : {counts['partie']} "
            f"en partie. Pleins : {counts['rien']} avec un exemple pour chaque thème."
        )

    def _told(self) -> str:
        located, missing = self.located.count, self.kept.unlocated.count
        subject = self.view.name[0].upper() + self.view.name[1:]
        told = f"{subject} : {_initiatives(located).lower()} sur la carte."
        if missing == 1:
            told += " 1 initiative non localisée n’est pas sur la carte."
        elif missing:
            told += f" {_initiatives(missing)} non localisées ne sont pas sur la carte."
        return told

    def _sources(self) -> str:
        index = self.memory.index(self.session, self.filters.generation)
        return (
            f"Contours : ANCT, IGN, INSEE. QPV {self.filters.generation} : "
            f"{index.contours.edition}. Données du {self._loaded_on()}."
        )

    def _loaded_on(self) -> str:
        iso = self.session.scalar(select(State.value).where(State.key == "loaded_on"))
        day = date.fromisoformat(iso or "")
        return f"{day.day} {MONTHS[day.month - 1]} {day.year}"

    def _panels(self, width: int, height: float) -> list[Panel]:
        if self.view.box:
            (place,) = places(width, height, self.view.box, ())
            return [self._panel(place, self.located, "")]
        insets, shares = self._shares()
        spots = places(width, height, METROPOLE, [box for _, box in insets])
        names = ["", *(name for name, _ in insets)]
        return [self._panel(*each) for each in zip(spots, shares, names, strict=True)]

    def _shares(self) -> tuple[list[tuple[str, Box]], list[Kept]]:
        """The insets of the map of France, and the initiatives of the main panel and of each."""
        insets = [(name, box) for _, name, box in OVERSEAS]
        insets += [(name, box) for _, name, box in OVERSEAS_SINCE_2025 if self._occupied(box)]
        left, shares = self.located, []
        for box in (METROPOLE, *(box for _, box in insets)):
            here = within(left.columns.points, box)
            shares.append(left.but(here))
            left = left.but(~here)
        if left.count:
            insets.append((_ELSEWHERE, enclosing(*left.lons_lats)))
            shares.append(left)
        return insets, shares

    def _occupied(self, box: Box) -> bool:
        """Whether there is anything to show in a box."""
        return bool(
            len(meeting(self.quartiers.tree, box))
            or self.located.but(within(self.located.columns.points, box)).count
        )

    def _panel(self, place: Place, kept: Kept, name: str) -> Panel:
        window = place.window
        marks, groups = marks_and_groups(self.session, self.filters, kept, window)
        return Panel(
            left=place.left,
            top=place.top,
            window=window,
            name=name,
            land=self._land(window),
            contours=() if name == _ELSEWHERE else self._contours(window),
            ring=self._ring(),
            marks=marks,
            groups=groups,
            towns=() if name else towns(self.session, self.memory, window),
        )

    def _land(self, window: Window) -> Sequence[Any] | None:
        """The départements; close by, where their outlines would mislead, none."""
        if land().tolerance_m > _FARTHEST_ASTRAY_PX * window.metres_per_px:
            return None
        return land().within(window.box)

    def _contours(self, window: Window) -> list[Contour]:
        """The QPVs of the generation, and the one asked for when it is of the other one."""
        asked = self.filters.qpv
        drawn = contours(self.quartiers, window, asked, self.lacks)
        row = self.session.get(ter.Qpv, asked) if asked else None
        if row and row.generation != self.filters.generation:
            others = quartiers(self.session, self.memory, row.generation)
            drawn += [found for found in contours(others, window, asked) if found.asked]
        return drawn

    def _ring(self) -> Ring | None:
        place = self.filters.place
        return Ring(place.lon, place.lat, self.filters.rayon) if place else None


def _initiatives(count: int) -> str:
    if count == 0:
        return "Aucune initiative"
    return f"{count:,} initiative{'s' if count > 1 else ''}".replace(",", "\u202f")
