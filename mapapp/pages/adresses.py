"""Is an address in a QPV, and each row of a file: ``/adresses``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request

from geo.verdict import Status
from mapapp.filters import Filters
from mapapp.joining import sample
from mapapp.joining.columns import Wanted
from mapapp.joining.summary import MOST_LISTED
from mapapp.joining.uploads import LARGEST_UPLOAD, MOST_ADDRESSES, MOST_ROWS, JoinedUpload
from mapapp.pages.dessin import Drawn, drawn
from mapapp.pages.pres_de_moi import outside, read_search, verdicts_on
from mapapp.queries.places import FoundPlace
from mapapp.web.context import session
from mapapp.web.files import MEDIA_TYPES
from mapapp.web.limits import UPLOADS, few_files
from mapapp.web.uploads import joined

bp = Blueprint("adresses", __name__)

PATH = "/adresses"

#: Rows of the preview, and characters of one of its cells: a look, not the file.
PREVIEWED, LONGEST_SHOWN = 20, 160

#: The map of one address: what one walks around it, and never less than its own doubt.
AROUND_M = 700.0
MAP_WIDTH, MAP_HEIGHT = 640, 420

#: Statuses in the order of what people look for, in words for a column of counts.
STATUS_WORDS = {
    Status.INSIDE: "Dans un QPV",
    Status.BORDER: "À la limite, à vérifier",
    Status.NEAR: "À 300 m ou moins",
    Status.POSSIBLE: "Peut-être",
    Status.OUTSIDE: "Hors QPV",
    Status.UNKNOWN: "Inconnu",
}


@dataclass(frozen=True, slots=True)
class Preview:
    """What the page shows of a joined file."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    result: JoinedUpload

    @property
    def counts(self) -> list[tuple[str, str, dict[int, int]]]:
        """Status, its words, and how many rows have it in each generation."""
        statuses = self.result.summary.statuses
        return [
            (status.value, words, {of: counts[status.value] for of, counts in statuses.items()})
            for status, words in STATUS_WORDS.items()
        ]


@bp.get(PATH)
def adresses() -> str:
    """One address, or the form for a file."""
    search = read_search(request.args.to_dict(flat=False), session())
    return _page(search=search, **(_found(search.place) if search.place else {}))


@bp.post(PATH)
@few_files
def adresses_file() -> Response:
    """The file with its verdicts, or what it holds in short when ``voir`` is asked."""
    form = request.form
    address = tuple(filter(None, map(str.strip, form.get("adresse", "").split(","))))
    wanted = Wanted(form.get("lon", "").strip(), form.get("lat", "").strip(), address)
    result = joined(request.files.get("fichier"), wanted)
    answer = _preview(result) if form.get("voir") else _attachment(result)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@bp.get(f"{PATH}/exemple.csv")
def example() -> Response:
    """A small file to try, made of what the store holds."""
    response = Response(sample.sample_file(session()), mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename="exemple-adresses.csv")
    return response


def _page(**shown: Any) -> str:
    limits = {
        "megabytes": LARGEST_UPLOAD // 1_000_000,
        "rows": MOST_ROWS,
        "addresses": MOST_ADDRESSES,
        "per_minute": int(UPLOADS.split()[0]),
    }
    return render_template("adresses.html", limits=limits, **{"search": None} | shown)


def _found(place: FoundPlace) -> dict[str, Any]:
    return {
        "place": place,
        "outside": outside(place),
        "verdicts": verdicts_on(place),
        "drawn": _drawn(place),
    }


def _drawn(place: FoundPlace) -> Drawn:
    lat, lon = place.position.lat_lon
    rayon = max(AROUND_M, round(place.position.radius_m, -2))
    return drawn(replace(Filters(), lat=lat, lon=lon, rayon=rayon), MAP_WIDTH, MAP_HEIGHT)


def _attachment(result: JoinedUpload) -> Response:
    media_type = MEDIA_TYPES[result.suffix.removeprefix(".")]
    response = Response(result.written().getvalue(), mimetype=media_type)
    response.headers.set("Content-Disposition", "attachment", filename=result.file_name)
    return response


def _preview(result: JoinedUpload) -> Response:
    rows = tuple(
        (joined.row.line, tuple(_shown(cell) for cell in joined.cells))
        for joined in result.rows[:PREVIEWED]
    )
    preview = Preview(result.upload.name, result.columns, rows, result)
    return make_response(_page(preview=preview, most_listed=MOST_LISTED))


def _shown(cell: object) -> str:
    text = "" if cell is None else str(cell)
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"
