"""A table of points or addresses, and the same table with its QPV verdicts.

``columns`` says which columns tell a place, ``places`` reads one row, ``judging`` adds the cells,
``tables`` reads and writes files row by row, ``parquet`` does it by batches, ``summary`` counts.
Nothing here knows the web or the terminal.
"""
