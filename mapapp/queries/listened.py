"""The filters that each kind of list listens to."""

from __future__ import annotations

#: What a list of initiatives, of QPVs and of resources each listens to; the rest changes nothing.
OF_INITIATIVES = (
    *("q", "theme", "qpv", "commune", "departement", "region", "epci", "source", "etat"),
    *("generation", "lat", "lon", "rayon", "bbox", "page"),
)
OF_QPVS = ("q", "commune", "departement", "region", "epci", "generation", "page")
OF_COVERAGE = (*OF_QPVS, "qpv", "theme", "distance", "population", "tri", "tous")
OF_RESOURCES = ("q", "theme")
