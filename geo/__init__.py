"""Pure geography: where things are, how well that is known, and which QPV they are in.

What this folder promises:

- coordinates are WGS 84 degrees, lengths are metres, and both say so in their names;
- values are frozen dataclasses; a pair of numbers never travels without its axes' names;
- it knows no web framework, no database and no folder above it (``tests/test_architecture.py``).
"""
