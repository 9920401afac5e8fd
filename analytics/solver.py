"""Sizes that just hold a level: the largest note, the smallest reserve.

The level is read on the ladder, with timely interest and ultimate principal under every case of
the level and of all weaker ones; caps are no part of it.
"""

from collections.abc import Callable
from dataclasses import replace
from decimal import ROUND_DOWN, ROUND_UP, Decimal

from analytics.criteria import LEVELS, notch
from analytics.errors import ConvergenceError, StructureError
from analytics.ladder import Rung, Setting, verdict_of
from analytics.structure import Deal
from analytics.structure.terms import Account, FixedTarget

FEN = Decimal("0.01")


def holds(setting: Setting, name: str, level: str) -> bool:
    """Say whether a note passes a level and every weaker one."""
    place = place_of(setting.deal, name)
    return all(
        bool(verdict_of(Rung(setting, each)).is_passed[place]) for each in LEVELS[notch(level) :]
    )


def largest_note(setting: Setting, name: str, level: str) -> Decimal:
    """Find the largest balance at which a note still holds a level, the other notes unchanged.

    CNY, within a millionth of the expected gross recovery, rounded down to the fen; 0 where no
    balance holds it.
    """
    most = Decimal(str(round(setting.base.total + float(setting.base.collected.sum()), 2)))

    def passes(balance: Decimal) -> bool:
        return holds(with_balance(setting, name, max(balance, FEN)), name, level)

    if not passes(Decimal(1)):
        return Decimal(0)
    low, _ = _bisect(passes, Decimal(1), most)
    return low.quantize(FEN, ROUND_DOWN)


def smallest_reserve(setting: Setting, name: str, level: str, account: str) -> Decimal:
    """Find the smallest amount of an account, funded at closing, at which a note holds a level.

    CNY, rounded up to the fen. Raises `ConvergenceError` where even a reserve as large as the note
    does not help.
    """
    note = setting.deal.notes[place_of(setting.deal, name)]

    def fails(amount: Decimal) -> bool:
        return not holds(with_reserve(setting, account, amount), name, level)

    if not fails(Decimal(0)):
        return Decimal(0)
    if fails(note.balance):
        msg = f"No reserve up to the balance of {name} lets it hold {level}."
        raise ConvergenceError(msg)
    _, high = _bisect(fails, Decimal(0), note.balance)
    return high.quantize(FEN, ROUND_UP)


def with_balance(setting: Setting, name: str, balance: Decimal) -> Setting:
    """Return the setting with another balance of one note."""
    notes = tuple(
        replace(note, balance=balance.quantize(FEN)) if note.name == name else note
        for note in setting.deal.notes
    )
    return _with_deal(setting, replace(setting.deal, notes=notes))


def with_reserve(setting: Setting, account: str, amount: Decimal) -> Setting:
    """Return the setting with an account funded with an amount at closing, and held at it."""
    accounts = setting.expanded.accounts
    if account not in {each.name for each in accounts}:
        msg = f"The deal has no account {account!r}; it has {', '.join(a.name for a in accounts)}."
        raise StructureError(msg, "accounts")
    whole = amount.quantize(FEN, ROUND_UP)

    def held(each: Account) -> Account:
        return replace(each, initial=whole, target=FixedTarget(amount=whole))

    changed = tuple(held(each) if each.name == account else each for each in accounts)
    return _with_deal(setting, replace(setting.deal, accounts=changed))


def place_of(deal: Deal, name: str) -> int:
    """Return the number of a note class in the deal."""
    names = [note.name for note in deal.notes]
    if name not in names:
        msg = f"The deal has no note {name!r}; it has {', '.join(names)}."
        raise StructureError(msg, "notes")
    return names.index(name)


def _with_deal(setting: Setting, deal: Deal) -> Setting:
    return replace(setting, expanded=replace(setting.expanded, deal=deal))


def _bisect(
    holds_below: Callable[[Decimal], bool], low: Decimal, high: Decimal
) -> tuple[Decimal, Decimal]:
    """Narrow an interval whose lower end holds; return its ends."""
    tolerance = max((high - low) / 1_000_000, FEN)
    while high - low > tolerance:
        middle = (low + high) / 2
        low, high = (middle, high) if holds_below(middle) else (low, middle)
    return low, high
