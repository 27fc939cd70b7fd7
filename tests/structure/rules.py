#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""The shape of the headers: who may include whom, what stays out, and how long a file may be.

rules.py ROOT       checks the tree at ROOT, one line per violation
rules.py --self-test  plants every kind of violation and requires that it is named
"""

import pathlib
import re
import sys
import tempfile

# Who may include whom. What a folder reaches through another one it may name itself, because the
# records of one row are made of the records of the rows below.
ARROWS = {
    "core": [],
    "pricing": ["core"],
    "ledger": ["core"],
    "warnings": ["core"],
    "jobs": ["core"],
    "gate": ["core", "ledger", "jobs"],
    "storage": ["core", "ledger", "jobs", "gate"],
    "checkout": ["core", "pricing", "ledger", "warnings", "jobs", "gate", "storage"],
    "worker": ["storage", "gate", "jobs", "core"],
    "video": ["checkout"],
    "simulation": ["storage", "worker", "checkout"],
    "memory": ["storage"],
    "sqlite": ["storage"],
    "postgres": ["storage"],
}

# Headers at the top: the umbrella may include every folder, the version none.
TOP = {"tollgate.hpp": list(ARROWS), "version.hpp": []}

# Expensive headers, and the folders that may use them all the same: those that run threads.
EXPENSIVE = {"chrono", "functional", "iostream", "random", "ranges", "regex", "thread"}
MAY_BE_EXPENSIVE = {"worker", "simulation", "memory", "postgres"}

# Libraries beside std, and the headers (a pattern of the path) that may use them.
LIBRARIES = {
    r"tl/expected\.hpp": r".*",
    r"boost/.*": r"core/(.*_)?(wide|int128_portable)\.hpp",
    r"nlohmann/.*": r".*[/_]json\.hpp",
    r"sqlite3\.h": r"sqlite/.*",
    r"libpq-fe\.h": r"postgres/.*",
    r"poll\.h": r"postgres/.*",
    r"unistd\.h|sys/random\.h": r"core/os_seed\.hpp",
}

# Headers that the umbrella leaves out, with the reason.
NOT_IN_UMBRELLA = {
    r".*[/_]json\.hpp": "needs nlohmann-json: component json",
    r"core/(.*_)?(wide|int128_portable)\.hpp": "needs Boost: component wide",
    r"(sqlite|postgres)/.*": "needs a database: a component of its own",
    r".*/detail/.*": "not for hosts",
    r"storage/(contract/.*|contract|archetype)\.hpp": "for the tests of a host's own store",
    r"storage/record_bytes\.hpp": "for adapters that keep records in a database",
    r"storage/turns\.hpp": "for stores that many threads of a process reach over a connection",
    r"simulation/.*": "for the tests of a host's own store",
}

# Exceptions, one per row: (header, what it may do, why).
EXCEPTIONS = [
    ("version.hpp", "#define", "the version must be readable by the preprocessor"),
    ("storage/contract/threads.hpp", "<thread>", "a store is proved with threads on one account"),
    ("storage/contract/workers.hpp", "<thread>", "and with many workers on one queue"),
]

# What the root of the repository holds, dotfiles and build output aside.
ROOT = {
    "CMakeLists.txt", "CMakePresets.json", "LICENSE", "README.md", "benchmarks", "conanfile.py",
    "docs", "examples", "include", "tests", "vcpkg.json",
}

LINES = 500
COLUMNS = 100
SPDX = "// SPDX-License-Identifier: BSL-1.0"
INCLUDE = re.compile(r'^\s*#\s*include\s*(<[^>]+>|"[^"]+")')
# What is said of an argument has a JSON pointer as its place (core/failure.hpp).
PLACE = re.compile(r"(?:make_failure|refuse)\(\s*error::(?:invalid_argument|too_precise|key_conflict|"
                   r'unknown_currency),\s*("[^/"][^"]*")')


def reachable(folder):
    """The folder itself and everything below it."""
    found, todo = {folder}, list(ARROWS[folder])
    while todo:
        below = todo.pop()
        if below not in found:
            found.add(below)
            todo += ARROWS[below]
    return found


def excepted(name, what):
    return any(name == header and what == allowed for header, allowed, _ in EXCEPTIONS)


def check_lines(name, lines, report):
    """What every source of ours looks like, whatever it says."""
    # A file that must not compile says first what it is rejected for.
    head = [line for line in lines[:3] if not line.startswith("// rejected:")]
    if head[:1] != [SPDX]:
        report(name, 1, f"line 1 is not `{SPDX}`")
    for number, line in enumerate(lines, 1):
        if len(line) > COLUMNS:
            report(name, number, f"{len(line)} columns, more than {COLUMNS}")
        if "\t" in line or line != line.rstrip():
            report(name, number, "a tab or a space at the end of the line")


def check_include(name, folder, number, spelled, report):
    """One #include line of one header. Returns the header of ours that it names, if it does."""
    if spelled[0] == '"':
        report(name, number, f"#include {spelled}: write <tollgate/component/file.hpp>")
        return None
    target = spelled[1:-1]
    if not target.startswith("tollgate/"):
        if target in EXPENSIVE and folder not in MAY_BE_EXPENSIVE:
            if not excepted(name, f"<{target}>"):
                report(name, number, f"<{target}> stays out of the headers below the worker")
        elif "/" in target or target.endswith(".h"):
            users = [use for lib, use in LIBRARIES.items() if re.fullmatch(lib, target)]
            if not users:
                report(name, number, f"<{target}> is no library of ours")
            elif not re.fullmatch(users[0], name):
                report(name, number, f"<{target}> does not belong here")
        return None
    target = target[len("tollgate/"):]
    other = target.split("/")[0] if "/" in target else None
    allowed = reachable(folder) if folder else set(TOP.get(name, []))
    if other is None and folder is not None and target != "version.hpp":
        report(name, number, f"a component does not include <tollgate/{target}>")
    elif other is not None and other not in allowed:
        report(name, number, f"no arrow from {folder or name} to {other}")
    elif "/detail/" in target and other != folder:
        report(name, number, f"reaches into the detail of {other}")
    return target


