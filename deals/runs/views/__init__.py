"""Pages of runs: the list of a deal, one run, two runs side by side."""
