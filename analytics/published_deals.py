"""Deal files of published Chinese NPL securitisations, from the table that ships with the engine.

Real terms and agency forecasts as an aggregate pool; nothing about single loans is known.
"""

import csv
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

TABLE = Path(__file__).resolve().parent / "data" / "cn_npl_abs_deals_2016_2024h1.csv"
ASSET_CLASSES: Mapping[str, str] = {
    "card": "card",
    "consumer": "consumer",
    "resi": "home_mortgage",
    "sme_mtg": "sme_secured",
    "sme_unsecured": "sme_unsecured",
    "corp": "corporate",
}
SENIOR, JUNIOR = "优先档", "次级档"


def published_deals(path: Path = TABLE) -> list[dict[str, str]]:
    """Read the rows of the table, one for each deal, in order of issue."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def deal_document_from_row(row: Mapping[str, str]) -> dict[str, Any]:
    """Write one row of the table as a deal file with an aggregate pool and both forecasts.

    Amounts of the table are 万元, percentages are percent; the deal file has CNY and fractions.
    """
    page = f"absbox.com.cn/deal/{row['code']}"
    return {
        "format": "npl-deal/1",
        "code": row["code"],
        "names": {"zh": f"{row['originator']} {row['code']}"},
        "currency": "CNY",
        "scale": "cn",
        "dates": {
            "cutoff": row["cutoff_date"],
            "closing": row["issue_date"],
            "legal_final": row["legal_final"],
        },
        "payment": {
            "frequency": row["payment_frequency"],
            "day": int(row["legal_final"][-2:]),
            "business_day": "none",
        },
        "parties": [
            {"role": "originator", "institution": row["originator"]},
            {"role": "servicer", "institution": row["originator"]},
        ],
        "pool": _pool(row),
        "notes": [_senior(row), _junior(row)],
        "waterfall": {"preset": "cn_npl"},
        "evidence": [
            {"path": path, "citation": page} for path in ("dates", "pool", "notes", "payment")
        ],
    }


def _pool(row: Mapping[str, str]) -> dict[str, Any]:
    pool: dict[str, Any] = {
        "kind": "aggregate",
        "asset_class": ASSET_CLASSES[row["asset_class"]],
        "claim": cny(row["pool_claim_wan"]),
        "classes": {
            name: fraction(row[f"{name}_pct"]) for name in ("substandard", "doubtful", "loss")
        },
        "forecasts": [
            {
                "source": row[f"agency{number}"],
                "scenario": "base",
                "basis": "gross",
                "amount": cny(row[f"forecast{number}_wan"]),
            }
            for number in (1, 2)
        ],
    }
    if row["pool_principal_wan"]:
        pool["principal"] = cny(row["pool_principal_wan"])
    return pool


def _senior(row: Mapping[str, str]) -> dict[str, Any]:
    return {
        "name": SENIOR,
        "rank": 1,
        "balance": cny(row["senior_wan"]),
        "coupon": {"kind": "fixed", "rate": fraction(row["senior_coupon_pct"])},
        "expected_maturity": row["senior_expected_maturity"],
    }


def _junior(row: Mapping[str, str]) -> dict[str, Any]:
    junior: dict[str, Any] = {
        "name": JUNIOR,
        "rank": 2,
        "balance": cny(row["sub_wan"]),
        "coupon": {"kind": "none"},
    }
    if row["sub_issue_price"]:
        junior["issue_price"] = fraction(row["sub_issue_price"])
    return junior


def cny(amount_in_wan: str) -> str:
    """Write 万元 as CNY with two decimals: 23478 becomes 234780000.00."""
    return f"{Decimal(amount_in_wan) * 10_000:.2f}"


def fraction(percent: str) -> float:
    """Write percent as a fraction without the noise of binary division: 3.42 becomes 0.0342."""
    return float(Decimal(percent) / 100)
