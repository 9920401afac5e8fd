"""Pictures in table rows, drawn by the server: per cent widths as attributes, no script, no style.

They print, and each stands beside the figure that it shows.
"""

from __future__ import annotations

from collections.abc import Iterable

from django import template

from ratings_site.components.figures import Number

register = template.Library()

FOLDER = "ratings_site/components/pictures"


def along(value: Number, low: Number, high: Number) -> float:
    """Return where `value` lies between `low` and `high`, in per cent of the width, held inside."""
    span = float(high) - float(low)
    share = (float(value) - float(low)) / span if span > 0 else 0.0
    return 100 * min(1.0, max(0.0, share))


def attribute(per_cent: float) -> str:
    return f"{per_cent:.2f}%"


@register.inclusion_tag(f"{FOLDER}/margin.html")
def margin_picture(
    margin: Number | None,
    low: Number,
    high: Number,
    *,
    passed: bool,
    main: bool = False,
) -> dict[str, object]:
    """Draw a margin as a bar from zero: hatched to the left where the level fails."""
    zero = along(0, low, high)
    end = along(margin or 0, low, high)
    return {
        "zero": attribute(zero),
        "start": attribute(min(zero, end)),
        "width": attribute(abs(end - zero)),
        "passed": passed,
        "main": main,
        "is_known": margin is not None,
        "grid": [attribute(along(at, low, high)) for at in grid_lines(float(low), float(high))],
    }


def grid_lines(low: float, high: float) -> Iterable[float]:
    """Return the quiet verticals of a margin picture: 0.15 apart, or 0.05 on a narrow scale."""
    step = 0.15 if high - low > 0.3 else 0.05
    count = int(high / step + 1e-9)
    return [k * step for k in range(1, count + 1)]


@register.inclusion_tag(f"{FOLDER}/bar.html")
def bar_picture(
    value: Number | None,
    most: Number,
    *,
    tick: Number | None = None,
    main: bool = False,
) -> dict[str, object]:
    """Draw a bar from zero to `value` on a scale to `most`, with a tick for comparison."""
    return {
        "width": attribute(along(value or 0, 0, most)),
        "tick": None if tick is None else attribute(along(tick, 0, most)),
        "main": main,
    }


@register.inclusion_tag(f"{FOLDER}/track.html")
def track_picture(
    value: Number | None,
    low: Number,
    high: Number,
    *,
    band: tuple[Number, Number] | None = None,
    line: Number | None = None,
    fails: bool = False,
) -> dict[str, object]:
    """Draw a point on a scale, the band in which it should lie, and a line of reference."""
    drawn: dict[str, object] = {
        "at": None if value is None else attribute(along(value, low, high)),
        "line": None if line is None else attribute(along(line, low, high)),
        "fails": fails,
        "band_start": None,
        "band_width": None,
    }
    if band is not None:
        start, end = along(band[0], low, high), along(band[1], low, high)
        drawn["band_start"], drawn["band_width"] = (
            attribute(start),
            attribute(end - start),
        )
    return drawn


@register.inclusion_tag(f"{FOLDER}/progress.html")
def progress_picture(done: Number, whole: Number, label: str) -> dict[str, object]:
    """Draw the thin bar of a long work; `label` is read aloud."""
    share = along(done, 0, whole or 1)
    return {"width": attribute(share), "now": round(share), "label": label}
