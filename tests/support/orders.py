# SPDX-License-Identifier: BSL-1.0
"""A server of a test's own, customers and workers as its processes, and both audits in the end."""

import collections
import random
import subprocess
import sys
import tempfile
import threading
import time

from books import broken_rules
from cluster import Cluster
from proxy import Proxy

SCHEMA = "faults"
SKIPPED = 77  # what ctest takes as skipped
ENOUGH = 20  # strikes in the middle of something, or the test has shown nothing


class World:
    """A durable cluster, the driver, and processes of it that are gone in the end."""

    def __init__(self, driver):
        self.driver = driver
        self.dice = random.Random(7)
        self.processes = []

    def __enter__(self):
        self.cluster = Cluster(fsync=True).__enter__()
        self.folder = tempfile.TemporaryDirectory(prefix="tollgate-faults-")
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.kill()
            process.wait()
        self.cluster.__exit__()
        self.folder.cleanup()

    def sql(self, text):
        """Runs SQL directly, and answers its rows."""
        done = subprocess.run([f"{self.cluster.bin}/psql", self.cluster.conninfo, "-XqAt",
                               "-v", "ON_ERROR_STOP=1", "-c", text],
                              check=True, capture_output=True, text=True)
        return done.stdout.split("\n")[:-1]

    def start(self, mode, *arguments, conninfo=None, **options):
        process = subprocess.Popen(
            [self.driver, mode, conninfo or self.cluster.conninfo, SCHEMA, *map(str, arguments)],
            text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **options)
        self.processes.append(process)
        return process

    def run(self, mode, *arguments, conninfo=None):
        process = self.start(mode, *arguments, conninfo=conninfo)
        said = process.communicate(timeout=250)[0]
        require(process.returncode == 0, f"{mode} ended with {process.returncode}: {said}")
        return said.splitlines()

    def proxy(self, choose, **options):
        folder = tempfile.mkdtemp(dir=self.folder.name)  # a context may have several
        return Proxy(str(self.cluster.folder), folder, choose, **options)


def require(condition, complaint):
    if not condition:
        raise AssertionError(complaint)


def report(what, counts):
    print(f"{what}: {dict(sorted(counts.items()))}", flush=True)


def until(seconds, condition):
    """Waits for something; a test that waits in vain has failed."""
    end = time.monotonic() + seconds
    while not condition():
        require(time.monotonic() < end, "waited in vain")
        time.sleep(0.02)


class Shop:
    """Processes that confirm orders and render them, with a fault between. Whatever struck: in the
    end every job has ended, every order that was confirmed is there, and the books are right."""

    ACCOUNTS = 6

    def __init__(self, world, conninfo=None):
        self.world = world
        self.conninfo = conninfo
        self.said = {"confirm": [], "work": []}
        self.running = {"confirm": [], "work": []}
        self.lines = {}  # what each process said
        world.run("migrate")
        world.run("open", self.ACCOUNTS)

    def start(self, mode, *arguments):
        """A process whose lines are kept, and a thread that reads them."""
        process = self.world.start(mode, *arguments, conninfo=self.conninfo)
        lines = self.lines[process] = []

        def read():
            for line in process.stdout:
                self.said[mode].append(line.rstrip("\n"))
                lines.append(line.rstrip("\n"))
        reader = threading.Thread(target=read)
        reader.start()
        self.running[mode].append((process, reader))
        return process

    def customers(self, orders, count=2):
        for n in range(count):
            self.start("confirm", self.ACCOUNTS, n + 1, orders)

    def workers(self, count=2):
        for _ in range(count):
            self.start("work")

    def heard(self, mode, word):
        return sum(line.startswith(word) for line in self.said[mode])

    def last_words(self, process):
        """All that a process said, when it is dead."""
        require(process.wait(250) == -9, f"to be killed, and ended with {process.returncode}")
        next(reader for other, reader in self.running["work"] if other is process).join()
        return self.lines[process]

    def end(self, mode, killed=(), early=True):
        for process, _ in self.running[mode] if early else ():
            process.stdin.close()
        for process, reader in self.running[mode]:
            status = process.wait(250)
            require(status == 0 or process in killed, f"{mode} ended with {status}")
            reader.join()

    def close(self):
        """Lets everything come to its end, and audits it."""
        self.world.run("finish")
        process = self.world.start("audit", self.ACCOUNTS)
        confirmed = "".join(line + "\n" for line in self.said["confirm"]
                            if line.startswith("confirmed"))
        said = process.communicate(confirmed, timeout=250)[0].strip()
        for mode, lines in self.said.items():
            report(f"{mode} said", collections.Counter(line.split()[0] for line in lines))
        print(f"in the end: {said}", flush=True)
        broken = broken_rules(self.world.cluster.conninfo, SCHEMA)
        require(not broken, f"the audit in SQL finds: {broken[:10]}")
        require(process.returncode == 0 and said.endswith("wrong=0"), "the books are wrong")
        require("confirmed=" in said and "succeeded=" in said, "a run without a story")


def run_one(tests):
    """Runs the test of this name: NAME DRIVER on the command line."""
    name, driver = sys.argv[1:]
    began = time.monotonic()
    with World(driver) as world:
        tests[name](world)
    print(f"{name}: passed in {time.monotonic() - began:.1f} s")
