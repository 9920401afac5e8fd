"""Addresses of the API: the same services as the pages."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView
from knox import views as knox_views

from ratings_site.people import api as people_api

app_name = "api"
urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerView.as_view(url_name="api:schema"), name="docs"),
    path("auth/token/", people_api.LoginView.as_view(), name="login"),
    path("auth/logout/", knox_views.LogoutView.as_view(), name="logout"),
    path("", include("deals.structure.api_urls")),
    path("", include("deals.tapes.api_urls")),
    path("", include("deals.runs.api_urls")),
]
