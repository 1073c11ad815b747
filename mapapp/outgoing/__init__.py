"""The one door by which mapapp asks other servers: which may be asked, for how long, how much."""
