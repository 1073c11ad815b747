"""All the operations of the API, declared on their blueprint by being imported."""

from mapapp.api import catalogue, coverage, exports, files, initiatives, places, qpv
from mapapp.api.blueprint import bp

__all__ = ["bp", "catalogue", "coverage", "exports", "files", "initiatives", "places", "qpv"]
