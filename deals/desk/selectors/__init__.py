"""Reads over all rooms: the list of deals, what waits for a person, what is found."""
