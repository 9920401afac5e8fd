"""The door between deals as rows and deals as the engine reads them."""

import csv
import hashlib
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import rfc8785

from analytics.errors import AnalyticsError, StructureError
from analytics.schedule import build_schedule
from analytics.structure import AggregatePool, Note, deal_document, expand, parse_deal
from analytics.structure import Deal as EngineDeal
from analytics.structure.terms import FixedCoupon, FloatingCoupon, StepCoupon
from analytics.waterfall import waterfall_flows

FEN = Decimal("0.01")
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
WORDS_OF_ADDRESSES = {"new", "runs", "tapes", "import", "packages", "loans"}
LARGEST_SUM = Decimal(10) ** 16  # fits a column of 20 digits, two of them fen


@dataclass(frozen=True)
class NoteOutline:
    """What lists and votes need to know of a note class."""

    name: str
    rank: int
    balance: Decimal
    coupon_text: str
    coupon_rate: Decimal | None
    expected_maturity: date | None
    legal_final: date
    is_rated: bool


@dataclass(frozen=True)
class DealOutline:
    """What rows beside the document hold. Money in the deal's currency."""

    code: str
    name_en: str
    name_zh: str
    currency: str
    scale: str
    originator: str
    asset_class: str
    cutoff: date
    closing: date
    legal_final: date
    claim: Decimal | None
    base_forecast: Decimal | None
    notes: tuple[NoteOutline, ...]


@dataclass(frozen=True)
class InFull:
    """A deal file with nothing left implicit, and what had to be assumed for that."""

    document: dict[str, Any]
    warnings: tuple[str, ...]


def outline(document: Mapping[str, Any]) -> DealOutline:
    """Check a deal file and return what the rows beside it hold; a refusal names the JSON path."""
    deal = parse_deal(document)
    check_code(deal.code)
    check_lengths(deal)
    check_sizes(deal)
    names = deal.names
    return DealOutline(
        code=deal.code,
        name_en=(names.en if names else None) or deal.code,
        name_zh=(names.zh if names else None) or "",
        currency=deal.currency,
        scale=deal.scale,
        originator=next((p.institution for p in deal.parties if p.role == "originator"), ""),
        asset_class=deal.pool.asset_class or "",
        cutoff=deal.dates.cutoff,
        closing=deal.dates.closing,
        legal_final=deal.dates.legal_final,
        claim=deal.pool.claim if isinstance(deal.pool, AggregatePool) else None,
        base_forecast=base_forecast(deal),
        notes=tuple(note_outline(note, deal) for note in deal.notes),
    )


def check_document(document: Mapping[str, Any]) -> None:
    """Refuse a deal file that cannot be used; StructureError names the JSON path."""
    outline(document)


def check_code(code: str) -> None:
    if not CODE.fullmatch(code) or code.lower() in WORDS_OF_ADDRESSES:
        msg = (
            "A code has up to 64 Latin letters, figures, points, hyphens or underscores, begins with "
            f"a letter or figure, and is no word of an address; found {code[:80]!r}."
        )
        raise StructureError(msg, "code")


def check_lengths(deal: EngineDeal) -> None:
    """Refuse names that no list could show."""
    names = [("currency", deal.currency, 3)]
    if deal.names:
        names += [("names.en", deal.names.en or "", 200), ("names.zh", deal.names.zh or "", 200)]
    names += [(f"parties[{k}].institution", p.institution, 200) for k, p in enumerate(deal.parties)]
    names += [(f"notes[{k}].name", note.name, 64) for k, note in enumerate(deal.notes)]
    for path, name, longest in names:
        if len(name) > longest:
            msg = f"At most {longest} characters fit here; found {len(name)}."
            raise StructureError(msg, path)


def check_sizes(deal: EngineDeal) -> None:
    sums = [(f"notes[{k}].balance", note.balance) for k, note in enumerate(deal.notes)]
    if isinstance(deal.pool, AggregatePool):
        sums.append(("pool.claim", deal.pool.claim))
        for k, forecast in enumerate(deal.pool.forecasts):
            sums.append((f"pool.forecasts[{k}].amount", forecast.amount))
    for path, amount in sums:
        if abs(amount) >= LARGEST_SUM:
            msg = f"The amount {amount:,} is larger than any deal."
            raise StructureError(msg, path)
    for k, note in enumerate(deal.notes):
        if note.rank > 99:
            msg = f"Ranks run from 1 to 99; found {note.rank}."
            raise StructureError(msg, f"notes[{k}].rank")


