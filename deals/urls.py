"""The wing `deals`: one namespace, each room lists its own addresses."""

from django.urls import include, path

app_name = "deals"
urlpatterns = [
    path("", include("deals.desk.deal_urls")),
    path("", include("deals.structure.urls")),
    path("", include("deals.tapes.urls")),
    path("", include("deals.runs.urls")),
    path("", include("deals.committee.urls")),
]
