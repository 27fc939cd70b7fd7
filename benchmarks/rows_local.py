# SPDX-License-Identifier: BSL-1.0
"""The rows that need no server: SQLite, the store in memory, prices, and what including costs."""

import json
import pathlib
import resource
import shutil
import sqlite3
import subprocess
import tempfile

from report import Row
from server import ROOT, Failed, call

BUILD = ROOT / "build" / "release" / "benchmarks"


# --- sqlite ---------------------------------------------------------------------------------------

def sqlite_once(word, hand, full, limit):
    """One run in a new file, on a disk: its rate, and what the tables hold afterwards."""
    with tempfile.TemporaryDirectory(prefix="tollgate-bench-") as folder:
        file = pathlib.Path(folder) / "store.db"
        said = json.loads(call([str(BUILD / "benchmark_sqlite"), word, "--hand", str(int(hand)),
                                "--full", str(int(full)), "--file", str(file), "--limit",
                                str(limit)]))
        db = sqlite3.connect(file)
        tables = [name for name, in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' "
                                               "AND name LIKE 'tollgate_%'")]
        holds = {name: db.execute(f"SELECT count(*) FROM {name}").fetchone() for name in tables}
        holds["money"] = db.execute("SELECT sum(available), sum(held), sum(seq), sum(open_holds) "
                                    "FROM tollgate_accounts").fetchone()
        holds["turns"] = db.execute("SELECT sum(served), count(turn) FROM tollgate_lines").fetchone()
        holds["jobs"] = db.execute("SELECT sum(phase), sum(epoch), sum(revision) FROM "
                                   "tollgate_jobs").fetchone()
        db.close()
    return said["per_second"], holds


def sqlite(how):
    rows = []
    for full in (True, False):
        for word, limit in (("confirm", 150 if how.quick else 2_000),
                            ("settle", 1_200 if how.quick else 12_000)):
            pairs = []
            for turn in range(how.rounds + 1):
                against, theirs = sqlite_once(word, True, full, limit)
                ours, own = sqlite_once(word, False, full, limit)
                if own != theirs:
                    raise Failed(f"sqlite {word}: not the same rows: {own} and {theirs}")
                if turn > 0:
                    pairs.append((ours, against))
            what = "confirm of 12 jobs" if word == "confirm" else "claim and settle in hundreds"
            rows.append(Row("sqlite", f"{what}, synchronous {'FULL' if full else 'NORMAL'}", "/s",
                            pairs, ">= 0.8"))
    return rows


# --- memory and price: programs of Google Benchmark -------------------------------------------------

def repetitions(pattern, how):
    """{name: [real nanoseconds of each repetition]} of the benchmarks that match."""
    said = call([str(BUILD / "benchmarks"), f"--benchmark_filter={pattern}",
                 f"--benchmark_repetitions={how.rounds}", "--benchmark_format=json",
                 "--benchmark_enable_random_interleaving=true",
                 f"--benchmark_min_time={0.05 if how.quick else 0.3}"])
    found = {}
    for run in json.loads(said[said.index("{"):])["benchmarks"]:
        if run["run_type"] == "iteration":
            if run.get("error_occurred"):
                raise Failed(f"{run['name']}: {run['error_message']}")
            name = run["run_name"].split("/iterations:")[0]
            per_item = 1e9 / run["items_per_second"] if "items_per_second" in run else run["real_time"]
            found.setdefault(name + ("/threads:" + str(run["threads"]) if run["threads"] > 1 else ""),
                             []).append(per_item)
    return found


def paired(found, ours, against):
    """Pairs of the repetitions of two benchmarks; what is not there is an error, never a gap."""
    for name in (ours, against):
        if name not in found:
            raise Failed(f"no benchmark {name} among {sorted(found)}")
    return list(zip(found[ours], found[against]))


def memory(how):
    found = repetitions("^memory_(confirm|settle)", how)
    rows = []
    for what, name in (("confirm of 12 jobs", "memory_confirm<{}>"),
                       ("claim and settle one by one", "memory_settle<{}>/1"),
                       ("claim and settle in hundreds", "memory_settle<{}>/100")):
        ours, hand = name.format("ours"), name.format("by_hand")
        rows.append(Row("memory", f"{what}, cost", "ns", paired(found, ours, hand), "<= 2.5"))
        two = [(1e9 / both, 1e9 / one) for both, one in
               paired(found, ours + "/threads:2", ours)]
        rows.append(Row("memory", f"{what}, two threads against one", "/s", two, ">= 1.6"))
    return rows


MODELS = ["flat", "unit", "package", "graduated", "volume", "percentage"]


def price(how):
    """A scene of 12 shots in two variants, by each charge model, beside three ways by hand."""
    found = repetitions("^price_lines", how)
    rows = [Row("price", f"{model}, against {other}", "ns a line",
                paired(found, f"price_lines<{model}, ours>", f"price_lines<{model}, by_{other}>"),
                "<= 1.5" if other == "int64" else None)
            for model in MODELS for other in ("int64", "double", "decimal")]
    rows.append(Row("price", "unit in place, against int64", "ns a line",
                    paired(found, "price_lines_in_place<unit, ours>",
                           "price_lines_in_place<unit, by_int64>"), "<= 1.5"))
    return rows


# --- include ----------------------------------------------------------------------------------------

OURS = ["tollgate/tollgate.hpp", "tollgate/video/video.hpp", "tollgate/memory/store.hpp",
        "tollgate/sqlite/store.hpp", "tollgate/postgres/store.hpp"]
# Boost.SML is no package of Debian; Boost.MSM of Debian's Boost 1.74 is refused by g++ 12 as C++20.
OTHERS = ["nlohmann/json.hpp", "pqxx/pqxx"]


def compiles(source, *options):
    """Seconds of the compiler's own processor time for one source that only includes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(["g++", "-std=c++20", f"-I{ROOT}/include", "-I/usr/include/postgresql",
                           *options, "-x", "c++", "-"], input=source, text=True,
                          capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        raise Failed(done.stderr[-500:])
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


def include(how):
    if not shutil.which("g++"):
        raise Failed("include needs g++")
    sources = {header: f"#include <{header}>\n" for header in OURS + OTHERS}
    lines, missing = {}, []
    for header in OURS + OTHERS:
        try:
            said = compiles(sources[header], "-E", "-P")[1]
        except Failed:
            if header in OURS:
                raise
            missing.append(header)
            continue
        lines[header] = sum(1 for line in said.splitlines() if line.strip())
    # tollgate.hpp has what video.hpp has, too: a quick run does not wait for both.
    times = {header: [] for header in lines if not (how.quick and header == OURS[1])}
    for _ in range(how.rounds):
        for header in times:
            times[header].append(1_000 * compiles(sources[header], "-fsyntax-only")[0])
    rows = []
    for other in OTHERS:
        if other in missing:
            print(f"include: <{other}> is not installed: left out")
            continue
        for header in OURS if other == OTHERS[0] else OURS[:1] + OURS[-1:]:
            target = "< 1" if other == OTHERS[0] else None
            rows.append(Row("include", f"lines of <{header}> against <{other}>", "lines",
                            [(lines[header], lines[other])], target))
            if header in times:
                rows.append(Row("include", f"syntax of <{header}> against <{other}>", "ms",
                                list(zip(times[header], times[other])), target))
    return rows


ROWS = {"sqlite": sqlite, "memory": memory, "price": price, "include": include}
