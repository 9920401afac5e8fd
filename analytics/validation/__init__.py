"""Does the engine give what is known? Back-tests on real outcomes, and the validation book."""

from analytics.validation.backtest import Backtest, backtest, pools_by, pools_of, read_cases
from analytics.validation.book import Target, validation_book

__all__ = [
    "Backtest",
    "Target",
    "backtest",
    "pools_by",
    "pools_of",
    "read_cases",
    "validation_book",
]