def note_outline(note: Note, deal: EngineDeal) -> NoteOutline:
    coupon = note.coupon
    return NoteOutline(
        name=note.name,
        rank=note.rank,
        balance=note.balance,
        coupon_text=coupon_text(note),
        coupon_rate=Decimal(str(coupon.rate)) if isinstance(coupon, FixedCoupon) else None,
        expected_maturity=note.expected_maturity,
        legal_final=note.legal_final or deal.dates.legal_final,
        is_rated=note.is_rated,
    )


def coupon_text(note: Note) -> str:
    """Write a coupon in figures that need no translation: 2.70%, LPR1Y + 1.20%, 2.70% → 3.10%."""
    coupon = note.coupon
    if isinstance(coupon, FixedCoupon):
        return f"{coupon.rate:.2%}"
    if isinstance(coupon, FloatingCoupon):
        return f"{coupon.index} + {coupon.spread:.2%}"
    if isinstance(coupon, StepCoupon):
        return " → ".join(f"{step.rate:.2%}" for step in coupon.steps)
    return ""


def base_forecast(deal: EngineDeal) -> Decimal | None:
    """Return the mean of the base forecasts of an aggregate pool."""
    if not isinstance(deal.pool, AggregatePool):
        return None
    amounts = [each.amount for each in deal.pool.forecasts if each.scenario == "base"]
    return (sum(amounts, Decimal(0)) / len(amounts)).quantize(FEN)


def in_full(document: Mapping[str, Any]) -> InFull:
    """Write out what a preset leaves implicit: fees, accounts, triggers and every step."""
    expanded = expand(parse_deal(document))
    return InFull(deal_document(expanded.deal), expanded.warnings)


def payment_dates(document: Mapping[str, Any]) -> tuple[date, ...]:
    """Return the payment dates from the first to legal final, moved by weekends only."""
    return build_schedule(parse_deal(document)).payment_dates


def notes_with_support(outline: DealOutline) -> list[tuple[NoteOutline, Decimal, Decimal]]:
    """Pair each note with its share of all notes and the share of notes that rank below it."""
    total = sum((note.balance for note in outline.notes), Decimal(0))
    below = {
        note.rank: sum((n.balance for n in outline.notes if n.rank > note.rank), Decimal(0))
        for note in outline.notes
    }
    ordered = sorted(outline.notes, key=lambda note: note.rank)
    return [(note, note.balance / total, below[note.rank] / total) for note in ordered]


def canonical_sha256(document: Mapping[str, Any]) -> str:
    """Hash the canonical form (RFC 8785) of a document: the same for any order of keys."""
    try:
        canonical = rfc8785.dumps(dict(document))
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        msg = f"The file holds a value that JSON cannot keep exactly: {error}."
        raise StructureError(msg) from error
    if b"\\u0000" in canonical:
        msg = "The file holds a NUL character, which is no text."
        raise StructureError(msg)
    return hashlib.sha256(canonical).hexdigest()


def flows_document(document: Mapping[str, Any], collections_csv: str) -> dict[str, Any]:
    """Run given net collections through a deal: the answer of `manage.py waterfall --json`.

    `collections_csv` has the columns date and amount (CNY, net of work-out cost).
    """
    return waterfall_flows(parse_deal(document), read_collections(collections_csv))


def read_collections(text: str) -> list[tuple[date, Decimal]]:
    """Read dated amounts; a row that cannot be read is refused by its line."""
    rows = csv.DictReader(io.StringIO(text))
    if rows.fieldnames is None or not {"date", "amount"} <= set(rows.fieldnames):
        msg = f"The collections need the columns date and amount; found {rows.fieldnames}."
        raise AnalyticsError(msg)
    found = []
    for row in rows:
        try:
            amount = Decimal(row["amount"].strip())
            on = date.fromisoformat(row["date"].strip())
        except (ArithmeticError, ValueError, AttributeError) as error:
            msg = (
                f"Line {rows.line_num} of the collections needs a date and an amount; found {row}."
            )
            raise AnalyticsError(msg) from error
        if not amount.is_finite():
            msg = f"Line {rows.line_num} of the collections has no finite amount: {row}."
            raise AnalyticsError(msg)
        found.append((on, amount))
    return found
