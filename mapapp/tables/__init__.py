"""The tables of ``data/``: how they are laid out, read, and checked line by line."""
