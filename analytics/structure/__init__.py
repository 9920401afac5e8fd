"""The structure of a deal: the deal file read, checked, written out in full, and written back."""

from collections.abc import Mapping
from typing import Any

from analytics.errors import StructureError
from analytics.structure.checks import check_terms, check_waterfall
from analytics.structure.document import read_term, schema, shown, write_term
from analytics.structure.presets import DEFAULTS, Expanded, FeeDefaults, expand
from analytics.structure.terms import FORMAT, AggregatePool, Deal, ListedWaterfall, Note, TapePool

__all__ = [
    "DEFAULTS",
    "AggregatePool",
    "Deal",
    "Expanded",
    "FeeDefaults",
    "ListedWaterfall",
    "Note",
    "TapePool",
    "deal_document",
    "expand",
    "parse_deal",
    "schema",
]


def parse_deal(document: Mapping[str, object]) -> Deal:
    """Read a deal file; every refusal names the JSON path.

    `deal_document(parse_deal(document))` equals `document`.
    """
    if document.get("format") != FORMAT:
        msg = f"Expected {FORMAT!r}, found {shown(document.get('format'))}."
        raise StructureError(msg, "format")
    deal = read_term(Deal, document, "")
    if not isinstance(deal, Deal):
        raise TypeError(type(deal))
    check_terms(deal)
    check_waterfall(expand(deal))
    return deal


def deal_document(deal: Deal) -> dict[str, Any]:
    """Return the deal file of a deal: money and rates as they were written."""
    return write_term(deal)
