"""What the processes of one machine share, in the instance folder: turns, kept files, counters."""
