"""The dictionary, the rules across rows and columns, what a pool says, what is unlikely in it."""

import datetime
from decimal import Decimal

import polars as pl
import pytest

from analytics.tape import COLUMNS, SCHEMA, match_header
from analytics.tape.checks import check_frame, with_total_claim
from analytics.tape.descriptors import describe
from analytics.tape.divisions import city_code, name_of, province_code
from analytics.tape.findings import KEPT, Findings, Place
from analytics.tape.rules import RULES
from analytics.tape.screens import screen

CUTOFF = datetime.date(2024, 6, 30)


def loan(number, **facts):
    row = dict.fromkeys(SCHEMA) | {
        "loan_id": f"L{number}",
        "borrower_id": f"B{number}",
        "province": "330000",
        "asset_type": "unsecured",
        "product": "credit_card",
        "unpaid_principal": Decimal("1000.00"),
        "accrued_interest": Decimal("10.00"),
        "currency": "CNY",
        "default_date": datetime.date(2023, 6, 30),
        "legal_stage": "filed",
        "source_row": number + 2,
    }
    return row | facts


def home(number, **facts):
    collateral = {
        "asset_type": "secured",
        "collateral_id": f"C{number}",
        "collateral_type": "residential",
        "collateral_province": "330000",
        "appraised_value": Decimal("2000.00"),
        "appraisal_date": datetime.date(2024, 1, 1),
        "lien_rank": 1,
    }
    return loan(number, **(collateral | facts))


def frame_of(*rows):
    return pl.DataFrame(list(rows), schema=SCHEMA, orient="row")


def rules_of(*rows, cutoff=CUTOFF):
    findings = Findings()
    check_frame(frame_of(*rows), findings, cutoff)
    return {(kind.rule.key, kind.column) for kind in findings}


def test_every_column_names_itself_in_both_languages():
    for column in COLUMNS:
        assert match_header(column.name) == column.name
        assert match_header(column.zh) == column.name


def test_every_rule_speaks_both_languages_and_has_its_own_number():
    assert len({rule.code for rule in RULES.values()}) == len(RULES)
    for rule in RULES.values():
        texts = (
            rule.title_en,
            rule.title_zh,
            rule.what_en,
            rule.what_zh,
            rule.remedy_en,
            rule.remedy_zh,
        )
        assert all(texts), rule.key
        assert rule.what("zh", {})
        assert rule.remedy("en", {})


def test_a_pool_in_order_has_nothing_to_say():
    assert rules_of(loan(1), home(2)) == set()


@pytest.mark.parametrize(
    ("facts", "rule"),
    [
        ({"total_claim": Decimal("1010.02")}, "total_disagrees"),
        ({"default_date": datetime.date(2024, 7, 1)}, "default_after_cutoff"),
        ({"origination_date": datetime.date(2023, 7, 1)}, "origination_after_default"),
        ({"days_past_due": 10}, "dpd_disagrees"),
        ({"original_balance": Decimal("100.00")}, "claim_multiple"),
        ({"plan_recovery": Decimal("2000.00")}, "plan_above_claim"),
        ({"legal_stage_date": datetime.date(2024, 7, 1)}, "stage_after_cutoff"),
    ],
)
def test_facts_of_a_loan_that_cannot_stand_together_are_named(facts, rule):
    assert rule in {key for key, _ in rules_of(loan(1, **facts))}


@pytest.mark.parametrize(
    ("facts", "rule"),
    [
        ({"appraised_value": None}, "missing_if_secured"),
        ({"prior_lien_amount": Decimal("1.00")}, "lien_contradicts"),
        ({"lien_rank": 2, "prior_lien_amount": Decimal("3000.00")}, "liens_above_value"),
        ({"lien_rank": 0}, "not_positive"),
        ({"appraised_value": Decimal("0.00")}, "zero_valuation"),
        ({"appraisal_date": datetime.date(2023, 1, 1)}, "stale_valuation"),
        ({"appraisal_date": datetime.date(2024, 7, 1)}, "appraisal_after_cutoff"),
    ],
)
def test_facts_of_a_collateral_that_cannot_stand_together_are_named(facts, rule):
    assert rule in {key for key, _ in rules_of(home(1, **facts))}


