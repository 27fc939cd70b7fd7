# SPDX-License-Identifier: BSL-1.0
"""The audit in plain SQL that docs/verify.sql is, run as a person runs it: with psql."""

import pathlib
import re
import shutil
import subprocess

from cluster import programs

PAGES = pathlib.Path(__file__).resolve().parents[2] / "docs"
VERIFIER = PAGES / "verify.sql"


def psql(conninfo, *arguments, text=None):
    """What psql answers. Beside a server that was named there may be a client alone."""
    done = subprocess.run([shutil.which("psql") or f"{programs()}/psql", conninfo, "-XqAt",
                           "-v", "ON_ERROR_STOP=1", *map(str, arguments)], input=text,
                          capture_output=True, check=False, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"psql: {done.stderr.strip()}")
    return done.stdout


def broken_rules(conninfo, schema):
    """What the audit finds: a line `rule|place|found` for each."""
    return psql(conninfo, "-v", f"schema={schema}", "-f", VERIFIER).splitlines()


def all_rules():
    """The names of all rules that the audit knows."""
    found = re.findall(r"SELECT '((?:\d+ |running total: |queue: )(?:[^']|'')*)'",
                       VERIFIER.read_text(encoding="utf-8"))
    return {rule.replace("''", "'") for rule in found}
