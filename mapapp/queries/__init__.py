"""Questions asked of the store: each takes a session and returns plain frozen values."""
