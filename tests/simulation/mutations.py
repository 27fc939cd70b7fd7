#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Shows that the simulator finds what is wrong: each patch of mutations/ breaks one rule in a copy
of the headers, and some seed has to notice.

mutations.py --all [--results FILE]   builds and plays every mutant: long; with a file it goes on
                                      where it was interrupted, and results it has are kept
mutations.py --some N                 checks that every patch applies, builds and plays N of them,
                                      others every day; this is what continuous integration runs
mutations.py --only WORD              those with the word in their name
mutations.py --table FILE             writes the table of docs/simulation.md from results

A patch begins with two lines, `rule: queue 1` and `what: ...`. Options: --compiler CXX,
--seeds N (at most so many for each).
"""

import argparse
import datetime
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PAGE = ROOT / "docs" / "simulation.md"
BEGIN, END = "<!-- mutations -->", "<!-- end of mutations -->"
RULES = [f"queue {n}" for n in range(1, 20)] + [f"ledger {n}" for n in range(1, 14)]

# Promises that no simulation of one thread and one store in memory can break, and what proves them.
ELSEWHERE = {
    "queue 9": "a simulation counts no time: `a claim does not pay for the backlog, the schedule or "
               "the past` in tests/storage/claim_cost.test.cpp, and the benchmarks",
    "queue 13": "there is no notification in a simulation, all its workers poll: every world "
                "shows that nothing else is needed; the hint itself is tested on PostgreSQL",
}


class Mutant:
    def __init__(self, path):
        self.path = path
        self.name = path.stem
        head = path.read_text(encoding="utf-8").splitlines()[:2]
        found = [re.fullmatch(rf"{word}: (.+)", line) for word, line in zip(("rule", "what"), head)]
        if len(found) != 2 or not all(found):
            raise ValueError(f"{path.name}: begins without `rule:` and `what:`")
        self.rule, self.what = (m[1] for m in found)
        if self.rule not in RULES:
            raise ValueError(f"{path.name}: {self.rule} is no rule")


def mutants():
    found = [Mutant(path) for path in sorted((HERE / "mutations").glob("*.patch"))]
    missing = [r for r in RULES if r not in ELSEWHERE and r not in {m.rule for m in found}]
    if missing:
        raise ValueError("no mutation breaks " + ", ".join(missing))
    return found


def apply(mutant, folder, *how):
    env = dict(os.environ, GIT_CEILING_DIRECTORIES=str(folder.parent))
    return subprocess.run(["git", "apply", "-p1", *how, str(mutant.path)], cwd=folder, env=env,
                          capture_output=True, text=True, check=False)


def find(mutant, compiler, seeds):
    """(seeds until it was found or None, what was noticed)."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        shutil.copytree(ROOT / "include", folder / "include")
        done = apply(mutant, folder)
        if done.returncode != 0:
            raise ValueError(f"{mutant.name}: does not apply: {done.stderr.strip()}")
        program = folder / "simulate"
        built = subprocess.run(
            [compiler, "-std=c++20", "-O0", "-DNDEBUG", "-w", "-I", str(folder / "include"),
             str(HERE / "simulate.cpp"), "-o", str(program), "-pthread"],
            capture_output=True, text=True, check=False)
        if built.returncode != 0:
            raise ValueError(f"{mutant.name}: does not compile: {built.stderr[:2000]}")
        try:
            played = subprocess.run([str(program), "--from", "1", "--seeds", str(seeds), "--plain"],
                                    capture_output=True, text=True, timeout=900, check=False)
        except subprocess.TimeoutExpired:
            return None, "a world that never ends"
        said = re.search(r"after (\d+) worlds: seed \d+: ([^:]+): (.*)", played.stdout)
        if played.returncode == 1 and said:
            return int(said[1]), f"{said[2]}: {said[3]}"
        if played.returncode < 0:
            return None, f"died of signal {-played.returncode}"
        return None, "not found"


def check_all(found):
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        shutil.copytree(ROOT / "include", folder / "include")
        bad = [f"{m.name}: {said.stderr.strip()}" for m in found
               if (said := apply(m, folder, "--check")).returncode != 0]
    if bad:
        raise ValueError("\n".join(bad))


def table(found, results):
    lines = ["| rule | what is broken | noticed as | seeds |", "|---|---|---|---|"]
    for rule in RULES:
        for m in (m for m in found if m.rule == rule):
            seeds, said = results.get(m.name, ["not counted", "-"])
            lines.append(f"| {rule} | {m.what} | {said.split(':')[0]} | {seeds} |")
        if rule in ELSEWHERE:
            lines.append(f"| {rule} | {ELSEWHERE[rule]} | - | - |")
    return "\n".join(lines)


def write_table(found, results):
    text = PAGE.read_text(encoding="utf-8")
    head, rest = text.split(BEGIN)
    tail = rest.split(END)[1]
    PAGE.write_text(f"{head}{BEGIN}\n{table(found, results)}\n{END}{tail}", encoding="utf-8")


def main():
    words = argparse.ArgumentParser(description=__doc__,
                                    formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--all", action="store_true")
    words.add_argument("--some", type=int)
    words.add_argument("--only")
    words.add_argument("--table", type=pathlib.Path)
    words.add_argument("--results", type=pathlib.Path)
    words.add_argument("--compiler", default="g++")
    words.add_argument("--seeds", type=int, default=5000)
    given = words.parse_args()

    try:
        found = mutants()
        check_all(found)
    except ValueError as wrong:
        print(wrong)
        return 1
    print(f"{len(found)} mutations apply")
    results = {}
    store = given.results or given.table
    if store and store.exists():
        results = json.loads(store.read_text(encoding="utf-8"))
    if given.table:
        write_table(found, results)
        return 0

    if given.some is not None:
        day = datetime.date.today().toordinal()
        first = day * given.some % len(found)
        chosen = [found[(first + n) % len(found)] for n in range(given.some)]
        print(f"today's are {', '.join(m.name for m in chosen)}")
    elif given.only:
        chosen = [m for m in found if given.only in m.name]
    else:
        chosen = [m for m in found if m.name not in results]
    missed = 0
    for m in chosen:
        try:
            seeds, said = find(m, given.compiler, given.seeds)
        except ValueError as wrong:
            seeds, said = None, str(wrong)
        missed += seeds is None
        print(f"{m.name}: " + (f"seed {seeds}: {said}" if seeds else f"MISSED: {said}"), flush=True)
        if seeds and given.results:
            results[m.name] = [seeds, said]
            given.results.write_text(json.dumps(results, indent=1), encoding="utf-8")
    print(f"{len(chosen) - missed} of {len(chosen)} were found")
    return 1 if missed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