def test_the_parts_may_miss_the_total_by_one_fen():
    assert rules_of(loan(1, total_claim=Decimal("1010.01"))) == set()


def test_a_loan_with_two_collaterals_repeats_its_own_amounts():
    first, second = home(1), home(1, collateral_id="C9", source_row=9)

    assert rules_of(first, second) == set()
    assert ("loan_contradicts", "unpaid_principal") in rules_of(
        first, second | {"unpaid_principal": Decimal("5.00")}
    )
    assert ("duplicate_loan", "loan_id") in rules_of(first, second | {"collateral_id": "C1"})


def test_numbers_that_differ_only_in_case_are_alike():
    assert ("ids_alike", "loan_id") in rules_of(loan(1, loan_id="ab1"), loan(2, loan_id="AB1"))


def test_half_a_pool_in_ten_thousands_is_asked_about():
    rows = [loan(n, unpaid_principal=Decimal(n * 1_000_000)) for n in range(1, 5)]
    small = [loan(n + 10, unpaid_principal=Decimal(n * 100)) for n in range(1, 5)]

    assert ("unit_mixture", "unpaid_principal") in rules_of(*rows, *small)
    assert ("unit_mixture", "unpaid_principal") not in rules_of(*rows)


def test_without_a_cutoff_the_rules_that_need_it_are_left_out_aloud():
    assert rules_of(loan(1, default_date=datetime.date(2099, 1, 1)), cutoff=None) == {
        ("no_cutoff", "")
    }


def test_all_problems_are_counted_and_the_first_hundred_kept():
    findings = Findings()

    findings.add("not_money", "unpaid_principal", [Place(row, "x") for row in range(1, 251)])

    (kind,) = findings.errors
    assert kind.count == 250
    assert len(kind.places) == KEPT
    assert len(findings.rows) == 250


def test_descriptors_of_a_pool_worked_by_hand():
    frame = with_total_claim(
        frame_of(loan(1), loan(2, borrower_id="B1"), home(3, province="440000"))
    )

    found = describe(frame, CUTOFF)

    assert (found["loans"], found["borrowers"]) == (3, 2)
    assert found["total_claim"] == "3030.00"
    assert found["ltv"] == pytest.approx(1010 / 2000)
    assert found["secured_share"] == pytest.approx(1 / 3)
    assert found["borrower_effective_number"] == pytest.approx(9 / 5)
    assert found["regional_herfindahl"] == pytest.approx(5 / 9)
    assert [(row["key"], row["loans"]) for row in found["strata"]["province"]] == [
        ("330000", 2),
        ("440000", 1),
    ]


def test_copied_values_and_duplicate_persons_are_screened():
    rows = [home(n, borrower_name="张伟" if n < 2 else f"名{n}") for n in range(6)]

    found = {each["key"]: each for each in screen(frame_of(*rows), CUTOFF)}

    assert found["copied_valuations"] | {"detail": ""} == {
        "key": "copied_valuations",
        "count": 6,
        "base": 6,
        "detail": "",
    }
    assert found["copied_valuations"]["detail"] == "2,000.00"
    assert found["duplicate_persons"]["count"] == 2
    assert found["copied_dates"]["detail"] == "2024-01-01"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("内蒙", "150000"),
        ("浙江省", "330000"),
        ("浙江省杭州市", "330000"),
        ("US-CA", "US-CA"),
        ("330106", "330000"),
        ("火星", None),
    ],
)
def test_provinces_are_known_by_old_short_and_foreign_names(text, code):
    assert province_code(text) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("杭州", "330100"),
        ("昆山市", "320500"),
        ("上海", "310000"),
        ("延边", "222400"),
        ("襄樊", "420600"),
        ("nowhere", None),
    ],
)
def test_cities_lead_to_their_prefecture(text, code):
    assert city_code(text) == code


def test_a_code_abroad_names_itself():
    assert name_of("US-CA") == "US-CA"
    assert name_of("330100") == "杭州市"
