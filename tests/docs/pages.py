#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Compiles the ```cpp blocks of a page, checks the links between pages, that docs/storage.md names a
test for every promise of the contract: `| queue 7 | what holds | `name of the test` |`, as
docs/incidents.md does for every incident, that each component's page lists its headers, that
docs/pricing.md explains every key of a rate card, and that numbers a page repeats are the source's.

A block whose first line is `// complete` is a program of its own. Every other block becomes the body
of a function, after its #include lines; all of a page's blocks share one translation unit. Comments
in front of a block, invisible to the reader, change that:
  <!-- docs-preamble: tour.hpp -->  includes tests/docs/tour.hpp first: names the page takes for granted
  <!-- docs-continues -->           goes on in the function of the block before
  <!-- docs-declarations -->        stands at namespace scope: templates, functions, types
  <!-- docs-skip: reason -->        is not compiled
"""

import pathlib
import re
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
from compiler import Compiler  # noqa: E402

DIRECTIVE = re.compile(r"<!-- docs-([a-z]+)(?:: *(.*?))? *-->")
WITH_VALUE = {"preamble", "skip"}
WITHOUT_VALUE = {"continues", "declarations"}


class Block:
    def __init__(self, line, text, directives):
        self.line = line  # of the first line of code, in the page
        self.text = text
        self.directives = directives

    @property
    def complete(self):
        return self.text.startswith("// complete\n")


def blocks_of(text):
    """The C++ blocks of a page. ValueError says what is wrong with its form."""
    blocks, directives, fence, code, start = [], {}, None, [], 0
    for number, line in enumerate(text.split("\n"), 1):
        opening = re.match(r"\s*(```+|~~~+)\s*(\S*)", line)
        if fence is not None:
            if opening and opening[1].startswith(fence[0]) and not opening[2]:
                if fence[1] == "cpp":
                    blocks.append(Block(start, "\n".join(code) + "\n", directives))
                elif directives:
                    raise ValueError(f"{start}: a docs comment before a block that is not cpp")
                fence, directives = None, {}
            else:
                code.append(line)
        elif opening:
            if opening[2].lower() in ("c++", "cxx", "cc", "hpp"):
                raise ValueError(f"{number}: write ```cpp, so that the block is compiled")
            fence, code, start = (opening[1], opening[2]), [], number + 1
        else:
            found = DIRECTIVE.search(line)
            if found:
                name, value = found[1], found[2]
                if not (name in WITH_VALUE and value or name in WITHOUT_VALUE and not value):
                    raise ValueError(f"{number}: no such docs comment: {line.strip()}")
                directives[name] = value
            elif "<!-- docs" in line:
                raise ValueError(f"{number}: no such docs comment: {line.strip()}")
            elif line.strip() and directives:
                raise ValueError(f"{number}: a docs comment that stands before no block")
    if fence is not None:
        raise ValueError(f"{start - 1}: the block is not closed")
    if directives:
        raise ValueError("a docs comment that stands before no block")
    return blocks


def unit_of(blocks, page):
    """One translation unit of all blocks that are no programs of their own."""
    top, body, opened = [], [], False

    def place(block, lines):
        return [f'#line {block.line} "{page}"', *lines]

    for number, block in enumerate(blocks):
        lines = block.text.split("\n")
        for at, line in enumerate(lines):
            if re.match(r"\s*#\s*include\b", line):
                top.append(line)
                lines[at] = ""
        if "preamble" in block.directives:
            top.append(f'#include "{HERE / block.directives["preamble"]}"')
        if "continues" in block.directives:
            if not opened:
                raise ValueError(f"{block.line}: continues, but no block before it was a function")
            body += place(block, lines)
            continue
        if opened:
            body.append("}")
            opened = False
        if "declarations" in block.directives:
            body += place(block, lines)
        else:
            body += [f"[[maybe_unused]] static auto block_{number}() {{", *place(block, lines)]
            opened = True
    if opened:
        body.append("}")
    return "\n".join(dict.fromkeys(top)) + "\n" + "\n".join(body) + "\n"


def judge(compiler, page, text):
    """(what is wrong or nothing, what was done)."""
    try:
        blocks = blocks_of(text)
        skipped = [block for block in blocks if "skip" in block.directives]
        programs = [block for block in blocks if block.complete and block not in skipped]
        rest = [block for block in blocks if block not in skipped and block not in programs]
        units = [f'#line {block.line} "{page}"\n{block.text}' for block in programs]
        if rest:
            units.append(unit_of(rest, page))
    except ValueError as wrong:
        return f"{page}:{wrong}", ""
    for block in programs:
        if not re.search(r"\bint main\(", block.text):
            return f"{page}:{block.line}: `// complete`, but no main", ""
    with tempfile.TemporaryDirectory() as folder:
        for unit in units:
            source = pathlib.Path(folder) / "page.cpp"
            source.write_text(unit, encoding="utf-8")
            # Warnings are off: a page may name a value and leave it.
            compiles, said = compiler.check(source, "-w")
            if not compiles:
                return said, ""
    done = [f"{len(blocks)} blocks"]
    done += [f"line {block.line} skipped: {block.directives['skip']}" for block in skipped]
    return None, "; ".join(done)


# --- links ----------------------------------------------------------------------------------------

def without_code(text):
    text = re.sub(r"^\s*(```+|~~~+).*?^\s*\1\s*$", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"`[^`\n]*`", "", text)


def anchors_of(text):
    """The anchors of the headings, as GitHub makes them."""
    anchors = set()
    fenced = re.sub(r"^\s*(```+|~~~+).*?^\s*\1\s*$", "", text, flags=re.MULTILINE | re.DOTALL)
    for title in re.findall(r"^#+ +(.*?) *#*$", fenced, re.MULTILINE):
        title = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title).replace("`", "").lower()
        plain = re.sub(r"[^\w\- ]", "", title).replace(" ", "-")
        anchor, again = plain, 0
        while anchor in anchors:
            again += 1
            anchor = f"{plain}-{again}"
        anchors.add(anchor)
    return anchors


def broken_links(root):
    root = pathlib.Path(root)
    pages = [page for page in [root / "README.md", *sorted((root / "docs").rglob("*.md"))]
             if page.is_file()]
    broken, count = [], 0
    for page in pages:
        text = page.read_text(encoding="utf-8")
        for target in re.findall(r"\]\(<?([^)\s>]+)>?[^)]*\)", without_code(text)):
            if re.match(r"[a-z]+:", target):
                continue
            count += 1
            name, _, anchor = target.partition("#")
            other = (page.parent / name).resolve() if name else page
            if not other.exists():
                broken.append(f"{page.relative_to(root)}: {target} does not exist")
            elif anchor and other.suffix == ".md":
                if anchor not in anchors_of(other.read_text(encoding="utf-8")):
                    broken.append(f"{page.relative_to(root)}: {target}: no such heading")
    return broken, f"{count} links of {len(pages)} pages"


# --- rules and their tests ------------------------------------------------------------------------

def literals_of(text):
    """Every string literal of a source, adjacent ones joined as the compiler joins them."""
    found = re.findall(r'"(?:[^"\\\n]|\\.)*"(?:\s*"(?:[^"\\\n]|\\.)*")*', text)
    return {"".join(re.findall(r'"((?:[^"\\\n]|\\.)*)"', literal)) for literal in found}


def rows_of(page, key):
    """{first cell: names of tests in the last cell} of the tables whose first cell looks like `key`."""
    rows = {}
    for line in page.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("|") and re.fullmatch(key, cells[0]):
            rows.setdefault(cells[0], set()).update(re.findall(r"`([^`]+)`", cells[-1]))
    return rows


def unproved_rules(root):
    """The tables of docs/storage.md and docs/incidents.md against the promises and the tests."""
    root = pathlib.Path(root)
    contract = root / "include/tollgate/storage/contract"
    known = set()
    for source in [*contract.rglob("*.hpp"), *(root / "tests").rglob("*.cpp")]:
        known |= literals_of(source.read_text(encoding="utf-8"))
    promised = re.findall(r'\{"((?:ledger|queue) \d+)"', (contract / "promises.hpp").read_text())
    wrong, count = [], 0
    for name, key, expected in (
            ("docs/storage.md", r"(ledger|queue) \d+", promised),
            ("docs/incidents.md", r"\d+", [str(n) for n in range(1, 30)])):
        rows = rows_of(root / name, key)
        count += len(rows)
        wrong += [f"{name}: no row for {rule}" for rule in expected if rule not in rows]
        wrong += [f"{name}: {rule} is no promise" for rule in rows if rule not in expected]
        for rule, tests in rows.items():
            if not tests:
                wrong.append(f"{name}: {rule} names no test in its last cell")
            wrong += [f"{name}: {rule}: there is no test `{test}`"
                      for test in sorted(tests) if test not in known]
    return wrong, f"{count} rules and incidents, each with its test"


# --- headers and the tables that list them --------------------------------------------------------

def unlisted_headers(root):
    """docs/<component>.md names every header of its component in the first column of a table, and
    no header that is not there. `storage/contract/*.hpp` names those of a folder."""
    base = pathlib.Path(root) / "include/tollgate"
    wrong, count = [], 0
    for folder in sorted(path for path in base.iterdir() if path.is_dir()):
        name = f"docs/{folder.name}.md"
        page = pathlib.Path(root) / name
        if not page.is_file():
            wrong.append(f"{name}: {folder.name} has no page")
            continue
        listed = set()
        for line in page.read_text(encoding="utf-8").splitlines():
            if line.startswith("|"):
                listed |= set(re.findall(r"`([a-z0-9_/*]+\.hpp)`", line.split("|")[1]))
        headers = {path.relative_to(base).as_posix() for path in folder.rglob("*.hpp")
                   if "detail" not in path.parts}
        count += len(headers)
        covered = {header for header in headers
                   if header in listed or header.rpartition("/")[0] + "/*.hpp" in listed}
        wrong += [f"{name}: does not list {header}" for header in sorted(headers - covered)]
        wrong += [f"{name}: lists {header}, which does not exist" for header in sorted(listed)
                  if not any(base.glob(header))]
    return wrong, f"{count} headers, each in the table of its page"


# --- numbers that a page repeats -------------------------------------------------------------------

OPTIONS = "include/tollgate/worker/options.hpp"
SQLITE = "include/tollgate/sqlite/store.hpp"
POSTGRES = "include/tollgate/postgres/settings.hpp"
# Page, what it says, and where the number is at home: each pattern has one group, found once.
NUMBERS = [
    ("docs/worker.md", r"Leases last (\d+) s", OPTIONS, r"duration lease\{seconds\((\d+)\)"),
    ("docs/worker.md", r"renewed every (\d+) s", OPTIONS, r"duration heartbeat\{seconds\((\d+)\)"),
    ("docs/tour.md", r"again after (\d+) seconds", OPTIONS, r"duration lease\{seconds\((\d+)\)"),
    ("docs/tour.md", r"// ([\d.]+) credits to begin", "include/tollgate/ledger/rules.hpp",
     r"credits opening_grant.*// ([\d.]+)"),
    ("docs/checkout.md", r"// ([\d.]+) credits; again", "include/tollgate/ledger/rules.hpp",
     r"credits opening_grant.*// ([\d.]+)"),
    ("docs/sqlite.md", r"`busy_timeout` \| (\d+) s", SQLITE, r"busy_timeout\{seconds\((\d+)\)"),
    ("docs/sqlite.md", r"`readers` \| (\d+)", SQLITE, r"readers\{(\d+)\}"),
    ("docs/postgres.md", r"`settings::connections`, `lease_timeout` \| (\d+);", POSTGRES,
     r"connections\{(\d+)\}"),
    ("docs/postgres.md", r"`outcome_unknown` \| (\d+) s", POSTGRES,
     r"answer_timeout\{seconds\((\d+)\)"),
    ("docs/pricing.md", r"lock_for = hours\((\d+)\)", "include/tollgate/pricing/lock.hpp",
     r"lock_for\{hours\((\d+)\)"),
]


def stale_number(root, page, says, source, home):
    """What is wrong with one number of a page, or nothing."""
    said = re.findall(says, (root / page).read_text(encoding="utf-8"))
    is_so = re.findall(home, (root / source).read_text(encoding="utf-8"))
    if len(said) != 1 or len(is_so) != 1:
        return f"{page}: `{says}` is there {len(said)} times, in {source} {len(is_so)}"
    return f"{page}: says {said[0]} where {source} has {is_so[0]}" if said != is_so else None


def stale_numbers(root):
    """A number that a page repeats is that of the source it comes from."""
    root = pathlib.Path(root)
    wrong = [said for said in (stale_number(root, *row) for row in NUMBERS) if said]
    count = len(list((root / "tests/fuzz/corpus").iterdir()))
    words = ("Ten", "Eleven", "Twelve", "Thirteen", "Fourteen", "Fifteen", "Sixteen")
    if f"{words[count - 10]} targets" not in (root / "docs/proof.md").read_text(encoding="utf-8"):
        wrong.append(f"docs/proof.md: there are {count} fuzz targets with seeds")
    return wrong, f"{len(NUMBERS) + 1} numbers are those of their source"


# --- keys of rate cards ---------------------------------------------------------------------------

def unexplained_keys(root):
    """Every member that pricing/json.hpp reads stands in a table of docs/pricing.md."""
    root = pathlib.Path(root)
    reader = (root / "include/tollgate/pricing/json.hpp").read_text(encoding="utf-8")
    lists = re.findall(r"\bobject\(\s*\w+,\s*\{([^}]*)\}", reader)
    keys = {key for members in lists for key in re.findall(r'"(\w+)"', members)}
    rows = [line for line in (root / "docs/pricing.md").read_text(encoding="utf-8").splitlines()
            if line.startswith("|")]
    explained = {key for row in rows for key in re.findall(r"`(\w+)`", row)}
    wrong = [f"docs/pricing.md: no table explains the key {key}" for key in sorted(keys - explained)]
    return (wrong if keys else ["pricing/json.hpp reads no key"]), f"{len(keys)} keys explained"


# --- the test of the test -------------------------------------------------------------------------

def self_test(compiler):
    def fenced(code, before=""):
        return f"text\n{before}\n```cpp\n{code}\n```\n"

    pages = [
        ("no block here", None, "0 blocks"),
        (fenced("#include <string>\nstd::string s; s += 'x';\nreturn s;"), None, "1 blocks"),
        (fenced("int a = 1;") + fenced("++a;", "<!-- docs-continues -->"), None, "2 blocks"),
        (fenced("template <class T> void f(T) {}", "<!-- docs-declarations -->"), None, "1 blocks"),
        (fenced("// complete\nint main() {}"), None, "1 blocks"),
        (fenced("no C++ at all", "<!-- docs-skip: output -->"), None, "skipped: output"),
        (fenced("undeclared();"), "page.md:4", ""),
        (fenced("int a = 1;") + fenced("++a;"), "was not declared|undeclared identifier", ""),
        (fenced("// complete\nint main() { undeclared(); }"), "page.md:5", ""),
        (fenced("// complete\nint f();"), "no main", ""),
        (fenced("++a;", "<!-- docs-continues -->"), "no block before it", ""),
        (fenced("int a;", "<!-- docs-preamble: none.hpp -->"), "none.hpp", ""),
        (fenced("no C++", "<!-- docs-skip -->"), "no such docs comment", ""),
        (fenced("no C++", "<!-- docs-ignore: x -->"), "no such docs comment", ""),
        ("<!-- docs-skip: x -->\ntext\n" + fenced("int a;"), "before no block", ""),
        ("```c++\nint a;\n```\n", "write ```cpp", ""),
        ("```cpp\nint a;\n", "not closed", ""),
    ]
    for text, expected, said in pages:
        wrong, done = judge(compiler, "page.md", text)
        if expected is None:
            assert wrong is None and said in done, (text, wrong, done)
        else:
            assert wrong is not None and re.search(expected, wrong), (text, wrong)

    with tempfile.TemporaryDirectory() as root:
        base = pathlib.Path(root)
        (base / "docs").mkdir()
        (base / "README.md").write_text("# Top\n[a](docs/a.md#a-b) [b](https://x.org) [c](#top)\n")
        (base / "docs/a.md").write_text("# A `b`\n[up](../README.md) `[code](none.md)`\n")
        assert broken_links(root) == ([], "3 links of 2 pages"), broken_links(root)
        (base / "docs/a.md").write_text("# A\n[up](../NONE.md)\n")
        assert len(broken_links(root)[0]) == 2, broken_links(root)

        contract = base / "include/tollgate/storage/contract"
        contract.mkdir(parents=True)
        (contract / "promises.hpp").write_text('{"ledger 1", "x"},\n{"queue 2", "y"},\n')
        (contract / "rules.hpp").write_text('add("sums are "\n    "zero"); add("one unit");\n')
        (base / "tests").mkdir()
        incidents = [f"| {n} | x | `one unit` |\n" for n in range(1, 30)]
        row = "| ledger 1 | sums | `sums are zero` |\n"
        for table, expected in [
                (row + "| queue 2 | unit | `one unit` |\n", []),
                (row, ["no row for queue 2"]),
                (row + "| queue 2 | `unit` |  |\n", ["queue 2 names no test"]),
                (row + "| queue 2 | unit | `two units` |\n", ["there is no test `two units`"]),
                (row + "| queue 2 || `one unit` |\n| queue 3 || `one unit` |\n", ["queue 3 is no"])]:
            (base / "docs/storage.md").write_text(table)
            (base / "docs/incidents.md").write_text("".join(incidents))
            wrong = unproved_rules(root)[0]
            assert len(wrong) == len(expected), (table, wrong)
            assert all(words in line for words, line in zip(expected, wrong)), (table, wrong)
        (base / "include/tollgate/storage/a.hpp").write_text("")
        (base / "include/tollgate/storage/detail").mkdir()
        (base / "include/tollgate/storage/detail/b.hpp").write_text("")
        for table, expected in [
                ("| `storage/a.hpp`, `storage/contract/*.hpp` | x |\n", []),
                ("| `storage/a.hpp` | `storage/contract/*.hpp` |\n",
                 ["not list storage/contract/promises.hpp", "not list storage/contract/rules.hpp"]),
                ("`storage/a.hpp`\n| `storage/contract/*.hpp` |\n", ["not list storage/a.hpp"]),
                ("| `storage/a.hpp`, `storage/c.hpp` |\n| `storage/contract/*.hpp` |\n",
                 ["lists storage/c.hpp, which does not exist"])]:
            (base / "docs/storage.md").write_text(table)
            wrong = unlisted_headers(root)[0]
            assert len(wrong) == len(expected), (table, wrong)
            assert all(words in line for words, line in zip(expected, wrong)), (table, wrong)
        pricing = base / "include/tollgate/pricing"
        pricing.mkdir()
        (pricing / "json.hpp").write_text('in_.object(v, {"type", "per"});\nin.object(\n v, {"x"});')
        (base / "docs/pricing.md").write_text("| `type` | of `per` |\n`x`\n")
        assert unexplained_keys(root)[0] == ["docs/pricing.md: no table explains the key x"]
        (base / "docs/pricing.md").write_text("| `type` | of `per` |\n| `x` | |\n")
        assert unexplained_keys(root) == ([], "3 keys explained"), unexplained_keys(root)
        (pricing / "json.hpp").unlink()
        (base / "docs/a.md").write_text("waits 7 s, then 8 s")
        (base / "a.hpp").write_text("wait{7}; then{9};")
        rows = [("docs/a.md", r"waits (\d) s", "a.hpp", r"wait\{(\d)\}"),
                ("docs/a.md", r"then (\d) s", "a.hpp", r"then\{(\d)\}"),
                ("docs/a.md", r"(\d) s", "a.hpp", r"then\{(\d)\}")]
        assert [bool(stale_number(base, *row)) for row in rows] == [False, True, True]
        (base / "include/tollgate/none").mkdir()
        assert unlisted_headers(root)[0][0] == "docs/none.md: none has no page"
        (base / "docs/incidents.md").write_text("".join(incidents[:28]))
        assert "docs/incidents.md: no row for 29" in unproved_rules(root)[0]
    print(f"{len(pages)} pages judged as they should be")


def main():
    trees = {"--links": broken_links, "--rules": unproved_rules, "--headers": unlisted_headers,
             "--keys": unexplained_keys, "--numbers": stale_numbers}
    if sys.argv[2] in trees:
        broken, done = trees[sys.argv[2]](sys.argv[3])
        print("\n".join(broken) or done)
        return 1 if broken else 0
    compiler = Compiler(sys.argv[1])
    if sys.argv[2] == "--self-test":
        self_test(compiler)
        return 0
    page = pathlib.Path(sys.argv[2])
    wrong, done = judge(compiler, page.name, page.read_text(encoding="utf-8"))
    print(wrong or done)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
