#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""servers.py TEST DRIVER: what docs/operations.md says about servers, tried with real ones and with
orders under way: a pooler, a standby that takes over, backups; and every query of the page."""

import os
import pathlib
import re
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from books import PAGES, broken_rules, psql  # noqa: E402
from cluster import Cluster  # noqa: E402
from orders import SCHEMA, SKIPPED, Shop, report, require, run_one, until  # noqa: E402


class Copy(Cluster):
    """A server of its own that began as a base backup of another; a standby until promoted."""

    def __init__(self, of, name, standby):
        self.bin, self.user, self.fsync, self.server = of.bin, of.user, of.fsync, None
        self.folder = of.folder / name  # goes away with it
        self.data, self.log = self.folder / "data", self.folder / "log"
        self.folder.mkdir()
        if self.user:
            shutil.chown(self.folder, self.user)
        self.run("pg_basebackup", "-D", str(self.data), "-h", str(of.folder), "-U", "postgres",
                 "--checkpoint=fast", "-X", "stream", *(["-R"] if standby else []))
        with open(self.data / "postgresql.conf", "a", encoding="utf-8") as conf:
            conf.write(f"unix_socket_directories = '{self.folder}'\n")
        self.start()


def ask(conninfo, text):
    return psql(conninfo, "-c", text).splitlines()


def sound(world, conninfo):
    """Both audits find nothing in the books there."""
    broken = broken_rules(conninfo, SCHEMA)
    require(not broken, f"the audit in SQL finds: {broken[:10]}")
    found = world.run("verify", conninfo=conninfo)
    require(not found, f"verify() finds: {found[:10]}")
    return int(ask(conninfo, f"SELECT count(*) FROM {SCHEMA}.operation")[0])


def pooler(world):
    """Behind pgbouncer in transaction mode, without prepared statements: more clients than the
    server has connections, and every order and job comes out right. A program that prepares gets
    through as well, and leaves the sessions of the pooler as they are."""
    program = shutil.which("pgbouncer", path=os.environ["PATH"] + ":/usr/sbin")
    if not program:
        print("skipped: pgbouncer is not installed")
        sys.exit(SKIPPED)
    folder = world.cluster.folder / "bouncer"
    folder.mkdir()
    (folder / "ini").write_text(f"""
