"""Addresses. Each room lists its own; a test asks that every one stands in the policy table."""

from django.urls import include, path
from health_check.views import HealthCheckView

urlpatterns = [
    path("", include("deals.desk.urls")),
    path("accounts/", include("allauth.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("people/", include("ratings_site.people.urls")),
    path("audit/", include("ratings_site.audit.urls")),
    path("jobs/", include("ratings_site.jobs.urls")),
    path("criteria/", include("ratings_site.criteria.urls")),
    path("style/", include("ratings_site.components.urls")),
    path("servicers/", include("servicers.urls")),
    path("deals/", include("deals.urls")),
    path("api/v1/", include("ratings_site.api_urls")),
    path(
        "health/",
        HealthCheckView.as_view(checks=["health_check.Database", "health_check.Storage"]),
        name="health",
    ),
    path("", include("django_prometheus.urls")),
]
