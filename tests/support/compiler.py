# SPDX-License-Identifier: BSL-1.0
"""The compiler and the options of this build, for tests that compile when they run."""

import json
import os
import pathlib
import shlex
import subprocess

# The translation unit that includes every header: its options are those of a test.
UNIT = "tests/structure/first.cpp"


class Compiler:
    def __init__(self, build):
        commands = json.loads((pathlib.Path(build) / "compile_commands.json").read_text())
        entry = next(c for c in commands if c["file"].endswith(UNIT))
        words = shlex.split(entry["command"])
        while os.path.basename(words[0]) in ("ccache", "env"):
            words.pop(0)
        for option in ("-o", "-c", "-MT", "-MF"):
            if option in words:
                at = words.index(option)
                del words[at:at + 2]
        self.words = [word for word in words if word not in ("-MD", "-MMD")]
        self.is_clang = "clang" in os.path.basename(os.path.realpath(self.words[0]))

    def check(self, source, *options):
        """Parses and checks one file without writing anything: (it compiles, what was said)."""
        done = subprocess.run([*self.words, "-fsyntax-only", *options, str(source)],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
        return done.returncode == 0, done.stdout

    def preprocessed_lines(self, text):
        """How many lines are left of a source after preprocessing, empty ones aside."""
        done = subprocess.run([*self.words, "-E", "-P", "-x", "c++", "-"], input=text,
                              capture_output=True, text=True, check=True)
        return sum(1 for line in done.stdout.splitlines() if line.strip())