def check_cycles(includes, report):
    done, path = set(), []

    def visit(name):
        if name in path:
            report(name, 1, "include cycle: " + " -> ".join(path[path.index(name):] + [name]))
            return
        if name in done:
            return
        path.append(name)
        for target in includes.get(name, []):
            visit(target)
        path.pop()
        done.add(name)

    for name in sorted(includes):
        visit(name)


def check_umbrella(includes, report):
    found, todo = set(), ["tollgate.hpp"]
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += includes.get(name, [])
    for name in sorted(set(includes) - found):
        if not any(re.fullmatch(pattern, name) for pattern in NOT_IN_UMBRELLA):
            report("tollgate.hpp", 1, f"does not include <tollgate/{name}>")


def check(root):
    """Every violation in the tree, as "file:line: what"."""
    root = pathlib.Path(root)
    problems = []
    base = root / "include" / "tollgate"
    includes = {}

    def report(name, number, what):
        problems.append(f"include/tollgate/{name}:{number}: {what}")

    for path in sorted(base.rglob("*")):
        if path.is_dir():
            continue
        name = path.relative_to(base).as_posix()
        folder = name.split("/")[0] if "/" in name else None
        lines = path.read_text(encoding="utf-8").splitlines()
        includes[name] = []
        if path.suffix != ".hpp" or (folder is None and name not in TOP):
            report(name, 1, "not a header of a component")
            continue
        if folder is not None and folder not in ARROWS:
            report(name, 1, f"{folder} is no component")
            continue
        check_lines(name, lines, report)
        if len(lines) > LINES:
            report(name, LINES, f"{len(lines)} lines, more than {LINES}: one idea, or two?")
        if lines[1:2] != ["#pragma once"]:
            report(name, 2, "line 2 is not `#pragma once`")
        if not (lines[2:3] and lines[2].startswith("// ")):
            report(name, 3, "line 3 does not say what the header gives the reader")
        text = "\n".join(lines)
        for place in PLACE.finditer(text):
            number = text.count("\n", 0, place.start(1)) + 1
            report(name, number, f"the place {place[1]} is an argument: begin it with a slash")
        for number, line in enumerate(lines, 1):
            if re.match(r"\s*#\s*define\b", line) and not excepted(name, "#define"):
                report(name, number, "macros live in version.hpp only")
            spelled = INCLUDE.match(line)
            if not spelled:
                continue
            target = check_include(name, folder, number, spelled[1], report)
            if target is not None:
                includes[name].append(target)
                if not (base / target).is_file():
                    report(name, number, f"<tollgate/{target}> does not exist")

    check_cycles(includes, report)
    check_umbrella(includes, report)

    for folder in ("tests", "examples", "benchmarks"):
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in (".cpp", ".hpp"):
                name = path.relative_to(root).as_posix()
                check_lines(name, path.read_text(encoding="utf-8").splitlines(),
                            lambda file, line, what: problems.append(f"{file}:{line}: {what}"))

    for path in sorted(root.iterdir()):
        if path.name not in ROOT and path.name != "build" and not path.name.startswith("."):
            problems.append(f"{path.name}:1: does not belong at the root")
    return problems


