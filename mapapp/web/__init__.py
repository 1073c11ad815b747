"""What every page and API answer share: the request's session, headers, assets, faults."""
