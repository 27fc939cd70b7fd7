#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Shows that the simulator finds what is wrong: each patch of mutations/ breaks one rule in a copy
of the headers, and some seed has to notice.

mutations.py --all [--results FILE]   builds and plays every mutant, and writes the table and the
                                      counts of docs/simulation.md: long; with a file it goes on
                                      where it was interrupted, if the headers are the same
mutations.py --some N                 checks that every patch applies, builds and plays N of them,
                                      others every day, and compares with the table; this is what
                                      continuous integration runs
mutations.py --only WORD              the same with those that have the word in their name
mutations.py --counts SIMULATE        plays the worlds whose counts the page states, and compares

A patch begins with two lines, `rule: queue 1` and `what: ...`. Options: --compiler CXX,
--seeds N (at most so many for each).
"""

import argparse
import datetime
import hashlib
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
COUNTS = re.compile(r"`simulate --from 1 --seeds (\d+)` plays ([\d,]+) orders and ([\d,]+) jobs\n"
                    r"in ([\d,]+) calls to the store, and audits ([\d,]+) times")
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


def build(folder, compiler):
    """The simulator with the headers of a folder: its program, or a complaint is raised."""
    program = folder / "simulate"
    built = subprocess.run(
        [compiler, "-std=c++20", "-O0", "-DNDEBUG", "-w", "-I", str(folder / "include"),
         str(HERE / "simulate.cpp"), "-o", str(program), "-pthread"],
        capture_output=True, text=True, check=False)
    if built.returncode != 0:
        raise ValueError(f"does not compile: {built.stderr[:2000]}")
    return program


def find(mutant, compiler, seeds):
    """(seeds until it was found or None, what was noticed)."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        shutil.copytree(ROOT / "include", folder / "include")
        done = apply(mutant, folder)
        if done.returncode != 0:
            raise ValueError(f"does not apply: {done.stderr.strip()}")
        program = build(folder, compiler)
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


def row(mutant, seeds, said):
    return f"| {mutant.rule} | {mutant.what} | {said.split(':')[0]} | {seeds} |"


def table(found, results):
    lines = ["| rule | what is broken | noticed as | seeds |", "|---|---|---|---|"]
    for rule in RULES:
        lines += [row(m, *results[m.name]) for m in found if m.rule == rule]
        if rule in ELSEWHERE:
            lines.append(f"| {rule} | {ELSEWHERE[rule]} | - | - |")
    return "\n".join(lines)


def stated():
    """The lines of the table on the page."""
    return PAGE.read_text(encoding="utf-8").split(BEGIN)[1].split(END)[0].strip().split("\n")


def check_rows(found):
    """The table names every mutation once, and no other."""
    rows = {line.rpartition(" | ")[0].rpartition(" | ")[0] for line in stated()[2:]}
    patches = {f"| {m.rule} | {m.what}" for m in found}
    patches |= {f"| {rule} | {where}" for rule, where in ELSEWHERE.items()}
    if rows != patches:
        raise ValueError("the table of docs/simulation.md is of other mutations: mutations.py "
                         f"--all writes it: {sorted(rows ^ patches)}")


def count(program):
    """The sentence of the page about its worlds, as they are."""
    worlds = COUNTS.search(PAGE.read_text(encoding="utf-8"))[1]
    played = subprocess.run([program, "--from", "1", "--seeds", worlds, "--plain"],
                            capture_output=True, text=True, check=False).stdout
    said = re.search(r"(\d+) orders and (\d+) jobs ended, (\d+) calls, (\d+) audits", played)
    if not said:
        raise ValueError(f"not all promises are kept: {played}")
    orders, jobs, calls, audits = (f"{int(number):,}" for number in said.groups())
    return (f"`simulate --from 1 --seeds {worlds}` plays {orders} orders and {jobs} jobs\n"
            f"in {calls} calls to the store, and audits {audits} times")


def check_counts(program):
    counted = count(program)
    if counted not in PAGE.read_text(encoding="utf-8"):
        raise ValueError("worlds are others than docs/simulation.md says, so its table is old too: "
                         f"mutations.py --all writes both.\n{counted}")
    return counted


def write_page(found, results, counted):
    text = COUNTS.sub(lambda _: counted, PAGE.read_text(encoding="utf-8"))
    head, rest = text.split(BEGIN)
    tail = rest.split(END)[1]
    PAGE.write_text(f"{head}{BEGIN}\n{table(found, results)}\n{END}{tail}", encoding="utf-8")


class Results:
    """What was found of the present headers and patches, also by a run that was interrupted."""

    def __init__(self, file):
        self.file = file
        parts = [HERE / "simulate.cpp", *(ROOT / "include").rglob("*.hpp"),
                 *(HERE / "mutations").glob("*.patch")]
        texts = [hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(parts)]
        self.tree = hashlib.sha256(" ".join(texts).encode()).hexdigest()
        kept = json.loads(file.read_text(encoding="utf-8")) if file and file.exists() else {}
        self.found = kept["found"] if kept.get("tree") == self.tree else {}

    def add(self, name, seeds, said):
        self.found[name] = [seeds, said]
        if self.file:
            self.file.write_text(json.dumps({"tree": self.tree, "found": self.found}, indent=1),
                                 encoding="utf-8")


def play(chosen, given, results):
    """Plays mutants, and answers what is wrong: those that nobody notices, and, where the page was
    not just about to be written, those of which it says something else."""
    wrong, lines = 0, stated()
    for m in chosen:
        try:
            seeds, said = find(m, given.compiler, given.seeds)
        except ValueError as problem:
            seeds, said = None, str(problem)
        print(f"{m.name}: " + (f"seed {seeds}: {said}" if seeds else f"MISSED: {said}"), flush=True)
        if seeds:
            results.add(m.name, seeds, said)
        if seeds and not given.all and row(m, seeds, said) not in lines:
            print("    docs/simulation.md says something else: mutations.py --all writes its table")
            seeds = None
        wrong += seeds is None
    print(f"{len(chosen) - wrong} of {len(chosen)} are as they should be")
    return wrong


def main():
    words = argparse.ArgumentParser(description=__doc__,
                                    formatter_class=argparse.RawDescriptionHelpFormatter)
    what = words.add_mutually_exclusive_group(required=True)
    what.add_argument("--all", action="store_true")
    what.add_argument("--some", type=int)
    what.add_argument("--only")
    what.add_argument("--counts", type=pathlib.Path)
    words.add_argument("--results", type=pathlib.Path)
    words.add_argument("--compiler", default="g++")
    words.add_argument("--seeds", type=int, default=5000)
    given = words.parse_args()

    try:
        if given.counts:
            print(check_counts(given.counts))
            return 0
        found = mutants()
        check_all(found)
        if not given.all:
            check_rows(found)
    except ValueError as wrong:
        print(wrong)
        return 1
    print(f"{len(found)} mutations apply")

    results = Results(given.results)
    if given.some is not None:
        day = datetime.date.today().toordinal()
        first = day * given.some % len(found)
        chosen = [found[(first + n) % len(found)] for n in range(given.some)]
        print(f"today's are {', '.join(m.name for m in chosen)}")
    elif given.only:
        chosen = [m for m in found if given.only in m.name]
    else:
        chosen = [m for m in found if m.name not in results.found]
    wrong = play(chosen, given, results)
    if not given.all:
        return 1 if wrong or not chosen else 0
    if wrong:
        return 1
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        shutil.copytree(ROOT / "include", folder / "include")
        write_page(found, results.found, count(build(folder, given.compiler)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
