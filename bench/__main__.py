"""Run the benchmarks, all or those named: `script/bench [waterfall] [engine] [tapes]`.

Each prints lines of `name: ratio (goal) ok|below`. Figures are ratios of two ways measured in one
interleaved run, so that a slower machine changes both.
"""

import importlib
import pkgutil
import sys

import bench


def main(wanted: list[str]) -> int:
    known = sorted(
        each.name for each in pkgutil.iter_modules(bench.__path__) if each.name != "__main__"
    )
    unknown = sorted(set(wanted) - set(known))
    if unknown:
        sys.stderr.write(f"No benchmark {', '.join(unknown)}; there are {', '.join(known)}.\n")
        return 2
    for name in wanted or known:
        importlib.import_module(f"bench.{name}").main()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
