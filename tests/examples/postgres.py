#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""postgres.py TEST ADDRESS FOLDER: one of the tests below, with the examples in FOLDER, on the
server of TOLLGATE_TEST_POSTGRES or, without it, the one whose address is in the file ADDRESS."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from cluster import VARIABLE, programs  # noqa: E402

ORDERS = 40
SHOTS = 3


def require(condition, complaint):
    if not condition:
        raise AssertionError(complaint)


class World:
    """A schema of this test's own on the server, and the programs."""

    def __init__(self, address, folder):
        self.conninfo = os.environ.get(VARIABLE) or pathlib.Path(address).read_text("utf-8").strip()
        self.folder = pathlib.Path(folder)
        self.schema = f"example_{os.getpid()}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for schema in (self.schema, self.schema + "_shop"):
            self.sql("SET client_min_messages = warning; "
                     f"DROP SCHEMA IF EXISTS {schema} CASCADE")

    def psql(self, *arguments, text=None):
        # Beside a server that was named there may be a client alone.
        return subprocess.run([shutil.which("psql") or f"{programs()}/psql", self.conninfo, "-XqAt",
                               "-v", "ON_ERROR_STOP=1", *arguments],
                              input=text, check=True, stdout=subprocess.PIPE, text=True).stdout

    def sql(self, text):
        return self.psql("-c", text).strip()

    def number(self, query):
        return int(self.sql(f"SET search_path = {self.schema}; SELECT {query}"))

    def start(self, program, *arguments):
        return subprocess.Popen([self.folder / program, *arguments], text=True,
                                stdout=subprocess.PIPE)

    def run(self, program, *arguments):
        return said(self.start(program, *arguments))

    def worker(self, *arguments):
        return self.start("06_render_worker", self.conninfo, "--schema", self.schema, *arguments)


def said(process):
    """What a program said until it ended well."""
    text = process.communicate(timeout=120)[0]
    if len(text) < 1_000:
        print(text, end="", flush=True)
    require(process.returncode == 0, f"{process.args[0]} ended with {process.returncode}")
    return text


def numbers(text):
    """How many claims and how many jobs a worker says it had: ... looked at 6, finished 3."""
    words = text.replace(",", "").split()
    return int(words[-3]), int(words[-1])


def two_workers(world):
    """Two processes at once on a schema that is not there yet: each job ends once, and the books
    hold, which every process verifies before it ends."""
    made = 0
    # A busy machine may let one process do it all; that would show nothing, so it is done again.
    for _ in range(5):
        before = made
        both = [world.worker("--orders", str(ORDERS)), world.worker("--orders", str(ORDERS))]
        looked, shares = zip(*(numbers(said(process)) for process in both))
        made += 2 * ORDERS * SHOTS
        require(sum(shares) == made - before, f"{shares} of {made - before} jobs were finished")
        # To submit and to look again. More where a process that ends hands back what it claimed.
        require(sum(looked) >= 2 * sum(shares), f"{sum(looked)} claims for {sum(shares)} jobs")
        require(world.number("count(*) FROM live") == 0, "a job has not ended")
        require(world.number("count(*) FROM done") == made, "not every job has ended")
        require(world.number(
            "count(*) FROM job j WHERE 1 = (SELECT count(*) FROM operation o"
            " WHERE o.hold = j.hold AND o.moved = j.estimated)") == made,
                "a job was not charged once")
        if all(shares):
            break
    else:
        raise AssertionError("one of two processes had nothing to do, five times")
    # One who comes later finds everything done, and the books in order.
    require(numbers(said(world.worker())) == (0, 0), "something was left")


def host_transaction(world):
    """The example checks itself; twice, because a host's program is started more than once."""
    for _ in range(2):
        text = world.run("07_host_transaction", world.conninfo, "--schema", world.schema)
        require(text.count("yes: ") == 10 and "NO: " not in text, "it checked something else")
    require(world.number(f"count(*) FROM {world.schema}_shop.orders") == 4, "not the shop's orders")


def libpqxx(world):
    """The same through libpqxx, which checks itself, too."""
    for _ in range(2):
        text = world.run("11_libpqxx", world.conninfo, "--schema", world.schema)
        require(text.count("yes: ") == 10 and "NO: " not in text, "it checked something else")
    require(world.number(f"count(*) FROM {world.schema}_shop.orders") == 4, "not the shop's orders")


def print_schema(world):
    """What is printed is a schema that a worker takes as migrated, whole or step by step."""
    script = world.run("08_print_schema", "--schema", world.schema)
    world.psql("--single-transaction", "-f", "-", text=script)
    newest = world.number("max(version) FROM migration")
    require(newest > 0, "no step noted itself")
    require(world.run("08_print_schema", "--schema", world.schema, "--from", str(newest)) == "",
            "something comes after the newest step")
    applied = f"SELECT version, applied_at FROM {world.schema}.migration ORDER BY 1"
    noted = world.sql(applied)
    require(numbers(said(world.worker("--orders", "1")))[1] == SHOTS, "the schema does not serve")
    require(noted == world.sql(applied), "the library migrated what was migrated")

    world.sql(f"SET client_min_messages = warning; DROP SCHEMA {world.schema} CASCADE")
    with tempfile.TemporaryDirectory() as folder:
        names = world.run("08_print_schema", "--schema", world.schema, "--into", folder).split()
        require(len(names) == newest and names == sorted(names), f"{names} for {newest} steps")
        texts = [pathlib.Path(name).read_text(encoding="utf-8") for name in names]
    require("".join(texts) == script, "the steps are another schema than the script")


TESTS = {test.__name__: test for test in (two_workers, host_transaction, libpqxx, print_schema)}


def main():
    if len(sys.argv) != 4 or sys.argv[1] not in TESTS:
        print(__doc__, file=sys.stderr)
        return 2
    with World(*sys.argv[2:]) as world:
        TESTS[sys.argv[1]](world)
    return 0


if __name__ == "__main__":
    sys.exit(main())
