"""The rating engine: arrays and frozen dataclasses in, results out.

Pure: no web, no queue, no database, so that it also works in a notebook.
The file to read first is `analytics.pipeline`.
"""
