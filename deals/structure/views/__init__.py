"""Pages of a deal."""
