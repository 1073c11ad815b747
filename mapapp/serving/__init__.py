"""The server processes of ``mapapp serve``: who listens, reads and writes, who works, who waits."""
