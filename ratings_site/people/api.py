"""Tokens for the API, hashed at rest by knox."""

from drf_spectacular.utils import extend_schema, inline_serializer
from knox.views import LoginView as KnoxLoginView
from rest_framework import serializers
from rest_framework.authentication import BasicAuthentication

Token = inline_serializer(
    "Token",
    {"expiry": serializers.DateTimeField(allow_null=True), "token": serializers.CharField()},
)


@extend_schema(request=None, responses=Token)
class LoginView(KnoxLoginView):  # type: ignore[misc]  # untyped
    """Exchange user name and password for a token (basic authentication)."""

    authentication_classes = [BasicAuthentication]
