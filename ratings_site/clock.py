"""The one clock. People read Asia/Shanghai, rows store UTC."""

from datetime import date, datetime

from django.utils import timezone


def now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return timezone.now()


def today() -> date:
    """Return today's date as people in Shanghai read it."""
    return timezone.localdate()
