#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""stores.py BUILD ROOT: the main job on stores that keep what was done, as a person runs it who
runs it more than once: by ROOT/examples/run. BUILD is a build folder with its programs; a cluster
of its own has the database."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
from decimal import Decimal

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from books import broken_rules, psql  # noqa: E402
from cluster import Cluster  # noqa: E402

BUILD, ROOT = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
FOLDER = BUILD / "examples"
SCENE = json.loads((ROOT / "examples/data/scene.json").read_text())
PROGRAMS = {"memory": "02_checkout", "sqlite": "09_checkout_sqlite",
            "postgres": "10_checkout_postgres"}


def require(condition, complaint):
    if not condition:
        raise AssertionError(complaint)


def start(store, scene, *options, program=ROOT / "examples/run"):
    """The script becomes the program of the store."""
    words = [program, *options, "--store", store, *([scene] if scene else [])]
    return subprocess.Popen(words, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            stdin=subprocess.DEVNULL,
                            env=dict(os.environ, TOLLGATE_EXAMPLES_BUILD=str(BUILD)))


def job(store, scene, *options, status=0):
    """What the main job reports as JSON."""
    process = start(store, scene, "--json", *options)
    out, err = process.communicate(timeout=120)
    require(process.returncode == status, f"{store}: exit status {process.returncode}: {err}")
    report = json.loads(out)
    require(report["ledger"]["verified"], f"{store}: the books do not verify")
    require(Decimal(report["ledger"]["held"]) == 0, f"{store}: something is held in the end")
    return report


def available(report):
    return Decimal(report["ledger"]["available"])


def charged(report):
    return sum(Decimal(j["actualCost"] or 0) for j in report["jobs"])


def shown(store):
    """Without a scene it is the one that comes with the script; people read it as text."""
    process = start(store, None)
    text, err = process.communicate(timeout=120)
    require(process.returncode == 0 and err == "", f"{store}: {process.returncode}: {err}")
    for words in (SCENE["scene"]["name"], "veo_3_1_standard", "completed", "failed", "Balance",
                  "verify(): every rule of the ledger holds"):
        require(words in text, f"{store}: the text does not show {words}")


def twice(store, folder):
    """The same file again is the same click; another click and another file are other orders."""
    file = folder / "scene.json"
    file.write_text(json.dumps(SCENE))
    first = job(store, file)
    require(not first["receipt"]["replayed"], f"{store}: the first click is a repeat")
    again = job(store, file)
    require(again["receipt"]["replayed"], f"{store}: the same file is another click")
    require(again["receipt"]["orderId"] == first["receipt"]["orderId"], "another order answered")
    require(again["jobs"] == first["jobs"], f"{store}: other jobs than before")
    require(available(again) == available(first), f"{store}: charged twice")

    other = job(store, file, "--click", "two")
    require(not other["receipt"]["replayed"], f"{store}: another click is a repeat")
    require(available(other) == available(first) - charged(other), f"{store}: charged wrongly")
    require(job(store, file)["receipt"]["orderId"] == first["receipt"]["orderId"],
            f"{store}: the first click is forgotten")

    # A longer shot is another scene file, a click of its own, and the same earlier generations.
    longer = json.loads(json.dumps(SCENE))
    longer["scene"]["shots"][0]["durationSeconds"] = "7"
    file.write_text(json.dumps(longer))
    before = Decimal(other["review"]["projectRunningTotal"]) + charged(other)
    changed = job(store, file)
    require(not changed["receipt"]["replayed"], f"{store}: another file is a repeat")
    require(Decimal(changed["review"]["projectRunningTotal"]) == before,
            f"{store}: earlier generations were counted again")
    return changed


def killed(store, folder):
    """Killed with jobs under way; the next run finishes them, and charges nothing twice."""
    scene = json.loads(json.dumps(SCENE))
    scene["account"]["id"] = scene["account"]["id"][:-2] + "77"
    file = folder / "killed.json"
    file.write_text(json.dumps(scene))
    process = start(store, file)
    for line in process.stdout:
        if "generating" in line:  # a job is at the provider
            break
    process.send_signal(signal.SIGKILL)
    process.communicate()
    finished = job(store, file)
    require(finished["receipt"]["replayed"], f"{store}: the order was lost in the kill")
    require(available(finished) ==
            Decimal(finished["receipt"]["availableAfter"]) +
            Decimal(finished["receipt"]["heldAmount"]) - charged(finished),
            f"{store}: charged for something else than the jobs")
    require(charged(finished) > 0, f"{store}: nothing was rendered")


