#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""What including a header costs, in preprocessed lines: the same number on every run, so a new
#include shows before anybody waits for it. Raise a figure only together with the reason.

Everything there is, and each store, must stay below the header that hosts include anyway for JSON."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from compiler import Compiler  # noqa: E402

# Measured with g++ 12 (clang 16 differs by a thousandth). <string> and tl::expected alone are 37,000.
LINES = {
    "core/amount.hpp": 37_369,
    "jobs/machine.hpp": 15_414,
    "warnings/standard_rules.hpp": 40_139,
    "pricing/quote.hpp": 40_007,
    "ledger/engine.hpp": 45_815,
    "storage/concepts.hpp": 54_190,
    "gate/confirm.hpp": 59_030,
    "checkout/gate.hpp": 68_838,
    "video/video.hpp": 70_213,
    "worker/worker.hpp": 75_821,
    "memory/store.hpp": 65_690,
    "sqlite/store.hpp": 73_203,
    "postgres/store.hpp": 77_412,
    "tollgate.hpp": 86_383,
}
MARGIN = 1.03
YARDSTICK = "nlohmann/json.hpp"
BELOW_IT = ("memory/store.hpp", "sqlite/store.hpp", "postgres/store.hpp", "tollgate.hpp")


def main():
    compiler = Compiler(sys.argv[1])
    yardstick = compiler.preprocessed_lines(f"#include <{YARDSTICK}>\n")
    print(f"{yardstick:8,}          <{YARDSTICK}>")
    over = 0
    for header, known in LINES.items():
        lines = compiler.preprocessed_lines(f"#include <tollgate/{header}>\n")
        verdict = ""
        if lines > known * MARGIN:
            verdict = f"   was {known:,}: more than three per cent on top"
        elif header in BELOW_IT and lines >= yardstick:
            verdict = f"   not below <{YARDSTICK}>"
        over += bool(verdict)
        print(f"{lines:8,} {lines / known - 1:+7.1%}  <tollgate/{header}>{verdict}")
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
