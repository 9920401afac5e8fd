"""The loan tape as arrays: one row per loan, one per collateral, one per link between the two."""

import datetime
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from analytics.errors import TapeError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

ASSET_CLASS_OF_PRODUCT = {
    "credit_card": "card",
    "consumer_loan": "consumer",
    "residential_mortgage": "home_mortgage",
    "micro_business": "sme",
    "sme_loan": "sme",
    "corporate_loan": "corporate",
    "auto_loan": "auto",
}
DAYS_PER_MONTH = 30.4375


@dataclass(frozen=True)
class Codes:
    """A column of words as integers: `words[code[i]]` is the word of row i."""

    code: Ints
    words: tuple[str, ...]

    def is_word(self, *wanted: str) -> Flags:
        """Tell for each row whether its word is one of those wanted."""
        places = [place for place, word in enumerate(self.words) if word in wanted]
        return np.isin(self.code, places)

    def text(self, row: int) -> str:
        return self.words[int(self.code[row])]


@dataclass(frozen=True)
class CollateralTable:
    """Collateral items, each once: (n_collaterals,). Values in CNY, `months_old` at cut-off."""

    collateral_id: tuple[str, ...]
    kind: Codes
    division: Codes
    appraised_value: Floats
    months_old: Floats
    appraised_on: tuple[datetime.date | None, ...]
    is_occupied: Flags
    is_leased: Flags
    is_forced_basis: Flags


@dataclass(frozen=True)
class LinkTable:
    """Which loan is secured on which collateral: (n_links,). `max_claim` is inf where none is set."""

    loan: Ints
    collateral: Ints
    lien_rank: Ints
    prior_lien: Floats
    max_claim: Floats
    registration: Codes


@dataclass(frozen=True)
class LoanTape:
    """Loans at cut-off: (n_loans,). Money in CNY, rates as fractions a year, times in months.

    Absent numbers are nan, absent words "" in the table of words. Always: `claim` is the sum of
    principal, interest, penalty and fees within a fen, and every link points to existing rows.
    """

    cutoff: datetime.date
    loan_id: tuple[str, ...]
    borrower: Codes
    group: Codes
    province: Codes
    city: Codes
    industry: Codes
    court: Codes
    asset_type: Codes
    product: Codes
    risk_class: Codes
    stage: Codes
    strategy: Codes
    principal: Floats
    interest: Floats
    penalty: Floats
    fees: Floats
    claim: Floats
    original_balance: Floats
    contract_rate: Floats
    penalty_rate: Floats
    months_since_default: Floats
    months_since_origination: Floats
    months_in_stage: Floats
    months_since_bankruptcy: Floats
    collected: Floats
    plan_recovery: Floats
    plan_months: Floats
    settlement_amount: Floats
    payments_12m: Floats
    links: LinkTable
    collateral: CollateralTable

    @property
    def n_loans(self) -> int:
        return len(self.loan_id)

    @property
    def is_secured(self) -> Flags:
        """Loans with at least one collateral item."""
        secured = np.zeros(self.n_loans, dtype=np.bool_)
        secured[self.links.loan] = True
        return secured

    @property
    def asset_class(self) -> Codes:
        """Asset class of the criteria for each loan, from product and security."""
        words = (*(_class_word(product, secured=False) for product in self.product.words),
                 *(_class_word(product, secured=True) for product in self.product.words))  # fmt: skip
        names = tuple(dict.fromkeys(words))
        table = np.array([names.index(word) for word in words], dtype=np.int64)
        return Codes(table[self.product.code + len(self.product.words) * self.is_secured], names)


def loan_tape(frame: pl.DataFrame, cutoff: datetime.date) -> LoanTape:
    """Read a canonical frame (`analytics.tape`) as it stood on the cut-off date."""
    if frame.is_empty():
        msg = "The tape holds no loans."
        raise TapeError(msg)
    first = frame.unique(subset="loan_id", keep="first", maintain_order=True)
    read = _Reader(first, cutoff)
    return LoanTape(
        cutoff=cutoff,
        loan_id=tuple(first["loan_id"].to_list()),
        borrower=read.words("borrower_id"),
        group=_codes(first["borrower_group"].fill_null(first["borrower_id"])),
        province=read.words("province"),
        city=read.words("city"),
        industry=read.words("industry"),
        court=read.words("court"),
        asset_type=read.words("asset_type"),
        product=read.words("product"),
        risk_class=read.words("risk_class"),
        stage=read.words("legal_stage"),
        strategy=read.words("resolution_strategy"),
        principal=read.money("unpaid_principal"),
        interest=read.money("accrued_interest"),
        penalty=read.money("penalty_interest"),
        fees=read.money("other_fees"),
        claim=read.money("total_claim"),
        original_balance=read.numbers("original_balance"),
        contract_rate=read.numbers("contract_rate"),
        penalty_rate=read.numbers("penalty_rate"),
        months_since_default=read.months_since("default_date"),
        months_since_origination=read.months_since("origination_date"),
        months_in_stage=read.months_since("legal_stage_date"),
        months_since_bankruptcy=read.months_since("bankruptcy_date"),
        collected=read.money("collected_since_cutoff"),
        plan_recovery=read.numbers("plan_recovery"),
        plan_months=read.numbers("plan_months"),
        settlement_amount=read.numbers("settlement_amount"),
        payments_12m=read.numbers("payments_12m"),
        **_security(frame, first["loan_id"], cutoff),
    )


