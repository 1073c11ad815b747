"""A table of points or addresses, and the same table with its QPV verdicts.

``columns`` says which columns tell a place, ``places`` reads one row, ``judging`` adds the cells,
``columnar`` adds them to many rows at once, ``tables`` reads and writes files row by row,
``delimited`` and ``parquet`` cut them into parts that ``making`` lets processes or a cluster make,
``summary`` counts. Nothing here knows the web or the terminal.
"""
