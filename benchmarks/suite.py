# SPDX-License-Identifier: BSL-1.0
"""benchmarks/run [--quick] [--json FILE] [--docs] [NAME...]

Runs the named rows (all of them without a name), each several times in turns with what it is compared
with, and prints medians, spread and ratios. Exit status 0: everything ran; whether every target was met
is in the table and in the JSON.

  --quick      smaller sizes, shorter runs; without names, not confirm_cost
  --json FILE  {"results": [{name, case, ours, against, ratio, target, met}], "all_targets_met"}
  --docs       writes tables and plots into docs/benchmarks.md, for the rows that ran
  --list       the names, nothing else
"""

import argparse
import dataclasses
import os
import platform
import sys
import time

import report
import rows_local
import rows_orders
import rows_peers
import rows_queue
import server
import shop

# In this order: what matters most comes first. True: needs the server.
NAMES = {"confirm": True, "confirm_hot": True, "confirm_batched": True, "confirm_cost": True,
         "run_jobs": True, "growth": True, "fair": True, "sqlite": False, "memory": False,
         "price": False, "include": False, "wal": True, "peers": True, "latency": True}
ONLY_NAMED = {"confirm_cost"}  # has no target: a quick run without names leaves it out
ROWS = {**rows_orders.ROWS, **rows_queue.ROWS, **rows_local.ROWS, **rows_peers.ROWS}
PAGE = server.ROOT / "docs" / "benchmarks.md"


@dataclasses.dataclass
class How:
    """How long and how often. A quick run measures the same things on less."""
    quick: bool
    docs: bool = False

    @property
    def rounds(self):
        return 5

    @property
    def span(self):
        return 400 if self.quick else 3_000

    @property
    def batches(self):
        return 10 if self.quick else 80

    def plot(self, name, text):
        if self.docs:
            (PAGE.parent / name).write_text(text, encoding="utf-8")


def arguments(words):
    parser = argparse.ArgumentParser(prog="benchmarks/run", description=__doc__.split("\n\n")[1])
    parser.add_argument("--quick", action="store_true", help="smaller sizes, shorter runs")
    parser.add_argument("--json", metavar="FILE", help="write the results to a file")
    parser.add_argument("--docs", action="store_true", help="write the tables into docs")
    parser.add_argument("--list", action="store_true", help="print the names and stop")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    given = parser.parse_args(words)
    unknown = [name for name in given.names if name not in NAMES]
    if unknown:
        parser.error(f"no such row: {', '.join(unknown)}; there are {', '.join(NAMES)}")
    return given


def machine():
    """What the figures were measured on, without a name of it."""
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        model = next((line.split(":")[1].strip() for line in info if line.startswith("model name")),
                     platform.machine())
    return f"{os.cpu_count()} cores ({model}), load {os.getloadavg()[0]:.1f} at the start"


def run_rows(names, how, at):
    """Runs each name; {name: [Row]}. A row that fails stops the run: a gap is no result."""
    done = {}
    for name in names:
        began = time.monotonic()
        rows = ROWS[name](at, how) if NAMES[name] else ROWS[name](how)
        done[name] = rows
        print(f"\n{name}: {time.monotonic() - began:.0f} s\n{report.table(rows)}", flush=True)
    return done


def measure(names, how):
    if not any(NAMES[name] for name in names):
        return run_rows(names, how, None), "no server"
    with server.Server(server.ROOT / "build" / "release") as at:
        version = at.sql("SHOW server_version")[0][0]
        settings = f"PostgreSQL {version}, {shop.settings_of(at)}"
        print(settings, flush=True)
        return run_rows(names, how, at), settings


def main(words):
    given = arguments(words)
    if given.list:
        print("\n".join(NAMES))
        return 0
    how = How(given.quick, given.docs)
    names = [name for name in NAMES if name in given.names] or \
        [name for name in NAMES if not (given.quick and name in ONLY_NAMED)]
    where = machine()
    print(where)
    done, settings = measure(names, how)
    rows = [row for name in names for row in done[name]]
    print("\n" + report.table(rows))
    if given.json:
        report.write_json(rows, given.json)
    if given.docs:
        size = "quick" if given.quick else "full"
        for name in names:
            note = f"{where}; {settings}; {size} sizes; `./benchmarks/run {name}`"
            report.into_page(PAGE, name, f"{report.table(done[name])}\n\n{note}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
