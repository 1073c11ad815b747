"""The reference tables of ``data/``, computed from official files as they are published.

Each module makes one kind of table: contours of QPVs, communes, outlines of départements. What
cannot be read or resolved is an issue in French, never a silent gap.
"""
