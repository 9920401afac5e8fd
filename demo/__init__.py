"""Demonstration deals: real terms and forecasts, and tapes that say what they are."""
