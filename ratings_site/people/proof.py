"""Proof, at this moment, of who is at the keyboard: password, and one-time code where she has one."""

from allauth.mfa.models import Authenticator
from django.contrib.auth import authenticate
from django.http import HttpRequest

from ratings_site.people.models import User


def needs_code(user: User) -> bool:
    """Say whether the person signs in by two steps."""
    return bool(Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists())


def proves_to_be(user: User, request: HttpRequest, *, password: str, code: str = "") -> bool:
    """Check password and code now. Wrong ones count towards the lock-out, as at the sign-in."""
    found = authenticate(request, username=user.get_username(), password=password)
    if found is None or found.pk != user.pk:
        return False
    totp = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    return totp is None or bool(totp.wrap().validate_code(code))
