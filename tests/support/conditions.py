#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Where a header holds conditions that are decided at run time, as far as its text tells: what the
counters of a compiler must know, or nobody ran it.

conditions.py --self-test   finds what it should in a text, and nothing else
"""

import re
import sys

# What is no code: comments, texts, characters (not the marks in 1'000), lines of the preprocessor.
NO_CODE = re.compile(r"//[^\n]*|/\*.*?\*/|R\"\(.*?\)\"|\"(?:\\.|[^\"\\\n])*\"|"
                     r"(?<![0-9A-Za-z_])'(?:\\.|[^'\\\n])+'|^[ \t]*#(?:\\\n|[^\n])*",
                     re.DOTALL | re.MULTILINE)
# What the compiler decides, and assertions: a macro of the system, which is not counted.
DECIDED = re.compile(r"\b(?:if constexpr|static_assert|noexcept|explicit|assert) ?\(")
CONSTRAINT = re.compile(r"\b(?:concept|requires)\b[^;{]*")
# In the format of this repository the operators have spaces around, and references have not.
CONDITION = re.compile(r"\b(?:if|while|for) \(|(?<=\s)(?:&&|\|\||\?)(?=\s)|\bcase\b")


def blank(text):
    return re.sub(r"[^\n]", " ", text)


def end_of_parentheses(code, at):
    depth = 0
    for i in range(at, len(code)):
        depth += (code[i] == "(") - (code[i] == ")")
        if depth == 0:
            return i + 1
    return len(code)


def statements(code):
    """(begin, end) of what lies between semicolons and braces, a `for` with both of its own."""
    begin, depths = 0, [0]
    for i, c in enumerate(code):
        depths[-1] += (c == "(") - (c == ")")
        if c == "{":
            depths.append(0)
        elif c == "}" and len(depths) > 1:
            depths.pop()
        if c in "{}" or (c == ";" and depths[-1] <= 0):
            yield begin, i
            begin = i + 1
    yield begin, len(code)


def conditions(text):
    """Of each statement with conditions: its first and last line, and that of the first one."""
    code = NO_CODE.sub(lambda found: blank(found[0]), text)
    for found in DECIDED.finditer(code):
        end = end_of_parentheses(code, found.end() - 1)
        code = code[:found.start()] + blank(code[found.start():end]) + code[end:]
    code = CONSTRAINT.sub(lambda found: blank(found[0]), code)

    def line(at):
        return code.count("\n", 0, at) + 1
    for begin, end in statements(code):
        found = CONDITION.search(code, begin, end)
        if found:
            space = len(code[begin:end]) - len(code[begin:end].lstrip())
            yield line(begin + space), line(end), line(found.start())


SAMPLE = """
#define both(a, b) (a && b)
template <class T> requires one<T> && two<T>
constexpr int f(T&& x, auto&& y) noexcept(sizeof(x) == 1 && true) {  // if (x)
  static_assert(sizeof(T) && 1); const char c = '?'; const int million = 1'000'000;
  if constexpr (sizeof(T) == 1 || sizeof(T) == 2) return "a && b"[0];
  assert(x && y);
  if (x) return 1;
  for (int i = 0; i < 3; ++i) {
    while (y) --y;
  }
  const bool both = x &&
                    y;
  switch (y) { case 3: return 4; }
  return [&] { return x || y; }()
             ? 1
             : 2;
}
"""
FOUND = [8, 9, 10, 12, 14, 15, 16]


def main():
    if sys.argv[1:] != ["--self-test"]:
        print(__doc__, file=sys.stderr)
        return 2
    found = [line for _, _, line in conditions(SAMPLE)]
    print(found)
    return 0 if found == FOUND else 1


if __name__ == "__main__":
    sys.exit(main())
