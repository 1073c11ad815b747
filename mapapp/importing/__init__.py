"""Bringing in what others made: files of initiatives and resources, official perimeters."""
