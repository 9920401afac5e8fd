"""Addresses of the API: the same services as the pages."""

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_update
from django.urls import include, path
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from knox.views import LogoutView

from ratings_site.people import api as people_api

# The browser of the API styles itself while it runs; its scripts come from here like all others.
swagger = csp_update({"style-src": [SELF, UNSAFE_INLINE]})(
    SpectacularSwaggerSplitView.as_view(url_name="api:schema")
)
logout = extend_schema(request=None, responses={204: None})(LogoutView).as_view()

app_name = "api"
urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", swagger, name="docs"),
    path("auth/token/", people_api.LoginView.as_view(), name="login"),
    path("auth/logout/", logout, name="logout"),
    path("", include("deals.structure.api_urls")),
    path("", include("deals.tapes.api_urls")),
    path("", include("deals.runs.api_urls")),
]
