"""The application for a WSGI server, in a checkout: ``gunicorn wsgi:app``."""

from mapapp import create_app

app = create_app()
