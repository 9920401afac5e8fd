"""Small canonical frames for tests of the engine."""

import datetime

import polars as pl

from analytics.tape import SCHEMA

CUTOFF = datetime.date(2024, 6, 30)


def frame_of(*rows):
    """Build a canonical frame from partial rows; what a row leaves out has a plain default."""
    default = dict.fromkeys(SCHEMA) | {
        "borrower_id": None,
        "province": "330000",
        "city": "330100",
        "asset_type": "unsecured",
        "product": "credit_card",
        "unpaid_principal": 100_000,
        "accrued_interest": 0,
        "currency": "CNY",
        "default_date": datetime.date(2023, 9, 30),
        "legal_stage": "pre_litigation",
    }
    full = []
    for number, row in enumerate(rows):
        one = default | {"loan_id": f"L{number:05d}"} | row
        one["borrower_id"] = one["borrower_id"] or f"B-{one['loan_id']}"
        if one["total_claim"] is None:
            parts = ("unpaid_principal", "accrued_interest", "penalty_interest", "other_fees")
            one["total_claim"] = sum(one[part] or 0 for part in parts)
        one["source_row"] = number + 2
        full.append(one)
    columns = {name: [row[name] for row in full] for name in SCHEMA}
    return pl.DataFrame(
        {
            name: pl.Series(name, values, strict=False).cast(SCHEMA[name])
            for name, values in columns.items()
        }
    )


def home(**changes):
    """A home loan with one collateral valued at cut-off."""
    return {
        "asset_type": "secured",
        "product": "residential_mortgage",
        "unpaid_principal": 1_000_000,
        "collateral_type": "residential",
        "collateral_province": "330000",
        "collateral_city": "330100",
        "appraised_value": 1_500_000,
        "appraisal_date": CUTOFF,
        "lien_rank": 1,
        "registration": "formal",
    } | changes
