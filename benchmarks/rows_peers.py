# SPDX-License-Identifier: BSL-1.0
"""Ours beside two job queues for Node, on the same server: jobs into the queue one by one and in
hundreds, and worked off. The rows that count give the peers money too; see peers/peers.mjs."""

import contextlib
import json
import os
import shutil
import subprocess
import tempfile

from report import Row
from server import HERE, ROOT, Failed, call
from shop import WARM, Shop

FOLDER = ROOT / "build" / "release" / "peers"
PEERS = {"graphile": "graphile-worker", "boss": "pg-boss"}
FILES = ("package.json", "package-lock.json", "peers.mjs")


def install():
    """The pinned packages, into the build folder."""
    for program in ("node", "npm"):
        if not shutil.which(program):
            raise Failed(f"peers needs {program}")
    FOLDER.mkdir(parents=True, exist_ok=True)
    lock, installed = HERE / "peers" / "package-lock.json", FOLDER / "package-lock.json"
    fresh = not (FOLDER / "node_modules" / "pg-boss").exists() or not installed.exists() or \
        installed.read_bytes() != lock.read_bytes()
    for file in FILES:
        shutil.copy(HERE / "peers" / file, FOLDER / file)
    if fresh:
        call(["npm", "ci", "--no-audit", "--no-fund", "--silent"], cwd=FOLDER)


class Peer:
    """One of them in a database of its own, waiting for runs. Use it as a context."""

    def __init__(self, at, which, money):
        self.at, self.which, self.money = at, which, money
        self.added = self.worked = 0

    def __enter__(self):
        name = f"{self.which}_{int(self.money)}"
        self.at.sql(f"CREATE DATABASE {name}")
        address = f"postgresql://postgres@/{name}?host={self.at.folder}&port=5432"
        self.errors = tempfile.TemporaryFile("w+")
        self.node = subprocess.Popen(
            ["node", "peers.mjs", self.which, str(int(self.money))], cwd=FOLDER, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors,
            env=dict(os.environ, PEERS_DATABASE=address))
        self.answer()
        return self

    def __exit__(self, *_):
        self.node.stdin.close()
        self.node.wait()
        self.errors.close()

    def answer(self):
        line = self.node.stdout.readline()
        if not line:
            self.errors.seek(0)
            raise Failed(f"{PEERS[self.which]}: {self.errors.read()[-2000:]}")
        return json.loads(line)

    def ask(self, words):
        self.node.stdin.write(words + "\n")
        self.node.stdin.flush()
        return self.answer()

    def run(self, what, count):
        said = self.ask(f"{what} {count}")
        self.added += count
        self.worked += said["done"] if what == "work" else 0
        return said["per_second"]

    def check(self):
        """With money, every job has its hold and every finished one its capture."""
        held = self.ask("end")
        if not self.money:
            return
        # A worker may have begun more than it was asked for when it was stopped.
        right = held["holds"] == self.added and held["captures"] >= self.worked > 0 and \
            held["entries"] == held["holds"] + held["captures"] and \
            held["open"] == held["holds"] - held["captures"]
        if not right:
            raise Failed(f"{PEERS[self.which]}: {self.added} jobs, {self.worked} done, {held}")


# What is measured: (case, word, how ours does it). The peers' processes stay; ours warms its connections.
CASES = [
    ("into the queue, one by one", "single",
     lambda shop, count: shop.confirm(16, 16, items=1, limit=count, warm=WARM)["per_second"]),
    ("into the queue, one by one, ours batched on 2 lanes", "single",
     lambda shop, count: shop.confirm(16, 2, lanes=2, items=1, limit=count, warm=WARM)["per_second"]),
    ("into the queue, in hundreds", "bulk",
     lambda shop, count: 100 * shop.confirm(16, 2, lanes=2, items=100,
                                            limit=count // 100, warm=WARM)["per_second"]),
    ("worked off", "work", lambda shop, count: shop.work(2, limit=count // 100,
                                                       warm=WARM)["per_second"]),
]


def peers(at, how):
    install()
    counts = {"single": 300, "bulk": 2_000, "work": 2_000} if how.quick else {
        "single": 5_000, "bulk": 100_000, "work": 100_000}
    shop = Shop(at, "peers", 1_000)
    shop.fill(counts["work"])
    at.sql("VACUUM ANALYZE")
    rows = []
    with contextlib.ExitStack() as all_of_them:
        others = [all_of_them.enter_context(Peer(at, which, money))
                  for which in PEERS for money in (True, False)]
        for case, what, ours in CASES:
            count = counts[what]
            pairs = [[] for _ in others]
            for turn in range(how.rounds + 1):
                if what == "work":
                    shop.fill(count + 2 * WARM * 100)
                own = ours(shop, count)
                for one, found in zip(others, pairs):
                    against = one.run(what, count)
                    if turn > 0:
                        found.append((own, against))
            for one, found in zip(others, pairs):
                money = "with" if one.money else "without"
                rows.append(Row("peers", f"{case}; {PEERS[one.which]} {money} money", "jobs/s",
                                found, "> 1" if one.money else None))
        for one in others:
            one.check()
    for one in others:
        at.sql(f"DROP DATABASE {one.which}_{int(one.money)}")
    shop.drop()
    return rows


ROWS = {"peers": peers}
