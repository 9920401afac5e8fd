"""Every assumption can be read with its value, unit, mark and source."""

import pytest
from django.urls import reverse

from ratings_site.criteria import engine
from ratings_site.criteria.services import version_in_force
from ratings_site.criteria.views import laid_out

pytestmark = pytest.mark.django_db


def test_the_page_of_a_version_shows_every_assumption(signed_in_as, analyst):
    version = version_in_force()

    page = signed_in_as(analyst).get(reverse("criteria:detail", args=[version.version]))

    text = page.content.decode()
    assert page.context["count"] == len(version.document["assumptions"])
    for name in ("stress.cn.cut.unsecured_retail", "recovery.plan_credibility"):
        assert name in text
    assert "calibrated to seniors issued 2016-2024" in text


def test_words_narrow_the_page(signed_in_as, analyst):
    version = version_in_force()
    url = reverse("criteria:detail", args=[version.version])

    page = signed_in_as(analyst).get(url, {"q": "stress cut"})

    assert 0 < page.context["count"] < 20
    assert "No assumption fits" in signed_in_as(analyst).get(url, {"q": "zzz"}).content.decode()


def test_values_are_written_with_every_digit():
    entries = {entry.name: entry for entry in engine.entries(engine.shipped().document())}

    cut = laid_out(entries["stress.cn.cut.unsecured_retail"])
    servicer = laid_out(entries["constraints.servicer"])

    assert cut.heads[0] == "AAA"
    assert cut.rows[0][1][0] == "0.18"
    assert servicer.heads == ("cn", "intl")
    assert ("weak", ("AA-", "BBB+")) in servicer.rows


def test_criteria_are_listed_and_hidden_from_strangers_to_them(signed_in_as, analyst, commercial):
    assert signed_in_as(analyst).get(reverse("criteria:list")).status_code == 200
    assert signed_in_as(commercial).get(reverse("criteria:list")).status_code == 404
    assert signed_in_as(analyst).get(reverse("criteria:detail", args=["no"])).status_code == 404
