# SPDX-License-Identifier: BSL-1.0
"""Ours beside two job queues for Node, on the same server: jobs into the queue one by one and in
hundreds, and worked off. The rows that count give the peers money too; see peers/peers.mjs."""

import json
import os
import shutil

from report import Row
from rows_postgres import Shop, take_turns
from server import HERE, ROOT, Failed, call

FOLDER = ROOT / "build" / "release" / "peers"
PEERS = {"graphile": "graphile-worker", "boss": "pg-boss"}


def install():
    """The pinned packages, into the build folder."""
    for program in ("node", "npm"):
        if not shutil.which(program):
            raise Failed(f"peers needs {program}")
    FOLDER.mkdir(parents=True, exist_ok=True)
    for file in ("package.json", "peers.mjs"):
        shutil.copy(HERE / "peers" / file, FOLDER / file)
    if not (FOLDER / "node_modules" / "pg-boss").exists():
        call(["npm", "install", "--no-audit", "--no-fund", "--silent"], cwd=FOLDER)


def peer(at, which, what, count, money):
    """One run in a new database."""
    at.sql("DROP DATABASE IF EXISTS peers")
    at.sql("CREATE DATABASE peers")
    address = f"postgresql://postgres@/peers?host={at.folder}&port=5432"
    said = call(["node", "peers.mjs", which, what, str(count), str(int(money))], cwd=FOLDER,
                env=dict(os.environ, PEERS_DATABASE=address))
    return json.loads(said.strip().splitlines()[-1])


def peers(at, how):
    install()
    count = {"single": 500, "bulk": 4_000, "work": 4_000} if how.quick else {
        "single": 5_000, "bulk": 100_000, "work": 100_000}
    shop = Shop(at, "peers", 1_000)
    shop.fill(2_000)
    at.sql("VACUUM ANALYZE")

    def ours(what):
        if what == "single":
            return shop.confirm(16, 16, items=1, limit=count[what])
        if what == "bulk":
            run = shop.confirm(16, 2, lanes=2, items=100, limit=count[what] // 100)
            return {"per_second": 100 * run["per_second"]}
        return shop.work(2, limit=count[what] // 100)

    names = {"single": "into the queue, one by one", "bulk": "into the queue, in hundreds",
             "work": "worked off"}
    rows = []
    for what, case in names.items():
        for which, name in PEERS.items():
            for money in (True, False):
                rounds = how.rounds if money and not how.quick else 2

                def own(_):
                    if what == "work":
                        shop.fill(count[what])
                        at.sql("ANALYZE", "peers")
                    return ours(what)

                pairs = take_turns(rounds, own, lambda turn: peer(at, which, what, count[what],
                                                                  money))
                rows.append(Row("peers", f"{case}, {name} {'with' if money else 'without'} money",
                                "jobs/s", pairs, "> 1" if money else None))
    shop.drop()
    return rows


ROWS = {"peers": peers}
