"""mapapp: an explorer of social-economy (ESS) initiatives in priority neighbourhoods (QPV)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy import Engine

__version__ = "0.2.0"


def create_app(engine: Engine | None = None) -> Flask:
    """The application: store, pages, API, headers, faults. ``engine``: another store, for tests."""
    # Imported here so that commands which serve nothing start at once.
    from flask_compress import Compress
    from flask_openapi3 import Info, OpenAPI

    from mapapp.api import documentation, operations
    from mapapp.pages import BLUEPRINTS
    from mapapp.paths import shipped
    from mapapp.store.engine import database_url, open_engine
    from mapapp.web import (
        assets,
        context,
        faults,
        files,
        framing,
        headers,
        hosts,
        limits,
        moving,
        proxies,
        revalidation,
        site,
        structured,
        texts,
        uploads,
    )

    app = OpenAPI(
        __name__,
        info=Info(title="API de mapapp", version=__version__),
        doc_ui=False,
        static_folder=None,
        template_folder=str(shipped("templates")),
        validation_error_status=400,
        validation_error_callback=faults.invalid_request,
    )
    proxies.init_app(app)
    context.init_app(app, engine or open_engine(database_url()))
    site.init_app(app)
    framing.init_app(app)
    assets.init_app(app)
    texts.init_app(app)
    structured.init_app(app)
    faults.init_app(app)
    app.config["COMPRESS_MIMETYPES"] = headers.COMPRESSED
    Compress(app)
    headers.init_app(app)
    moving.init_app(app)
    revalidation.init_app(app)
    limits.init_app(app)
    uploads.init_app(app)
    files.init_app(app)
    for page in (*BLUEPRINTS, documentation.bp):
        app.register_blueprint(page)
    app.register_api(operations.bp)
    hosts.init_app(app)
    return app
