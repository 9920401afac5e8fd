"""Synthetic loan tapes that meet the published totals and shares of a real deal.

A prospectus publishes totals: claim, principal, shares by risk class, forecast recovery. The loans
behind them are not public. This module makes loans whose sums are exactly the published ones, so
that the whole chain can be shown at work. Nothing here is evidence: every loan identifier begins
with `SYNTHETIC-`, and the product says so wherever the tape is seen.

All shapes below (sizes, ages, places, legal stages, values) are engineering defaults.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

MARK = "SYNTHETIC-"
FEN = Decimal(100)
DAYS_PER_MONTH = 30.4375
DOUBLE_LIEN_SHARE = 0.05
PAYING_SHARE = 0.125

Generator = np.random.Generator
Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Shape:
    """How the loans of an asset class look. Money in CNY, ages and terms in months."""

    product: str
    mean_claim: float
    size_sigma: float
    principal_share: float
    contract_rate: tuple[float, float]
    months_on_book: tuple[int, int]
    collateral: tuple[tuple[str, float], ...] = ()
    claim_to_value: tuple[float, float] = (1.0, 0.0)
    stages: tuple[tuple[str, float], ...] = (("pre_litigation", 1.0),)

    @property
    def is_secured(self) -> bool:
        return bool(self.collateral)

    @property
    def paid_a_month(self) -> float:
        """Share of the plan that comes in a month at first (default timing curves of the criteria)."""
        return 0.02 if self.is_secured else 0.067


EARLY = (("pre_litigation", 0.80), ("filed", 0.10), ("judgment", 0.05), ("enforcement", 0.05))
COURTS = (
    ("pre_litigation", 0.18),
    ("filed", 0.16),
    ("first_instance", 0.20),
    ("judgment", 0.12),
    ("enforcement", 0.18),
    ("appraisal", 0.06),
    ("auction_1", 0.05),
    ("auction_2", 0.03),
    ("sale", 0.01),
    ("distribution", 0.01),
)
HOME = (("residential", 0.93), ("apartment_villa", 0.07))
BUSINESS = (
    ("residential", 0.40),
    ("shop", 0.30),
    ("office", 0.08),
    ("factory", 0.16),
    ("land", 0.06),
)

SHAPES: Mapping[str, Shape] = {
    "card": Shape("credit_card", 60_000, 0.9, 0.82, (0.15, 0.18), (12, 72), stages=EARLY),
    "consumer": Shape("consumer_loan", 90_000, 0.8, 0.90, (0.06, 0.15), (8, 48), stages=EARLY),
    "auto": Shape("auto_loan", 80_000, 0.6, 0.92, (0.05, 0.12), (8, 48), stages=EARLY),
    "sme_unsecured": Shape("micro_business", 400_000, 0.9, 0.95, (0.04, 0.08), (8, 36), stages=EARLY),
    "home_mortgage": Shape(
        "residential_mortgage", 700_000, 0.7, 0.95, (0.038, 0.059), (24, 110), HOME, (0.95, 0.22), COURTS
    ),
    "sme_secured": Shape(
        "micro_business", 2_000_000, 0.9, 0.93, (0.04, 0.075), (10, 60), BUSINESS, (0.95, 0.35), COURTS
    ),
    "sme_mixed": Shape(
        "sme_loan", 3_000_000, 1.0, 0.92, (0.04, 0.075), (10, 60), BUSINESS, (1.1, 0.40), COURTS
    ),
    "corporate": Shape(
        "corporate_loan", 25_000_000, 1.1, 0.90, (0.045, 0.075), (12, 72), BUSINESS, (1.3, 0.45), COURTS
    ),
}  # fmt: skip

# Months since default by risk class: uniform between the two.
AGE_BY_CLASS = {"substandard": (3.2, 10.0), "doubtful": (7.0, 24.0), "loss": (14.0, 46.0)}

PLACES: tuple[tuple[str, str, float], ...] = (
    ("广东省", "广州市", 9), ("广东省", "深圳市", 7), ("广东省", "惠州市", 3), ("浙江省", "杭州市", 6),
    ("浙江省", "宁波市", 4), ("浙江省", "温州市", 3), ("江苏省", "南京市", 5), ("江苏省", "无锡市", 4),
    ("江苏省", "徐州市", 3), ("福建省", "福州市", 4), ("福建省", "泉州市", 4), ("山东省", "济南市", 4),
    ("山东省", "青岛市", 4), ("河南省", "郑州市", 6), ("河南省", "洛阳市", 2), ("湖北省", "武汉市", 5),
    ("湖南省", "长沙市", 4), ("四川省", "成都市", 5), ("陕西省", "西安市", 3), ("辽宁省", "沈阳市", 3),
    ("河北省", "石家庄市", 3), ("安徽省", "合肥市", 3), ("江西省", "南昌市", 2), ("云南省", "昆明市", 2),
    ("贵州省", "贵阳市", 2), ("广西壮族自治区", "南宁市", 2),
)  # fmt: skip


def synthesise(document: Mapping[str, Any]) -> pd.DataFrame:
    """Make a labelled tape for a deal file with an aggregate pool.

    Parameters
    ----------
    document : a deal file `npl-deal/1` whose pool is of the kind "aggregate".

    Returns
    -------
    One row per loan in the columns of the tape dictionary, money as `Decimal` CNY. The sums of
    `total_claim` and `unpaid_principal`, the claim of each risk class and the sum of `plan_recovery`
    (the mean of the base forecasts) equal the published figures to the fen. The same deal file
    always makes the same tape.
    """
    pool = document["pool"]
    if pool["kind"] != "aggregate":
        msg = f"pool.kind: a synthetic tape is made from an aggregate pool; this one is {pool['kind']!r}."
        raise ValueError(msg)
    shape = SHAPES[pool["asset_class"]]
    cutoff = date.fromisoformat(document["dates"]["cutoff"])
    rng = np.random.Generator(np.random.PCG64(_seed(document["code"])))

    claim, classes = _claims_by_class(pool, shape, rng)
    columns = _amounts(pool, shape, claim, rng) | _history(shape, classes, cutoff, rng)
    columns |= _places(len(claim), rng)
    if shape.is_secured:
        columns |= _collateral(shape, claim, columns, cutoff, rng)
    columns |= _plan(pool, claim, columns, rng)
    columns |= _collected(document, shape, columns, rng)
    return _labelled(document["code"], shape, columns)


def write_tape(frame: pd.DataFrame, path: Path) -> None:
    """Write a tape as CSV or XLSX, by the ending of the name."""
    if path.suffix.lower() == ".xlsx":
        frame.to_excel(path, index=False, engine="xlsxwriter")
    else:
        frame.to_csv(path, index=False)


def apportion(total: int, weights: Floats) -> Integers:
    """Split a whole number of fen by weights: the parts sum to `total`, largest remainders first."""
    if len(weights) == 0:
        return np.zeros(0, np.int64)
    exact = total * (weights / weights.sum())
    parts: Integers = np.floor(exact).astype(np.int64)
    missing = total - int(parts.sum())
    order = np.argsort(parts - exact, kind="stable")
    parts[order[:missing]] += 1
    return parts


def _seed(code: str) -> int:
    return int.from_bytes(hashlib.sha256(code.encode()).digest()[:8], "big")


def _fen(amount: str) -> int:
    return int(Decimal(amount) * FEN)


def _claims_by_class(
    pool: Mapping[str, Any], shape: Shape, rng: Generator
) -> tuple[Integers, npt.NDArray[np.str_]]:
    total = _fen(pool["claim"])
    published = pool.get("classes") or {"doubtful": "1"}
    shares = np.array([float(share) for share in published.values()])
    class_totals = apportion(total, shares)
    n_loans = int(pool.get("loans") or max(50, round(total / 100 / shape.mean_claim)))
    counts = np.maximum(apportion(n_loans, shares), np.where(class_totals > 0, 1, 0))
    claims = [
        apportion(int(part), rng.lognormal(0.0, shape.size_sigma, count))
        for part, count in zip(class_totals, counts, strict=True)
    ]
    names = np.repeat(list(published), counts)
    order = rng.permutation(len(names))
    return np.concatenate(claims)[order], names[order]


def _amounts(
    pool: Mapping[str, Any], shape: Shape, claim: Integers, rng: Generator
) -> dict[str, Any]:
    total = int(claim.sum())
    principal_total = (
        _fen(pool["principal"]) if pool.get("principal") else int(total * shape.principal_share)
    )
    share = principal_total / total
    spread = min(0.08, 0.4 * (1 / share - 1))
    principal = apportion(principal_total, claim * rng.uniform(1 - spread, 1 + spread, len(claim)))
    principal = np.minimum(principal, claim)
    for loan in np.argsort(principal - claim, kind="stable")[: len(claim)]:
        missing = principal_total - int(principal.sum())
        if missing <= 0:
            break
        principal[loan] += min(missing, int(claim[loan] - principal[loan]))
    rest = claim - principal
    interest = (rest * rng.uniform(0.55, 0.75, len(claim))).astype(np.int64)
    penalty = ((rest - interest) * rng.uniform(0.6, 0.9, len(claim))).astype(np.int64)
    rate = rng.uniform(*shape.contract_rate, len(claim)).round(4)
    return {
        "original_balance": (principal * rng.uniform(1.0, 1.6, len(claim))).astype(np.int64),
        "unpaid_principal": principal,
        "accrued_interest": interest,
        "penalty_interest": penalty,
        "other_fees": rest - interest - penalty,
        "total_claim": claim,
        "contract_rate": rate,
        "penalty_rate": (rate * 1.5).round(4),
    }


def _history(
    shape: Shape, classes: npt.NDArray[np.str_], cutoff: date, rng: Generator
) -> dict[str, Any]:
    low = np.array([AGE_BY_CLASS.get(name, AGE_BY_CLASS["doubtful"])[0] for name in classes])
    high = np.array([AGE_BY_CLASS.get(name, AGE_BY_CLASS["doubtful"])[1] for name in classes])
    overdue_days = (rng.uniform(low, high) * DAYS_PER_MONTH).astype(int)
    on_book = (rng.uniform(*shape.months_on_book, len(classes)) * DAYS_PER_MONTH).astype(int)
    stages, chances = zip(*shape.stages, strict=True)
    stage = rng.choice(stages, len(classes), p=chances)
    since_stage = (overdue_days * rng.uniform(0.05, 0.5, len(classes))).astype(int)
    return {
        "default_date": [cutoff - timedelta(days=int(days)) for days in overdue_days],
        "origination_date": [cutoff - timedelta(days=int(days)) for days in overdue_days + on_book],
        "days_past_due": overdue_days,
        "risk_class": classes,
        "legal_stage": stage,
        "legal_stage_date": [cutoff - timedelta(days=int(days)) for days in since_stage],
        "resolution_strategy": np.where(stage == "pre_litigation", "collection", "litigation"),
    }


def _places(n_loans: int, rng: Generator) -> dict[str, Any]:
    provinces, cities, weights = zip(*PLACES, strict=True)
    chosen = rng.choice(len(PLACES), n_loans, p=np.array(weights) / sum(weights))
    return {"province": np.array(provinces)[chosen], "city": np.array(cities)[chosen]}


def _collateral(
    shape: Shape, claim: Integers, columns: Mapping[str, Any], cutoff: date, rng: Generator
) -> dict[str, Any]:
    kinds, chances = zip(*shape.collateral, strict=True)
    middle, sigma = shape.claim_to_value
    claim_to_value = middle * rng.lognormal(0.0, sigma, len(claim))
    value = np.maximum(np.round(claim / claim_to_value / 10_000), 1).astype(np.int64) * 10_000
    is_second = rng.random(len(claim)) < DOUBLE_LIEN_SHARE
    appraised = [cutoff - timedelta(days=int(days)) for days in rng.integers(20, 330, len(claim))]
    return {
        "collateral_type": rng.choice(kinds, len(claim), p=chances),
        "collateral_province": columns["province"],
        "collateral_city": columns["city"],
        "collateral_area_sqm": rng.uniform(45, 180, len(claim)).round(1),
        "appraised_value": value,
        "appraisal_date": appraised,
        "valuation_basis": np.full(len(claim), "market"),
        "lien_rank": np.where(is_second, 2, 1),
        "prior_lien_amount": np.where(is_second, (value * 0.25).astype(np.int64), 0),
        "registration": rng.choice(
            ["formal", "pre_registered", "none"], len(claim), p=[0.90, 0.09, 0.01]
        ),
        "occupied": rng.choice(["yes", "no"], len(claim), p=[0.35, 0.65]),
    }


def _plan(
    pool: Mapping[str, Any], claim: Integers, columns: Mapping[str, Any], rng: Generator
) -> dict[str, Any]:
    base = [Decimal(f["amount"]) for f in pool.get("forecasts", ()) if f["scenario"] == "base"]
    if not base:
        return {}
    total = int(sum(base, Decimal(0)) / len(base) * FEN)
    if "appraised_value" in columns:
        weight = np.minimum(claim, 0.75 * columns["appraised_value"])
    else:
        weight = claim * np.exp(-np.asarray(columns["days_past_due"]) / 720.0)
    plan = apportion(total, weight * rng.uniform(0.8, 1.2, len(claim)))
    overflow = int(np.maximum(plan - claim, 0).sum())
    plan = np.minimum(plan, claim)
    plan += apportion(overflow, (claim - plan).astype(float)) if overflow else 0
    return {"plan_recovery": plan, "plan_months": rng.integers(4, 36, len(claim))}


def _collected(
    document: Mapping[str, Any], shape: Shape, columns: Mapping[str, Any], rng: Generator
) -> dict[str, Any]:
    """Spread the cash of the months between cut-off and closing over one loan in eight.

    No such figure is published: the amount is the plan's, at the pace of the first months.
    """
    if "plan_recovery" not in columns:
        return {}
    dates = document["dates"]
    days = (date.fromisoformat(dates["closing"]) - date.fromisoformat(dates["cutoff"])).days
    plan = columns["plan_recovery"]
    total = int(plan.sum() * min(0.3, shape.paid_a_month * days / DAYS_PER_MONTH))
    paying = np.where(rng.random(len(plan)) < PAYING_SHARE, plan, 0)
    if paying.sum() < total:
        paying = plan
    return {"collected_since_cutoff": np.minimum(apportion(total, paying.astype(float)), plan)}


MONEY = (
    "original_balance", "unpaid_principal", "accrued_interest", "penalty_interest", "other_fees", "total_claim",
    "appraised_value", "prior_lien_amount", "plan_recovery",
    "collected_since_cutoff",
)  # fmt: skip


def _labelled(code: str, shape: Shape, columns: Mapping[str, Any]) -> pd.DataFrame:
    n_loans = len(columns["total_claim"])
    number = np.arange(1, n_loans + 1)
    head = {
        "loan_id": [f"{MARK}{code}-{i:06d}" for i in number],
        "borrower_id": [f"{MARK}B-{i:06d}" for i in number],
        "borrower_name": [f"合成借款人 {i:06d}" for i in number],
        "asset_type": "secured" if shape.is_secured else "unsecured",
        "product": shape.product,
    }
    if shape.is_secured:
        head["collateral_id"] = [f"{MARK}C-{i:06d}" for i in number]
    frame = pd.DataFrame(head | dict(columns))
    for name in MONEY:
        if name in frame:
            frame[name] = pd.Series([Decimal(int(fen)) / FEN for fen in frame[name]], dtype=object)
    return frame
