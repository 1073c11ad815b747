"""Views with true geometry, for who opens the PostgreSQL database in QGIS: PostGIS makes them."""

from __future__ import annotations

import hashlib

from sqlalchemy import Connection, text

#: What QGIS shows of each initiative: where it is, how well that is known, and both verdicts.
_INITIATIVES = """
CREATE VIEW qgis_initiatives AS
SELECT i.id, i.slug, i.source_id AS source, i.name AS nom,
  (SELECT string_agg(t.label, ', ' ORDER BY l.rank) FROM initiative_theme l
   JOIN theme t ON t.slug = l.theme_slug WHERE l.initiative_id = i.id) AS themes,
  c.name AS commune, i.insee_code AS code_insee, i.precision, i.radius_m AS rayon_m,
  i.position_source AS source_position,
  {verdicts},
  ST_SetSRID(ST_MakePoint(i.lon, i.lat), 4326)::geometry(Point, 4326) AS geom
FROM initiative i LEFT JOIN commune c ON c.insee_code = i.insee_code
{joined}
"""
_VERDICT = """v{g}.status AS statut_{g},
  (SELECT string_agg(n.qpv_code, '|' ORDER BY n.rank) FROM verdict_qpv n
   WHERE n.initiative_id = i.id AND n.generation = {g} AND NOT n.conflict) AS qpv_{g},
  v{g}.nearest_code AS plus_proche_{g}, v{g}.nearest_distance_m AS distance_{g}"""
_JOINED = "LEFT JOIN verdict v{g} ON v{g}.initiative_id = i.id AND v{g}.generation = {g}"

#: The contours that verdicts were judged on, with their accuracy.
_QPV = """
CREATE VIEW qgis_qpv AS
SELECT q.code, q.generation, q.name AS nom,
  (SELECT string_agg(c.name, ', ' ORDER BY l.rank) FROM qpv_commune l
   JOIN commune c ON c.insee_code = l.insee_code WHERE l.qpv_code = q.code) AS communes,
  q.population, k.edition, k.accuracy_m AS exactitude_m,
  ST_Multi(ST_GeomFromWKB(q.outline, 4326))::geometry(MultiPolygon, 4326) AS geom
FROM qpv q JOIN contours k ON k.generation = q.generation
"""

_GENERATIONS = (2015, 2024)
VIEWS = {
    "qgis_initiatives": _INITIATIVES.format(
        verdicts=",\n  ".join(_VERDICT.format(g=g) for g in _GENERATIONS),
        joined="\n".join(_JOINED.format(g=g) for g in _GENERATIONS),
    ),
    "qgis_qpv": _QPV,
}

#: Views that are there already keep the rights that the operator gave on them.
_VERSION = hashlib.sha256("".join(VIEWS.values()).encode()).hexdigest()[:12]


def add_gis_views(connection: Connection) -> None:
    """Make the views unless they are there already, or PostGIS is not."""
    has_postgis = "SELECT count(*) FROM pg_extension WHERE extname = 'postgis'"
    if not connection.scalar(text(has_postgis)):
        return
    made = text("SELECT obj_description(to_regclass('qgis_qpv'), 'pg_class')")
    if connection.scalar(made) == _VERSION:
        return
    # A desk that looks at the views must not keep a server from starting.
    connection.execute(text("SET LOCAL lock_timeout = '2s'"))
    drop_gis_views(connection)
    for definition in VIEWS.values():
        connection.execute(text(definition))
    connection.execute(text(f"COMMENT ON VIEW qgis_qpv IS '{_VERSION}'"))


def drop_gis_views(connection: Connection) -> None:
    """Take the views away, so that the tables behind them can change."""
    for name in VIEWS:
        connection.execute(text(f"DROP VIEW IF EXISTS {name}"))