def two_at_once(store, folder):
    """Two processes with the same click: one order."""
    scene = json.loads(json.dumps(SCENE))
    scene["account"]["id"] = scene["account"]["id"][:-2] + "88"
    file = folder / "both.json"
    file.write_text(json.dumps(scene))
    program = FOLDER / PROGRAMS[store.partition(":")[0]]
    both = [start(store, file, "--json", program=program) for _ in range(2)]
    reports = []
    for process in both:
        out, err = process.communicate(timeout=120)
        require(process.returncode == 0, f"{store}: exit status {process.returncode}: {err}")
        reports.append(json.loads(out))
    orders = {report["receipt"]["orderId"] for report in reports}
    require(len(orders) == 1, f"{store}: one click made {len(orders)} orders")
    require(sum(not report["receipt"]["replayed"] for report in reports) == 1,
            f"{store}: not one of two clicks was the first")


def refused_stores(folder, conninfo):
    """A store that cannot be: one line that says why, exit status 2, and nothing is changed."""
    text = folder / "text.db"
    text.write_text("no database " * 1_000)
    closed = folder / "closed"
    closed.mkdir()
    scene = ROOT / "examples/data/scene.json"
    wrong = ["sqlite:" + str(folder / "no/such/folder.db"), f"sqlite:{text}", f"sqlite:{closed}",
             "postgres:host=/nowhere", "postgres:no words", "postgres:port=none",
             f"postgres:{conninfo} dbname=nobody", f"postgres:{conninfo} user=nobody",
             f"postgres:{conninfo} options=-cdefault_transaction_read_only=on"]
    before = sorted(folder.rglob("*")), text.read_text()
    for store in wrong:
        process = start(store, scene)
        out, err = process.communicate(timeout=60)
        require(process.returncode == 2, f"{store}: exit status {process.returncode}: {err}")
        require(out == "" and err.count("\n") == 1 and "--store" in err, f"{store}: said {err!r}")
    require((sorted(folder.rglob("*")), text.read_text()) == before, "files were changed")
    schemas = psql(conninfo, "-c", "SELECT nspname FROM pg_namespace WHERE nspname = 'tollgate'")
    require(schemas == "", "a refused address got a schema")
    for program, store in [("02_checkout", "sqlite:x"), ("02_checkout", "memory:x"),
                           ("09_checkout_sqlite", "sqlite:"), ("09_checkout_sqlite", "memory"),
                           ("10_checkout_postgres", "postgres:"), ("10_checkout_postgres", "")]:
        done = subprocess.run([FOLDER / program, "--store", store, scene], capture_output=True,
                              text=True, timeout=60, check=False)
        require(done.returncode == 2 and done.stderr.count("\n") == 1, f"{program} {store}: {done}")
    for words in (["--store", "mysql:x"], ["--store", "sqlite"], ["--json", "--store", "a b"],
                  ["--store", "sqlite:"], ["--store=sqlite:x"], ["--store"], ["--click"]):
        done = subprocess.run([ROOT / "examples/run", *words], capture_output=True, text=True,
                              timeout=60, check=False)
        require(done.returncode == 2 and done.stderr.count("\n") == 1, f"run {words}: {done}")


def main():
    with tempfile.TemporaryDirectory() as name, Cluster() as cluster:
        folder = pathlib.Path(name)
        refused_stores(folder, cluster.conninfo)
        for store in (f"sqlite:{folder / 'store.db'}", f"postgres:{cluster.conninfo}"):
            began = time.monotonic()
            shown(store)
            changed = twice(store, folder)
            killed(store, folder)
            two_at_once(store, folder)
            print(f"{store.partition(':')[0]}: {time.monotonic() - began:.1f} s", flush=True)
        broken = broken_rules(cluster.conninfo, "tollgate")
        require(not broken, f"the audit in SQL finds: {broken}")
        # A person looks with psql.
        user = SCENE["account"]["id"]
        balance = psql(cluster.conninfo, "-c", "SELECT balance FROM tollgate.user_credits "
                     f"WHERE user_id = '{user}'").strip()
        require(Decimal(balance) == available(changed), f"the view says {balance}")
        ended = psql(cluster.conninfo, "-c", "SELECT count(*) FROM tollgate.video_generation_jobs "
                     f"WHERE user_id = '{user}' AND status IN ('completed', 'failed')").strip()
        require(int(ended) == 4 * len(SCENE["scene"]["shots"]), f"the view shows {ended} jobs")
    return 0


if __name__ == "__main__":
    sys.exit(main())