[databases]
postgres = host={world.cluster.folder} port=5432 dbname=postgres user=postgres
[pgbouncer]
listen_addr =
unix_socket_dir = {folder}
listen_port = 6432
auth_type = any
pool_mode = transaction
default_pool_size = 3
max_client_conn = 200
admin_users = postgres
""")
    if world.cluster.user:
        shutil.chown(folder, world.cluster.user)
    with open(folder / "log", "wb") as log:
        bouncer = subprocess.Popen([program, folder / "ini"], user=world.cluster.user, stdout=log,
                                   stdin=subprocess.DEVNULL, stderr=log)
    world.processes.append(bouncer)
    conninfo = f"host={folder} port=6432 dbname=postgres user=postgres"
    until(30, lambda: (folder / ".s.PGSQL.6432").exists())
    os.environ["FAULT_DRIVER_UNPREPARED"] = "1"
    shop = Shop(world, conninfo)
    shop.customers(orders=60, count=3)
    shop.workers(3)
    admin = conninfo.replace("dbname=postgres", "dbname=pgbouncer")
    most = {"clients": 0, "servers": 0}

    def look():
        for line in ask(admin, "SHOW POOLS"):
            words = line.split("|")
            if words[0] != "postgres":
                continue
            most["clients"] = max(most["clients"], int(words[2]) + int(words[3]))
            most["servers"] = max(most["servers"], sum(map(int, words[6:10])))
        return all(process.poll() is not None for process, _ in shop.running["confirm"])
    until(150, look)
    shop.end("confirm", early=False)
    shop.end("work")
    del os.environ["FAULT_DRIVER_UNPREPARED"]
    report("at most", most)
    require(most["clients"] > most["servers"] > 0 and most["servers"] <= 3, "nothing was pooled")
    refusal = b"closing because: unsupported startup parameter: options"
    require(refusal not in (folder / "log").read_bytes(), "a session that prepares nothing asked")
    found = world.run("verify", conninfo=conninfo)
    require(not found, f"verify() finds: {found[:10]}")
    require(refusal in (folder / "log").read_bytes(), "jit = off was not asked for")
    require(ask(conninfo, "SHOW jit") == ["on"], "a session of the pooler was changed")
    shop.close()


def failover(world):
    """The server dies and its standby takes over, while orders are confirmed and rendered. With
    synchronous replication nothing that was acknowledged is lost; nobody is told where to go."""
    primary = world.cluster
    standby = Copy(primary, "standby", standby=True)
    try:
        both = f"host={primary.folder},{standby.folder} port=5432 dbname=postgres user=postgres"
        world.sql("ALTER SYSTEM SET synchronous_standby_names = '*'")
        world.sql("SELECT pg_reload_conf()")
        until(60, lambda: world.sql("SELECT sync_state FROM pg_stat_replication") == ["sync"])
        shop = Shop(world, both)
        shop.customers(orders=100_000)
        shop.workers()
        until(150, lambda: shop.heard("confirm", "confirmed") > 40 and
              shop.heard("work", "settled") > 20)
        busy = primary.kill()
        before = shop.heard("confirm", "confirmed")
        ask(standby.conninfo, "SELECT pg_promote()")
        until(150, lambda: shop.heard("confirm", "confirmed") > before + 20)
        shop.end("confirm")
        shop.end("work")
        report("failed over", {"sessions in the middle of something": busy,
                               "orders before": before})
        world.cluster = standby
        shop.close()
    finally:
        standby.stop()
        world.cluster = primary


def backup(world):
    """A dump and a base backup, both taken while orders are made, hold sound books."""
    shop = Shop(world)
    shop.customers(orders=100_000)
    shop.workers()
    until(150, lambda: shop.heard("confirm", "confirmed") > 20)
    dump = world.cluster.folder / "dump"
    subprocess.run([f"{world.cluster.bin}/pg_dump", "-Fc", "-n", SCHEMA, "-f", dump,
                    world.cluster.conninfo], check=True)
    copy = Copy(world.cluster, "copy", standby=False)
    try:
        shop.end("confirm")
        shop.end("work")
        world.sql("CREATE DATABASE restored")
        restored = world.cluster.conninfo.replace("dbname=postgres", "dbname=restored")
        subprocess.run([f"{world.cluster.bin}/pg_restore", "--exit-on-error", "-d", restored, dump],
                       check=True)
        counts = {"dump": sound(world, restored), "base backup": sound(world, copy.conninfo),
                  "original": sound(world, world.cluster.conninfo)}
        report("operations", counts)
        require(0 < counts["dump"] <= counts["base backup"] <= counts["original"],
                "the backups are of other times than they were taken")
    finally:
        copy.stop()
    shop.close()


def page(world):
    """Every query of docs/operations.md runs, on books with every kind of record."""
    text = (PAGES / "operations.md").read_text(encoding="utf-8")
    queries = re.findall(r"^```sql\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    require(len(queries) >= 8, f"only {len(queries)} queries were found")
    for mode in ("migrate", "keep"):
        done = subprocess.run([world.driver, mode, world.cluster.conninfo, "tollgate"], check=False,
                              capture_output=True, text=True, timeout=60)
        require(done.returncode == 0, f"{mode}: {done.stderr}")
    rows = 0
    for query in queries:
        # As whoever reads the page would: each by itself, in a session of its own.
        rows += len(psql(world.cluster.conninfo, text=query).splitlines())
    report("queries", {"run": len(queries), "rows": rows})
    require(rows > len(queries), "the queries see next to nothing")


if __name__ == "__main__":
    run_one(globals())
