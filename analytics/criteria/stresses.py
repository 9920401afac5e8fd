"""What a level demands: amount, delay, cost, fees, rate and FX, between anchors by notch."""

from collections.abc import Mapping
from dataclasses import dataclass

from analytics.criteria.assumptions import Criteria
from analytics.criteria.levels import LEVELS, notch
from analytics.errors import AssumptionError

SCALES = ("cn", "intl")
COLLATERAL_GROUPS = ("residential", "commercial", "industrial", "land")


@dataclass(frozen=True)
class Stress:
    """The stress of one level for one segment.

    `cut` is a fraction of debiased base gross recovery; delays are months added to the mean
    remaining time; `rate_shock` is a fraction a year (both directions are run); `price_decline`
    and `forced_sale_discount` apply to secured loans of a tape on the international scale and
    are zero on the national one, where the cut holds all.
    """

    level: str
    segment: str
    cut: float
    delay_unsecured: float
    delay_secured: float
    delay: float
    cost_multiple: float
    fee_multiple: float
    rate_shock: float
    fx_shock: float
    price_decline: float
    forced_sale_discount: Mapping[str, float]
    top_obligors: float


def stress_for(criteria: Criteria, segment: str, level: str, scale: str) -> Stress:
    """Return the stress of `level` for `segment`; linear between anchors on the notch index."""
    if scale not in SCALES:
        msg = f"The scale must be one of {', '.join(SCALES)}; got {scale!r}."
        raise AssumptionError(msg)

    def at(name: str) -> float:
        return interpolated(criteria.table(f"stress.{name}"), level)

    unsecured, secured = at(f"{scale}.delay.unsecured"), at(f"{scale}.delay.secured")
    is_secured = criteria.table("segments.security").get(segment) == "secured"
    international = scale == "intl"
    return Stress(
        level=level,
        segment=segment,
        cut=at(f"{scale}.cut.{segment}"),
        delay_unsecured=unsecured,
        delay_secured=secured,
        delay=secured if is_secured else unsecured,
        cost_multiple=at(f"{scale}.cost_multiple"),
        fee_multiple=at(f"{scale}.fee_multiple"),
        rate_shock=at(f"{scale}.rate_shock"),
        fx_shock=at(f"{scale}.fx_shock"),
        price_decline=at("intl.price_decline") if international else 0.0,
        forced_sale_discount={
            group: at(f"intl.forced_sale_discount.{group}") if international else 0.0
            for group in COLLATERAL_GROUPS
        },
        top_obligors=at("top_obligors"),
    )


def interpolated(anchors: Mapping[str, float], level: str) -> float:
    """Read a level off a table of anchor levels, linear on the notch index."""
    index = notch(level)
    if index >= len(LEVELS):
        msg = f"There is no stress for {level!r}: stresses run from AAA to CCC."
        raise AssumptionError(msg)
    known = sorted((notch(name), float(value)) for name, value in anchors.items())
    if not known[0][0] <= index <= known[-1][0]:
        msg = f"The table has no anchors around {level}: it runs from {LEVELS[known[0][0]]} to {LEVELS[known[-1][0]]}."
        raise AssumptionError(msg)
    right = next(place for place, (anchor, _) in enumerate(known) if anchor >= index)
    above, value_above = known[right]
    if above == index:
        return value_above
    below, value_below = known[right - 1]
    share = (index - below) / (above - below)
    return value_below + share * (value_above - value_below)


def segment_of(criteria: Criteria, asset_class: str) -> str:
    """Return the stress segment of an asset class."""
    segments = criteria.table("segments.by_asset_class")
    if asset_class not in segments:
        msg = f"Asset class {asset_class!r} has no stress segment; known: {', '.join(segments)}."
        raise AssumptionError(msg)
    return str(segments[asset_class])
