"""Tokens for the API, hashed at rest by knox."""

from drf_spectacular.utils import extend_schema
from knox.views import LoginView as KnoxLoginView
from rest_framework.authentication import BasicAuthentication


@extend_schema(request=None)
class LoginView(KnoxLoginView):  # type: ignore[misc]  # untyped
    """Exchange user name and password for a token (basic authentication)."""

    authentication_classes = [BasicAuthentication]