class _Reader:
    """Columns of a frame as arrays."""

    def __init__(self, frame: pl.DataFrame, cutoff: datetime.date) -> None:
        self.frame, self.cutoff = frame, cutoff

    def numbers(self, name: str) -> Floats:
        return self.frame[name].cast(pl.Float64).fill_null(np.nan).to_numpy().astype(np.float64)

    def money(self, name: str) -> Floats:
        return self.frame[name].cast(pl.Float64).fill_null(0.0).to_numpy().astype(np.float64)

    def counts(self, name: str, absent: int) -> Ints:
        return self.frame[name].cast(pl.Int64).fill_null(absent).to_numpy().astype(np.int64)

    def flags(self, name: str) -> Flags:
        return self.frame[name].fill_null(value=False).to_numpy().astype(np.bool_)

    def words(self, name: str) -> Codes:
        return _codes(self.frame[name])

    def months_since(self, name: str) -> Floats:
        days = (pl.lit(self.cutoff) - pl.col(name)).dt.total_days().cast(pl.Float64)
        months = self.frame.select(days.alias("days"))["days"] / DAYS_PER_MONTH
        return months.fill_null(np.nan).to_numpy().astype(np.float64)


def _codes(series: pl.Series) -> Codes:
    filled = series.cast(pl.String).fill_null("")
    words = tuple(filled.unique().sort().to_list())
    place = {word: number for number, word in enumerate(words)}
    code = filled.replace_strict(list(place), list(place.values()), return_dtype=pl.Int64)
    return Codes(code.to_numpy().astype(np.int64), words)


def _class_word(product: str, *, secured: bool) -> str:
    """Return the asset class: a loan to a firm differs by security, others do not."""
    known = ASSET_CLASS_OF_PRODUCT.get(product)
    if known is None:
        msg = f"Product {product!r} has no asset class; known: {', '.join(ASSET_CLASS_OF_PRODUCT)}."
        raise TapeError(msg)
    if known == "sme":
        return "sme_secured" if secured else "sme_unsecured"
    return known


def _security(frame: pl.DataFrame, loan_id: pl.Series, cutoff: datetime.date) -> dict[str, Any]:
    """Read the rows that name a collateral: the items once, and the links of loans to them."""
    rows = frame.filter(pl.col("appraised_value").is_not_null())
    own = pl.format("{}#{}", "loan_id", pl.int_range(pl.len()))
    rows = rows.with_columns(item=pl.coalesce("collateral_id", own))
    items = rows.unique(subset="item", keep="first", maintain_order=True)
    place = pl.DataFrame({"loan_id": loan_id}).with_row_index("loan_place")
    item_place = items.select("item").with_row_index("item_place")
    linked = rows.join(place, on="loan_id", how="left", maintain_order="left").join(
        item_place, on="item", how="left", maintain_order="left"
    )
    read, read_items = _Reader(linked, cutoff), _Reader(items, cutoff)
    caps = read.numbers("max_claim_amount")
    links = LinkTable(
        loan=read.counts("loan_place", 0),
        collateral=read.counts("item_place", 0),
        lien_rank=read.counts("lien_rank", 1),
        prior_lien=read.money("prior_lien_amount"),
        max_claim=np.where(np.isnan(caps), np.inf, caps),
        registration=_codes(linked["registration"].fill_null("formal")),
    )
    collateral = CollateralTable(
        collateral_id=tuple(items["item"].to_list()),
        kind=_codes(items["collateral_type"].fill_null("other")),
        division=_codes(pl.Series(items.select(pl.coalesce("collateral_city", "collateral_province", "province")).to_series())),
        appraised_value=read_items.money("appraised_value"),
        months_old=np.nan_to_num(read_items.months_since("appraisal_date")),
        appraised_on=tuple(items["appraisal_date"].to_list()),
        is_occupied=read_items.flags("occupied"),
        is_leased=read_items.flags("leased"),
        is_forced_basis=(items["valuation_basis"].fill_null("market") == "forced").to_numpy(),
    )  # fmt: skip
    return {"links": links, "collateral": collateral}
