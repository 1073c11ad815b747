"""What leaves the store as files: CSV, XLSX, GeoJSON and GeoPackage.

``extracts`` chooses columns and records, ``spreadsheets`` and ``geofiles`` write them, ``formulas``
keeps texts from being executed, ``formats`` picks the writer and puts the file in its place.
"""
