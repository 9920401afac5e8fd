"""The Celery application: started by the worker and the scheduler, imported by nothing else."""

import os
from pathlib import Path

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ratings_site.settings")

from django.conf import settings

app = Celery("ratings")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

if settings.BROKER_URL.startswith("filesystem"):
    for folder in ("messages", "control"):
        Path(settings.BROKER_DIR, folder).mkdir(parents=True, exist_ok=True)
