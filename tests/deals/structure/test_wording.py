"""Terms in the words of a prospectus, and what changed between two versions."""

import pytest
from django.utils import translation

from deals.structure.forms.deal_form import apply_act, document_from, rate_of
from deals.structure.forms.paths import joined, pieces, remove_at, set_at, value_at
from deals.structure.selectors import difference
from deals.structure.templatetags.prospectus import (
    coupon_words,
    fee_words,
    step_words,
    target_words,
    warning_words,
)
from deals.structure.templatetags.prospectus import test_words as words_of_test


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ({"step": "interest", "notes": ["A"]}, "Pay interest on A"),
        ({"step": "interest", "notes": ["A", "B", "C"]}, "Pay interest on A, B and C, pari passu"),
        ({"step": "fee", "fees": ["taxes"]}, "Pay the fee: taxes"),
        (
            {"step": "principal", "notes": ["A"], "from": "capital", "unless": "late"},
            "Repay principal of A until it is nil, from capital, not while late",
        ),
        (
            {"step": "share", "payee": "servicer", "rate": "0.8", "name": "excess"},
            "Pay servicer 80.00% of what is left (excess)",
        ),
        (
            {"step": "top_up", "account": "reserve", "cap": {"per_period": "1000000.00"}},
            "Top up the account reserve to its target, at most CNY 1,000,000.00 on a payment date",
        ),
        ({"step": "residual", "payee": "A", "label": {"en": "To the holders"}}, "To the holders"),
        ({"step": "residual"}, "residual"),
    ],
)
def test_a_step_reads_as_in_a_prospectus(step, words):
    with translation.override("en"):
        assert step_words(step) == words


def test_other_terms_read_as_in_a_prospectus():
    with translation.override("en"):
        assert coupon_words({"kind": "fixed", "rate": 0.0245}) == "2.45% fixed"
        assert coupon_words({"kind": "floating", "index": "LPR1Y", "spread": "-0.001"}).startswith(
            "LPR1Y + −0.10%"
        )
        assert (
            fee_words({"base": "notes", "rate": "0.00055"}) == "0.055% a year of the notes’ balance"
        )
        assert target_words({"rule": "multiple_of_next_costs", "multiple": 1.5}) == (
            "1.50 times the fees and interest of the next period"
        )
        assert words_of_test({"kind": "interest_unpaid", "notes": ["A"]}) == (
            "interest on A not paid in full"
        )
        assert warning_words("Something else.") == "Something else."


def changes(before, after):
    return [(c.path, c.before, c.after) for c in difference(before, after)]


def test_rows_with_names_are_compared_by_name():
    before = {"notes": [{"name": "A", "rank": 1}, {"name": "B", "rank": 2}]}
    after = {"notes": [{"name": "B", "rank": 1}, {"name": "C", "rank": 2}]}

    assert changes(before, after) == [
        ("notes[B].rank", "2", "1"),
        ("notes[C]", None, '{"name": "C", "rank": 2}'),
        ("notes[A]", '{"name": "A", "rank": 1}', None),
    ]


def test_steps_are_compared_by_their_order():
    steps = [{"step": "fee"}, {"step": "interest"}, {"step": "residual"}]

    assert changes({"w": steps}, {"w": [steps[1], steps[0], steps[2]]}) != []
    assert changes({"w": steps}, {"w": steps}) == []
    assert changes({"a": 1}, {"a": True}) == [("a", "1", "true")]


def test_paths_lead_to_values_and_take_them_out():
    document = {"notes": [{"coupon": {"kind": "fixed"}}]}

    set_at(document, "notes[0].cap.lifetime", "5.00")
    assert value_at(document, "notes[0].cap.lifetime") == "5.00"
    remove_at(document, "notes[0].cap.lifetime")

    assert document == {"notes": [{"coupon": {"kind": "fixed"}}]}
    assert joined(pieces("a.b[2].c")) == "a.b[2].c"
    assert value_at(document, "notes[3].x.y") is None


@pytest.mark.parametrize(
    ("typed", "kept"), [("2.7%", "0.027"), ("0.027", "0.027"), ("100 %", "1"), ("x%", "x%")]
)
def test_a_rate_may_be_typed_in_per_cent(typed, kept):
    assert rate_of(typed) == kept


@pytest.mark.parametrize(
    "act", ["", "up:notes[0]", "down:notes[9]", "remove:nothing[0]", "add:nowhere", "fly:notes[0]"]
)
def test_an_act_without_sense_changes_nothing(act):
    document = {"notes": [{"name": "A"}], "waterfall": {"preset": "cn_npl"}}

    apply_act(document, act)

    assert document == {"notes": [{"name": "A"}], "waterfall": {"preset": "cn_npl"}}


def test_a_key_that_the_form_does_not_ask_survives():
    was = '{"notes": [{"name": "A", "lockout_until": "2025-01-01"}], "odd": {"x": 1}}'

    document = document_from({"was": was, "notes[0].name": "B"})

    assert document == {"notes": [{"name": "B", "lockout_until": "2025-01-01"}], "odd": {"x": 1}}
