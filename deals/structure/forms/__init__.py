"""Forms of a deal."""
