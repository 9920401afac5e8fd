"""Ground floor: what all rooms stand on."""

from ratings_site.celery import app as celery_app

__all__ = ["celery_app"]
