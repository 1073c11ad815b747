"""An embed: what the site that shows it has fixed, what its visitor adds, its address and code.

The webmaster's filters have the names that they have everywhere and cannot be undone inside the
embed; the visitor's own have names apart, ``recherche`` and ``choix``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from markupsafe import Markup
from sqlalchemy.orm import Session

from geo.wording import metres
from mapapp.accents import read_accent
from mapapp.catalogue import Catalogue, Theme
from mapapp.errors import FieldError, cited
from mapapp.filters import Arguments, Filters, read_known_filters, read_query
from mapapp.queries.territory_choices import territory_named
from mapapp.store import catalogue as cat
from mapapp.store import territory as ter

PATH = "/embed"

#: What an embed may show.
VIEWS = {
    "les-deux": "La carte et la liste",
    "carte": "La carte seule",
    "liste": "La liste seule",
    "compteur": "Le nombre de quartiers sans exemple connu",
    "ressources": "Les ressources du catalogue",
}
DEFAULT_VIEW = "les-deux"

#: Filters that an embed listens to, and those of them that change the counter.
LISTENED = (
    *("q", "theme", "qpv", "commune", "departement", "region", "epci", "source", "etat"),
    *("generation", "distance", "lat", "lon", "rayon", "bbox", "page"),
)
OF_COUNTER = (
    *("theme", "qpv", "commune", "departement", "region", "epci"),
    *("generation", "distance"),
)
OF_RESOURCES = ("q", "theme")

#: Pixels that each view needs before its frame scrolls, and a card.
HEIGHTS = {"les-deux": 680, "carte": 600, "liste": 680, "compteur": 300, "ressources": 680}
CARD_HEIGHT = 460

#: As many themes as a title can bear.
_MOST_THEMES = 3


@dataclass(frozen=True, slots=True)
class Embed:
    """``locked``: the webmaster's filters. ``accent``: « rrggbb » or empty.

    ``initiative``, ``resource``: the slug of the one record shown. ``search``, ``choice`` (a theme
    slug): what the visitor adds.
    """

    locked: Filters = field(default_factory=Filters)
    view: str = DEFAULT_VIEW
    accent: str = ""
    initiative: str = ""
    resource: str = ""
    search: str = ""
    choice: str = ""

    @property
    def asked(self) -> Filters:
        """What is shown: the visitor's wish within what is locked."""
        themes = (self.choice,) if self.choice else self.locked.theme
        return replace(self.locked, q=self.locked.q or self.search, theme=themes)

    @property
    def is_card(self) -> bool:
        """Whether it shows one record."""
        return bool(self.initiative or self.resource)

    @property
    def height(self) -> int:
        """Pixels that it asks for."""
        return CARD_HEIGHT if self.is_card else HEIGHTS[self.view]

    @property
    def full_path(self) -> str:
        """The page of ours that tells the same without a frame."""
        if self.initiative:
            return f"/initiatives/{self.initiative}"
        if self.resource:
            return f"/ressources/{self.resource}"
        if self.view == "compteur":
            return "/qpv-sans-exemple" + self.asked.only(OF_COUNTER).query_string()
        if self.view == "ressources":
            return "/ressources" + self.asked.only(OF_RESOURCES).query_string()
        return "/" + replace(self.asked, distance=Filters().distance).query_string(page=1)

    def themes_offered(self, themes: tuple[Theme, ...]) -> tuple[Theme, ...]:
        """Those that the visitor may choose among: none when the webmaster has left no choice."""
        within = self.locked.theme
        offered = tuple(theme for theme in themes if not within or theme.slug in within)
        return offered if len(offered) > 1 else ()

    def pairs(self, **changes: object) -> list[tuple[str, str]]:
        """Name and value of all that makes its address, on another page when told."""
        page = changes.get("page", self.locked.page)
        own = [("recherche", self.search), ("choix", self.choice), ("page", f"{page}")]
        return [*self.fixed, *(pair for pair in own if pair[1] and pair != ("page", "1"))]

    @property
    def fixed(self) -> list[tuple[str, str]]:
        """Name and value of what the webmaster has fixed."""
        records = [("initiative", self.initiative), ("ressource", self.resource)]
        look = [("vue", "" if self.view == DEFAULT_VIEW else self.view), ("accent", self.accent)]
        return [*self.locked.pairs(page=1), *(pair for pair in (*records, *look) if pair[1])]

    def query_string(self, **changes: object) -> str:
        """« ?region=27&vue=liste », empty when all is as by default."""
        pairs = self.pairs(**changes)
        return f"?{urlencode(pairs)}" if pairs else ""

    @property
    def path(self) -> str:
        """Its address on our site, as the webmaster fixed it."""
        return PATH + (f"?{urlencode(self.fixed)}" if self.fixed else "")


