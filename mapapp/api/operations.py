"""All the operations of the API, declared on their blueprint by being imported."""

from mapapp.api import catalogue, coverage, exports, initiatives, places, qpv
from mapapp.api.blueprint import bp

__all__ = ["bp", "catalogue", "coverage", "exports", "initiatives", "places", "qpv"]
