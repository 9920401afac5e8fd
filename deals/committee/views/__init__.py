"""Pages of the committee: load, form, service, answer."""
