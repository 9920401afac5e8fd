"""Deals for tests: the smallest valid deal file, with rows beside it."""

import datetime
import hashlib
import json

import factory
from django.utils import timezone

from deals.structure.models import CasePerson, Deal, DealTerms
from ratings_site.people.models import Role
from tests.factories.people import UserFactory

SMALLEST_DEAL_FILE = {
    "format": "npl-deal/1",
    "code": "TEST-1",
    "names": {"en": "Test deal", "zh": "测试项目"},
    "currency": "CNY",
    "scale": "cn",
    "dates": {"cutoff": "2023-12-31", "closing": "2024-03-28", "legal_final": "2028-12-26"},
    "payment": {"frequency": "Q", "day": 26},
    "pool": {
        "kind": "aggregate",
        "asset_class": "card",
        "claim": "1000000000.00",
        "forecasts": [
            {
                "source": "Agency",
                "scenario": "base",
                "basis": "gross",
                "amount": "140000000.00",
                "horizon_months": 36,
            }
        ],
    },
    "notes": [
        {
            "name": "Senior",
            "rank": 1,
            "balance": "80000000.00",
            "coupon": {"kind": "fixed", "rate": "0.027"},
            "promise": "timely",
        },
        {
            "name": "Junior",
            "rank": 2,
            "balance": "20000000.00",
            "coupon": {"kind": "none"},
            "promise": "none",
        },
    ],
    "waterfall": {"preset": "cn_npl"},
}


class DealFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Deal
        skip_postgeneration_save = True

    code = factory.Sequence(lambda n: f"TEST-{n}")
    name_en = "Test deal"
    name_zh = "测试项目"
    status = Deal.Status.ANALYSIS
    originator = "Test Bank"
    asset_class = "card"
    cutoff_date = datetime.date(2023, 12, 31)
    closing_date = datetime.date(2024, 3, 28)
    legal_final_date = datetime.date(2028, 12, 26)
    created_by = factory.SubFactory(UserFactory)
    created_at = factory.LazyFunction(timezone.now)

    @factory.post_generation
    def terms(self, create, extracted, **kwargs):
        document = dict(extracted or SMALLEST_DEAL_FILE, code=self.code)
        DealTerms.objects.create(
            deal=self,
            number=1,
            document=document,
            sha256=hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest(),
            created_by=self.created_by,
            created_at=timezone.now(),
        )
        for note in document["notes"]:
            self.notes.create(
                name=note["name"],
                rank=note["rank"],
                balance=note["balance"],
                is_rated=note["coupon"]["kind"] != "none",
            )

    @factory.post_generation
    def on_case(self, create, extracted, **kwargs):
        """`on_case=[(user, Role.ANALYST), ...]` puts people on the deal's case."""
        for user, part in extracted or [(self.created_by, Role.LEAD)]:
            CasePerson.objects.create(deal=self, user=user, part=part, since=timezone.now())
