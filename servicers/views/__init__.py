"""Pages of servicers."""
