#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""A misuse that must not compile, and must say why in our own words.

The first lines of the file hold one or more `// rejected: words`: all of them must stand in the
compiler's messages (not in the source it quotes). A file that mentions TOLLGATE_ACCEPT must compile
when that macro is defined, so that nothing but the misuse is what was rejected.
"""

import pathlib
import re
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from compiler import Compiler  # noqa: E402


def judge(compiler, source):
    """Why the file is no proof of a rejection, or nothing."""
    text = source.read_text(encoding="utf-8")
    wanted = re.findall(r"^// rejected: *(\S.*?) *$", text, re.MULTILINE)
    if not wanted:
        return "has no line `// rejected: words`"
    if "TOLLGATE_ACCEPT" in text:
        compiles, said = compiler.check(source, "-DTOLLGATE_ACCEPT")
        if not compiles:
            return f"does not compile without the misuse:\n{said}"
    quiet = "-fno-caret-diagnostics" if compiler.is_clang else "-fno-diagnostics-show-caret"
    compiles, said = compiler.check(source, quiet)
    if compiles:
        return "compiles"
    # The messages alone: "file:line:column: error: words" and the notes that go with them.
    messages = " ".join(re.findall(r"(?:error|note): (.*)", said) +
                        re.findall(r"In instantiation of (.*)", said))
    missing = [words for words in wanted if words not in messages]
    if missing:
        return f"was rejected without the words {missing}:\n{said}"
    return None


def self_test(compiler):
    """Files that prove nothing must not be taken for a proof."""
    head = "// rejected: money is exact\n"
    misuse = 'static_assert(sizeof(int) == 1, "money is exact");\n'
    cases = [
        (head + misuse, None),
        (head + "#ifndef TOLLGATE_ACCEPT\n" + misuse + "#endif\n", None),
        (misuse, "has no line"),
        (head + "int fine;\n", "compiles"),
        (head + 'static_assert(sizeof(int) == 1, "other");\n', "without the words"),
        (head + "int broken = money is exact;\n", "without the words"),
        (head + "int TOLLGATE_ACCEPT = undeclared;\n" + misuse, "without the misuse"),
    ]
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder) / "case.cpp"
        for text, expected in cases:
            source.write_text(text, encoding="utf-8")
            verdict = judge(compiler, source)
            if expected is None:
                assert verdict is None, verdict
            else:
                assert verdict is not None and expected in verdict, (text, verdict)
    print(f"{len(cases)} cases judged as they should be")


def main():
    compiler = Compiler(sys.argv[1])
    if sys.argv[2] == "--self-test":
        self_test(compiler)
        return 0
    source = pathlib.Path(sys.argv[2])
    verdict = judge(compiler, source)
    print(f"{source.name}: {verdict or 'rejected, for the reason it names'}")
    return 1 if verdict else 0


if __name__ == "__main__":
    sys.exit(main())
