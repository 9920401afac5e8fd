"""The catalogue: extracted, merged, compiled and checked without outside tools."""

import gettext
import io
from pathlib import Path

import pytest
from django.conf import settings

from ratings_site.components import catalogue
from ratings_site.components.catalogue import Entry

PYTHON = """
from django.utils.translation import gettext as _, ngettext, pgettext
_("Plain")
_("Joined "
  "text")
ngettext("{n} loan", "{n} loans", 2)
pgettext("limit", "none")
_(variable)
"""
TEMPLATE = """
{% translate "Word" %}{% translate 'Other "word"' as x %}
{% blocktranslate trimmed with n=x|length %}
  {{ n }} of
  100%
{% endblocktranslate %}
{% blocktranslate count n=x|length %}{{ n }} row{% plural %}{{ n }} rows{% endblocktranslate %}
<c-button :href="url">{% translate "Go" context "button" %}</c-button>
"""


@pytest.fixture
def root(tmp_path):
    for folder in (*catalogue.CODE, *catalogue.TEMPLATES):
        (tmp_path / folder).mkdir()
    (tmp_path / "deals/pages.py").write_text(PYTHON, encoding="utf-8")
    (tmp_path / "templates/page.html").write_text(TEMPLATE, encoding="utf-8")
    return tmp_path


def test_every_form_of_call_and_tag_is_found(root):
    found = catalogue.extract(root)

    assert set(found) == {
        ("", "Plain"),
        ("", "Joined text"),
        ("", "{n} loan"),
        ("limit", "none"),
        ("", "Word"),
        ("", 'Other "word"'),
        ("", "%(n)s of 100%%"),
        ("", "%(n)s row"),
        ("button", "Go"),
    }
    assert found["", "{n} loan"].plural == "{n} loans"
    assert found["", "Word"].places == {"templates/page.html"}


def test_a_catalogue_is_read_as_it_was_written(tmp_path):
    entries = {
        each.key: each
        for each in (
            Entry("", 'With "quotes" and\nlines', "", "引号\n与换行"),
            Entry("limit", "none", "", "无限制"),
            Entry("", "{n} loan", "{n} loans", "{n} 笔"),
        )
    }
    path = tmp_path / "django.po"
    path.write_text(catalogue.write_po(entries), encoding="utf-8")

    assert catalogue.read_po(path) == entries


def test_what_is_compiled_is_what_gettext_reads():
    entries = {
        each.key: each
        for each in (
            Entry("", "paid", "", "足额"),
            Entry("limit", "none", "", "无限制"),
            Entry("", "{n} loan", "{n} loans", "{n} 笔"),
            Entry("", "nobody has said it yet"),
        )
    }

    read = gettext.GNUTranslations(io.BytesIO(catalogue.compile_mo(entries)))

    assert read.gettext("paid") == "足额"
    assert read.pgettext("limit", "none") == "无限制"
    assert read.ngettext("{n} loan", "{n} loans", 3) == "{n} 笔"
    assert read.gettext("none") == "none"
    assert read.gettext("nobody has said it yet") == "nobody has said it yet"


def test_missing_stale_fuzzy_and_unfilled_entries_are_named():
    used = {("", "A"): Entry("", "A"), ("", "B {n}"): Entry("", "B {n}"), ("", "C"): Entry("", "C")}
    held = {
        ("", "B {n}"): Entry("", "B {n}", "", "乙"),
        ("", "C"): Entry("", "C", "", "丙", is_fuzzy=True),
        ("", "D"): Entry("", "D", "", "丁"),
    }

    assert catalogue.faults(used, held) == [
        "fuzzy: 'C'",
        "missing: 'A'",
        "other placeholders: 'B {n}'",
        "stale: 'D'",
    ]


def test_every_string_has_its_chinese_and_the_compiled_catalogue_is_current():
    paths = catalogue.Paths(Path(settings.BASE_DIR))
    held = catalogue.read_po(paths.po)

    assert catalogue.faults(catalogue.extract(paths.root), held) == []
    assert paths.mo.read_bytes() == catalogue.compile_mo(held)
