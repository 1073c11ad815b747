"""The data as others take them: datasets, their schemas, dated snapshots, changes between two.

``fields`` says what a column is, ``columns`` what the columns of each file are, ``datasets`` what
is published in which forms, ``schemas`` describes the files, ``linked`` writes JSON-LD;
``snapshots`` reads dated copies, ``taking`` makes one, ``changes`` compares two.
"""