def read_embed(arguments: Arguments, session: Session) -> tuple[Embed, tuple[FieldError, ...]]:
    """What can be understood of an address, and what is wrong with the rest."""
    filters, faults = read_known_filters(arguments, session)
    told = {name: values[-1].strip() for name, values in arguments.items() if values}
    view, accent = told.get("vue") or DEFAULT_VIEW, told.get("accent", "")
    colour = read_accent(accent) if accent else None
    embed = Embed(
        filters.only(LISTENED),
        view if view in VIEWS else DEFAULT_VIEW,
        colour.asked if colour else "",
        told.get("initiative", ""),
        told.get("ressource", ""),
    )
    gone = tuple(FieldError(fault.field, _for_a_visitor(fault.message)) for fault in faults)
    return _with_wish(embed, told, session), (*gone, *_look_faults(view, accent, colour is None))


def _for_a_visitor(message: str) -> str:
    """The first sentence, « Thème inconnu : « x ». »: what to write instead is the webmaster's."""
    told, cut, _ = message.partition("\u00a0». ")
    return f"{told}\u00a0»." if cut else message


def _look_faults(view: str, accent: str, unread: bool) -> list[FieldError]:
    faults = []
    if view not in VIEWS:
        known = ", ".join(VIEWS)
        faults.append(
            FieldError(
                "vue", f"Vue inconnue\u00a0: «\u00a0{cited(view)}\u00a0». Attendu : {known}."
            )
        )
    if accent and unread:
        faults.append(FieldError("accent", accent_fault(accent)))
    return faults


def accent_fault(text: str) -> str:
    """Why a colour cannot be understood, in French."""
    return (
        f"Couleur illisible\u00a0: «\u00a0{cited(text)}\u00a0». Six chiffres hexadécimaux sont "
        "attendus, par exemple 0a5763."
    )


def _with_wish(embed: Embed, told: Mapping[str, str], session: Session) -> Embed:
    """With what the visitor adds; what makes no sense there is no wish."""
    search, choice = told.get("recherche", ""), told.get("choix", "")
    try:
        search = "" if embed.locked.q else read_query(search)
    except ValueError:
        search = ""
    within = embed.locked.theme
    free = choice in within if within else bool(choice and session.get(cat.Theme, choice))
    return replace(embed, search=search, choice=choice if free else "")


def title(embed: Embed, session: Session, catalogue: Catalogue) -> str:
    """« Initiatives de l’ESS : Mobilité, Bourgogne-Franche-Comté », for what is locked."""
    subject = {
        "compteur": "QPV sans exemple connu",
        "ressources": "Ressources pour agir dans les quartiers",
    }.get(embed.view, "Initiatives de l’ESS dans les quartiers")
    precise = about(embed.locked, session, catalogue)
    return f"{subject}\u00a0: {precise}" if precise else subject


def about(filters: Filters, session: Session, catalogue: Catalogue) -> str:
    """The themes, words and place of some filters: « Mobilité, Bourgogne-Franche-Comté »."""
    labels = {theme.slug: theme.label for theme in catalogue.themes}
    themes = [labels[slug] for slug in filters.theme]
    if len(themes) > _MOST_THEMES:
        themes = [f"{len(themes)} thèmes"]
    words = [f"«\u00a0{filters.q}\u00a0»"] if filters.q else []
    return ", ".join([*themes, *words, *_places(filters, session)])


def _places(filters: Filters, session: Session) -> list[str]:
    territory = territory_named(session, filters)
    qpv = session.get(ter.Qpv, filters.qpv) if filters.qpv else None
    around = f"à moins de {metres(filters.rayon)} d’un lieu" if filters.place else ""
    named = (f"QPV {qpv.name}" if qpv else "", territory, around)
    return [place for place in named if place]


def code(embed: Embed, name: str, origin: str, width: str, height: int) -> Markup:
    """The HTML to paste into a page: the frame, and a link for where frames are not shown.

    ``frameborder`` is what removes the border without a style, which a strict policy refuses.
    """
    return frame(embed, name, origin, width, height) + Markup(
        '\n<p><a href="{}">{}</a></p>'
    ).format(origin + embed.full_path, f"{name} (voir sur mapapp)")


def frame(embed: Embed, name: str, origin: str, width: str, height: int) -> Markup:
    """The frame alone; the referrer is told as an origin, so that a refusal can be explained."""
    return Markup(
        '<iframe src="{}" title="{}" width="{}" height="{}" loading="lazy" '
        'referrerpolicy="strict-origin" frameborder="0"></iframe>'
    ).format(origin + embed.path, name, width, height)
