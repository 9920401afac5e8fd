"""What the schema promises holds for generated requests: no server error, no answer off the list."""

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from knox.models import AuthToken
from schemathesis.checks import not_a_server_error

from deals.structure.services import create_deal
from ratings_site.people.models import Role
from ratings_site.wsgi import application
from tests.conftest import person
from tests.factories.structure import SMALLEST_DEAL_FILE

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
FEW = settings(
    max_examples=6,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def test_generated_requests_never_break_the_server():
    lead = person(Role.LEAD)
    create_deal({**SMALLEST_DEAL_FILE, "code": "TEST-1"}, by=lead)
    _instance, token = AuthToken.objects.create(lead)
    schema = schemathesis.openapi.from_wsgi("/api/v1/schema/", application)
    asked = []
    for found in schema.get_all_operations():
        operation = found.ok()
        if "/auth/" in operation.path:
            continue

        @FEW
        @given(case=operation.as_strategy())
        def ask(case):
            if "code" in case.path_parameters:
                case.path_parameters["code"] = "TEST-1"
            response = case.call(headers={"Authorization": f"Token {token}"})
            asked.append(response.status_code)
            case.validate_response(response, checks=[not_a_server_error])

        ask()
    assert len(asked) > 40
    assert {200, 400, 404} <= set(asked)
