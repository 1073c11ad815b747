"""The boxes (degrees) that frame metropolitan France and each overseas territory with QPVs."""

from __future__ import annotations

from geo.distance import Box

#: Metropolitan France with Corsica: where most initiatives are, hence the first view.
METROPOLE: Box = (-5.2, 41.3, 9.6, 51.1)

#: Overseas territories where the law of 2014 draws QPVs, with a box (degrees) that frames each.
OVERSEAS: tuple[tuple[str, str, Box], ...] = (
    ("971", "Guadeloupe", (-61.9, 15.8, -60.9, 16.6)),
    ("972", "Martinique", (-61.3, 14.3, -60.7, 15.0)),
    ("973", "Guyane", (-54.7, 2.1, -51.5, 5.9)),
    ("974", "La Réunion", (55.1, -21.5, 55.9, -20.8)),
    ("976", "Mayotte", (44.9, -13.1, 45.4, -12.6)),
)

#: Those that have some since 2025: shown where there is something to show. Of French Polynesia,
#: as wide as Europe, the two islands that have QPVs.
OVERSEAS_SINCE_2025: tuple[tuple[str, str, Box], ...] = (
    ("978", "Saint-Martin", (-63.18, 18.0, -62.95, 18.14)),
    ("987", "Tahiti et Moorea", (-149.95, -17.88, -149.1, -17.38)),
)
