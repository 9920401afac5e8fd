"""Jobs for tests."""

import factory
from django.utils import timezone

from ratings_site.jobs.models import Job
from tests.factories.people import UserFactory


class JobFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Job

    kind = "test.work"
    queue = Job.Queue.CONTROL
    subject_id = factory.Sequence(str)
    title = "Work for a test"
    requested_by = factory.SubFactory(UserFactory)
    requested_at = factory.LazyFunction(timezone.now)
    lease_until = None