# --- the rules themselves, tested -----------------------------------------------------------------

def header(*lines, body=""):
    return "\n".join([SPDX, "#pragma once", "// What it gives.", *lines, body]) + "\n"


CLEAN = {
    "version.hpp": header("#define TOLLGATE_VERSION_MAJOR 0"),
    "tollgate.hpp": header("#include <tollgate/version.hpp>", "#include <tollgate/gate/a.hpp>"),
    "core/a.hpp": header("#include <tl/expected.hpp>", "#include <string>"),
    "core/wide.hpp": header("#include <boost/multiprecision/cpp_int.hpp>"),
    "ledger/a.hpp": header("#include <tollgate/core/a.hpp>", "#include <tollgate/ledger/detail/b.hpp>"),
    "ledger/detail/b.hpp": header(),
    "gate/a.hpp": header("#include <tollgate/ledger/a.hpp>"),
}

# (what is planted, its text, words of the complaint)
PLANTED = [
    ("core/b.hpp", header("#include <tollgate/ledger/a.hpp>"), "no arrow from core to ledger"),
    ("jobs/b.hpp", header("#include <tollgate/ledger/a.hpp>"), "no arrow from jobs to ledger"),
    ("gate/b.hpp", header("#include <tollgate/pricing/x.hpp>"), "no arrow from gate to pricing"),
    ("gate/b.hpp", header("#include <tollgate/ledger/detail/b.hpp>"), "reaches into the detail of"),
    ("gate/b.hpp", header("#include <tollgate/gate/b.hpp>"), "include cycle"),
    ("gate/b.hpp", header("#include <tollgate/tollgate.hpp>"), "a component does not include"),
    ("gate/b.hpp", header("#include <tollgate/gate/none.hpp>"), "does not exist"),
    ("gate/b.hpp", header('#include "a.hpp"'), "write <tollgate/component/file.hpp>"),
    ("gate/b.hpp", header("#include <iostream>"), "stays out of the headers below the worker"),
    ("video/b.hpp", header("#  include <functional>"), "stays out of the headers below the worker"),
    ("gate/b.hpp", header("#include <fmt/core.h>"), "is no library of ours"),
    ("gate/b.hpp", header("#include <nlohmann/json.hpp>"), "does not belong here"),
    ("gate/b.hpp", header("#include <boost/hana.hpp>"), "does not belong here"),
    ("gate/b.hpp", header("#define X 1"), "macros live in version.hpp only"),
    ("gate/b.hpp", header('refuse(error::invalid_argument,\n  "key", "is empty");'),
     "gate/b.hpp:5: the place \"key\" is an argument"),
    ("gate/b.hpp", header(body="//\n" * 500), "more than 500"),
    ("gate/b.hpp", header(body="//" + "x" * 99), "more than 100"),
    ("gate/b.hpp", header(body="int a; "), "at the end of the line"),
    ("gate/b.hpp", "#pragma once\n// What.\n", "line 1 is not"),
    ("gate/b.hpp", SPDX + "\n// What.\n", "line 2 is not"),
    ("gate/b.hpp", SPDX + "\n#pragma once\n\n", "line 3 does not say"),
    ("gate/b.hpp", header(), "does not include <tollgate/gate/b.hpp>"),
    ("gate/b.txt", "", "not a header of a component"),
    ("utils.hpp", header(), "not a header of a component"),
    ("utils/b.hpp", header(), "utils is no component"),
    ("../../tests/gate/b.cpp", "int main() {}\n", "line 1 is not"),
    ("../../src/b.txt", "", "does not belong at the root"),
]


def self_test():
    for planted in [None, *PLANTED]:
        with tempfile.TemporaryDirectory() as root:
            base = pathlib.Path(root) / "include" / "tollgate"
            files = dict(CLEAN)
            if planted:
                files[planted[0]] = planted[1]
            for name, text in files.items():
                path = base / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            problems = check(root)
            if planted is None:
                assert not problems, problems
            else:
                assert any(planted[2] in problem for problem in problems), (planted, problems)
    return len(PLANTED)


def main():
    if sys.argv[1:] == ["--self-test"]:
        print(f"{self_test()} planted violations, each of them named")
        return 0
    problems = check(sys.argv[1])
    print("\n".join(problems) or "no violation")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
