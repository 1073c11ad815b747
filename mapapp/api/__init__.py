"""The public API, ``/api/v1/``: the questions and filters of the pages, answered in JSON."""
