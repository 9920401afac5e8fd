"""What every face of the site shares: who is signed in, how an API error reads."""

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from drf_standardized_errors.handler import exception_handler
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from analytics.errors import AnalyticsError

if TYPE_CHECKING:
    from drf_standardized_errors.types import ExceptionHandlerContext

    from ratings_site.people.models import User

# Paths that a stranger may ask for; everything else needs a signed-in person.
PUBLIC_PREFIXES = ("/accounts/", "/static/", "/health/", "/i18n/", "/api/", "/metrics")


def signed_in(request: HttpRequest) -> "User":
    """Return the person behind a request that the middleware has let in."""
    return cast("User", request.user)


class SignedInMiddleware:
    """Send strangers to the sign-in page: closed by default, the API answers 401 for itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated or request.path.startswith(PUBLIC_PREFIXES):
            response = self.get_response(request)
            if request.user.is_authenticated:
                response.headers.setdefault("Cache-Control", "no-store")
            return response
        return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)


def api_exception_handler(exc: Exception, context: "ExceptionHandlerContext") -> Response | None:
    """Answer 400 with the words of the engine where an input is at fault."""
    if isinstance(exc, AnalyticsError):
        exc = ValidationError(str(exc))
    return exception_handler(exc, context)
