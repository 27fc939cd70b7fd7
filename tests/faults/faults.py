#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""faults.py TEST DRIVER: one of the tests below, with processes of DRIVER."""

import collections
import concurrent.futures
import contextlib
import pathlib
import re
import shutil
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from orders import ENOUGH, SCHEMA, SKIPPED, Shop, report, require, run_one, until  # noqa: E402

# --- are the connections honest? --------------------------------------------------------------------

def make_numbers(world):
    world.sql(f"CREATE SCHEMA {SCHEMA}; CREATE TABLE {SCHEMA}.said (n int8)")


@contextlib.contextmanager
def inserting(world, conninfo=None):
    """Processes that insert numbers; afterwards what they were told must be what the table says."""
    lines = []
    processes = [world.start("insert", 1_000_000 * n, n % 2, conninfo=conninfo) for n in range(4)]
    readers = [threading.Thread(target=lambda p=p: lines.extend(p.stdout)) for p in processes]
    for reader in readers:
        reader.start()
    told = collections.Counter()
    yield told, lines
    for process in processes:
        process.stdin.close()
    for process, reader in zip(processes, readers):
        require(process.wait(250) == 0, f"an inserting process ended with {process.returncode}")
        reader.join()
    said = {int(number): what for number, what in map(str.split, lines)}
    there = collections.Counter(int(n) for n in world.sql(f"SELECT n FROM {SCHEMA}.said"))
    require(all(times == 1 for times in there.values()), "something was done twice")
    lies = [(n, what) for n, what in said.items()
            if (what == "done" and n not in there) or (what == "nothing" and n in there)]
    require(not lies, f"told what is not so: {lies[:10]}")
    told.update(said.values())
    told["unknown, and done in truth"] = sum(n in there for n in said if said[n] == "unknown")
    report("told", told)


def honest_answers(world):
    """A proxy loses, tears and delays answers: nobody is told what is not so."""
    make_numbers(world)
    faults = ["cut_before", "cut_sent", "lose_answer", "tear_answer", "half_open", "delay"]
    weights = [4, 4, 4, 4, 1, 4]

    def choose(exchange):
        if not exchange.changes and world.dice.random() > 0.3:
            return None
        return world.dice.choices([None, *faults], [60, *weights])[0]

    with world.proxy(choose) as proxy:
        with inserting(world, proxy.conninfo) as (told, lines):
            until(150, lambda: sum(proxy.struck.values()) >= 5 * ENOUGH and
                  all(proxy.struck[fault] > 2 for fault in faults))
        report("struck", proxy.struck)
        report("struck what changes nothing", proxy.harmless)
    require(told["unknown"] >= ENOUGH and told["done"] > 0, "a run without a story")


def kill_servers(world, changed, unknown):
    """Kills the server and starts it again, until ENOUGH kills have struck a change on its way:
    the server had a session that was not idle, and a client was then told that the outcome of its
    change is unknown. `changed` says how much was done, `unknown` how often that was said."""
    struck = kills = 0
    for _ in range(4 * ENOUGH):
        before = changed()
        until(150, lambda: all(now > then for now, then in zip(changed(), before)))
        time.sleep(world.dice.uniform(0, 0.05))
        doubts = unknown()
        busy = world.cluster.kill()
        kills += 1
        world.cluster.start()
        before = changed()
        until(150, lambda: all(now > then for now, then in zip(changed(), before)))
        struck += busy > 0 and unknown() > doubts
        if struck >= ENOUGH:
            break
    report("struck", {"kills": kills, "kills in the middle of a change": struck})
    require(struck >= ENOUGH, "too few kills were in the middle of a change")


def server_killed(world):
    """The server is killed and started again under load."""
    make_numbers(world)
    with inserting(world) as (told, lines):
        def heard(word):
            return sum(line.split()[1] == word for line in list(lines))
        kill_servers(world, lambda: [heard("done") // 4], lambda: heard("unknown"))
    require(told["done"] >= ENOUGH, "nothing was done in between")


def backends_terminated(world):
    """An administrator ends connections in the middle of what they do."""
    make_numbers(world)
    struck = 0
    with inserting(world) as (told, lines):
        def strike():
            nonlocal struck
            struck += len(world.sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'INSERT%' "
                "AND state <> 'idle' AND pid <> pg_backend_pid()"))
            return struck >= 2 * ENOUGH
        until(150, strike)
    report("struck", {"active backends": struck})
    require(told["unknown"] >= ENOUGH, "too few answers were lost")


# Who changes the schema at this moment: a migration that has the lock and has written something.
MIGRATING = ("SELECT pid, application_name FROM pg_stat_activity JOIN pg_locks USING (pid) "
             "WHERE locktype = 'advisory' AND granted AND state = 'active' "
             "AND backend_xid IS NOT NULL AND application_name LIKE 'migrate %'")
# What the server says of a session whose client went in the middle of a statement.
LOST = re.compile(r"\[(\d+)\] FATAL:  connection to client lost\n(?:.*CONTEXT:.*\n(?:\t.*\n)*)?"
                  r".*\[\1\] STATEMENT:  CREATE SCHEMA")


def migrations(world):
    """Many migrate at once, and whoever has begun is killed, five times over: the schema is made
    once, and whole."""
    world.sql("CREATE FUNCTION slowly() RETURNS event_trigger LANGUAGE plpgsql AS "
              "'BEGIN PERFORM pg_sleep(0.005); END'")
    world.sql("CREATE EVENT TRIGGER slowly ON ddl_command_end EXECUTE FUNCTION slowly()")
    waited, sessions = 0, set()
    for _ in range(5):
        world.sql(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
        # Whoever holds the lock decides when the others go on.
        holder = subprocess.Popen([f"{world.cluster.bin}/psql", world.cluster.conninfo, "-XqAt"],
                                  text=True, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        world.processes.append(holder)
        holder.stdin.write("BEGIN; SELECT pg_advisory_xact_lock("
                           f"hashtextextended('tollgate {SCHEMA}', 0));\n")
        holder.stdin.flush()
        locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted = "
        until(150, lambda: world.sql(locks + "true") == ["1"])
        processes = [world.start("migrate", conninfo=f"{world.cluster.conninfo} "
                                 f"application_name='migrate {n}' "
                                 "options='-c client_connection_check_interval=10'")
                     for n in range(7)]
        until(150, lambda: world.sql(locks + "false") == [str(len(processes))])
        waited += int(world.sql(locks + "false")[0])
        holder.stdin.close()
        killed = set()
        while len(killed) < 5:
            found = []
            until(150, lambda: found.extend(world.sql(MIGRATING)) or found)
            pid, name = found[0].split("|")
            if int(pid) in sessions:
                continue  # it has not noticed yet
            sessions.add(int(pid))
            killed.add(processes[int(name.split()[1])])
            processes[int(name.split()[1])].kill()
        for process in processes:
            said = process.communicate(timeout=250)[0]
            if process not in killed or process.returncode != -9:
                require(process.returncode == 0 and said.startswith("version "), f"said: {said}")
        steps = world.sql(f"SELECT version FROM {SCHEMA}.migration ORDER BY version")
        require(steps == [str(n + 1) for n in range(len(steps))] and steps, f"steps: {steps}")
        require(world.run("migrate") == [f"version {steps[-1]}"], "the version is another")
    log = world.cluster.log.read_text(errors="replace")
    struck = sessions & {int(lost[1]) for lost in LOST.finditer(log)}
    report("at once", {"waited for each other": waited})
    report("struck", {"killed": len(sessions), "cut off in the middle of a step": len(struck)})
    require(len(struck) >= ENOUGH, "too few were in the middle of a step")


# --- is the money right? ----------------------------------------------------------------------------

def orders_lost_answers(world):
    """A proxy loses, tears and delays the answers of customers and workers alike."""
    faults = ["cut_before", "cut_sent", "lose_answer", "tear_answer", "half_open", "delay"]

    def choose(exchange):
        if not exchange.changes and world.dice.random() > 0.2:
            return None
        return world.dice.choices([None, *faults], [150, 4, 4, 8, 4, 0.5, 4])[0]

    with world.proxy(choose) as proxy:
        shop = Shop(world, proxy.conninfo)
        shop.customers(orders=100_000)
        shop.workers()
        until(150, lambda: sum(proxy.struck.values()) >= 5 * ENOUGH and
              proxy.struck["lose_answer"] >= ENOUGH and proxy.struck["half_open"] > 0)
        shop.end("confirm")
        shop.end("work")
        report("struck", proxy.struck)
        report("struck what changes nothing", proxy.harmless)
    shop.close()


COMMITS = re.compile(r"INSERT INTO \S*\boperation\b")


class Doubter:
    """A process whose commits are held back one by one until it has given up, and let land before,
    after or while it repeats them with the same key. What the repeats were told must fit."""

    ORDERS = 4  # each with a settle of its own

    def __init__(self, world, who, confirmed):
        self.confirmed = confirmed
        self.armed, self.at, self.unfit = False, collections.Counter(), []
        self.proxy = world.proxy(self.choose)
        self.world, self.who = world, who

    def choose(self, exchange):
        if not self.armed or not any(COMMITS.search(text) for text in exchange.texts):
            return None
        self.armed = False
        return "hold"

    def run(self):
        with self.proxy:
            process = self.world.start("doubt", self.proxy.conninfo, self.who, self.ORDERS)
            for n in range(2 * self.ORDERS):
                # Orders and settles alternate; each meets each of the three.
                self.meet(process, ("before", "after", "while")[n // 2 % 3])
            require(process.wait(250) == 0, f"a client in doubt ended with {process.returncode}")

    def meet(self, process, when):
        def hear(begin):
            line = process.stdout.readline()
            if line.startswith("confirmed "):
                self.confirmed.append(line.rstrip("\n"))
                line = process.stdout.readline()
            require(line.startswith(begin), f"not {begin!r}, but said: {line!r}")
            return line

        def go_on():
            process.stdin.write("go\n")
            process.stdin.flush()

        def landed():
            until(150, lambda: len(self.proxy.landed) > before)
        before = len(self.proxy.landed)
        hear("next")
        self.armed = True
        go_on()
        hear("first outcome_unknown")
        if when != "after":
            self.proxy.let_land()
        if when == "before":
            landed()
        go_on()
        told = hear("told ").split("replayed=")[1].strip()
        if when == "after":
            require(len(self.proxy.landed) == before, "it landed before it was let")
            self.proxy.let_land()
        landed()
        self.at[when] += 1
        if when != "while" and told != {"before": "1", "after": "0"}[when]:
            self.unfit.append(f"landed {when} the repeat, which was told replayed={told}")


def orders_land_late(world):
    """A commit reaches the server when its client has given up waiting: the client is told that the
    outcome is unknown, its key tells what happened, and credits move once."""
    shop = Shop(world)
    doubters = [Doubter(world, who, shop.said["confirm"]) for who in range(3)]
    with concurrent.futures.ThreadPoolExecutor() as threads:
        for done in [threads.submit(d.run) for d in doubters]:
            done.result()
    struck = sum((d.proxy.struck for d in doubters), collections.Counter())
    report("struck", struck)
    report("landed, beside the repeat", sum((d.at for d in doubters), collections.Counter()))
    unfit = [line for d in doubters for line in d.unfit]
    require(not unfit, f"told what is not so: {unfit}")
    require(struck["hold"] >= ENOUGH, "too few were in doubt")
    # What landed after its repeat changed nothing: each account was opened, ordered and settled.
    wrote = world.sql(f"SELECT count(*) FROM {SCHEMA}.operation GROUP BY account "
                      "HAVING count(*) > 1 ORDER BY account")
    require(wrote == [str(1 + 2 * Doubter.ORDERS)] * 3, f"operations of the accounts: {wrote}")
    shop.close()


def orders_server_killed(world):
    """The server is killed and started again while orders are confirmed and rendered."""
    shop = Shop(world)
    shop.customers(orders=100_000)
    shop.workers(3)
    kill_servers(world, lambda: [shop.heard("confirm", "confirmed") // 5,
                                 shop.heard("work", "settled") // 5],
                 lambda: shop.heard("confirm", "unknown") + shop.heard("work", "unknown"))
    shop.end("confirm")
    shop.end("work")
    shop.close()


def orders_backends_terminated(world):
    """An administrator ends connections that are in the middle of a change."""
    shop = Shop(world)
    shop.customers(orders=100_000)
    shop.workers()
    struck = 0

    def strike():
        nonlocal struck
        struck += len(world.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'active' AND "
            "backend_type = 'client backend' AND query ~ 'INSERT|UPDATE|DELETE' AND "
            "pid <> pg_backend_pid()"))
        return (struck >= 2 * ENOUGH and
                shop.heard("confirm", "unknown") + shop.heard("work", "unknown") >= ENOUGH)
    until(150, strike)
    shop.end("confirm")
    shop.end("work")
    report("struck", {"backends in the middle of a change": struck})
    shop.close()


ENDS = {"settled", "retried", "failed", "waiting", "handed_back", "stale"}


def died_with(world, lines):
    """The jobs that a dead worker had begun by its own words and not ended, and that the store
    still has as leased: nobody else works while this is asked."""
    begun = set()
    for what, job in (line.split() for line in lines if " " in line):
        if what == "claimed":
            begun.add(job)
        elif what in ENDS:
            begun.discard(job)
    return begun & set(world.sql(f"SELECT job FROM {SCHEMA}.live WHERE phase = 1"))


def orders_workers_killed(world):
    """Workers are killed between any two of their steps, and at any instant."""
    shop = Shop(world)
    shop.customers(orders=100)
    shop.end("confirm", early=False)
    steps = ["claimed", "started", "progressed", "answered", "settled"]
    struck, left = collections.Counter(), 0
    killed = []

    def count(process, when):
        nonlocal left
        jobs = died_with(world, shop.last_words(process))
        struck[when] += bool(jobs)
        left += len(jobs)
    for n in range(5 * len(steps)):
        step = steps[n % len(steps)]
        process = shop.start("work", step, world.dice.randint(1, 4))
        killed.append(process)
        count(process, f"after it said {step}")
    for _ in range(8):
        process = shop.start("work")
        killed.append(process)
        before = len(shop.said["work"])
        until(150, lambda: len(shop.said["work"]) > before + 3)
        time.sleep(world.dice.uniform(0, 0.03))
        process.kill()
        count(process, "at any instant")
    shop.end("work", killed)
    report("killed with a job in its hands", struck)
    report("left behind", {"jobs begun and not ended": left})
    require(sum(struck.values()) >= ENOUGH, "too few were in the middle of a job")
    shop.close()


class SmallDisk:
    """A file system of a few megabytes, and a file that fills it up."""

    def __init__(self, folder, megabytes):
        self.path = pathlib.Path(folder)
        self.filler = self.path / "filler"
        self.size = f"size={megabytes}m"

    def __enter__(self):
        self.path.mkdir()
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", self.size, "tmpfs", self.path],
                              capture_output=True, check=False, text=True)
        if done.returncode != 0:
            self.path.rmdir()
            print(f"skipped: no small disk can be made here: {done.stderr.strip()}")
            sys.exit(SKIPPED)
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", "--lazy", self.path], check=True)

    def fill(self):
        with open(self.filler, "ab", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(b"x" * 4096)

    def free(self):
        self.filler.unlink()


def orders_disk_full(world):
    """The disk of the tables is full again and again while orders are confirmed and rendered."""
    with SmallDisk(world.cluster.folder / "small", 96) as disk:
        shutil.chown(disk.path, world.cluster.user)
        world.sql(f"CREATE TABLESPACE small LOCATION '{disk.path}'")
        world.sql("ALTER DATABASE postgres SET default_tablespace = small")
        shop = Shop(world)
        shop.customers(orders=100_000)
        shop.workers()

        def full():
            return world.cluster.log.read_text(errors="replace").count("No space left on device")
        struck = 0
        for _ in range(3):
            before = full()
            disk.fill()
            until(150, lambda: full() >= before + ENOUGH)
            struck += full() - before
            disk.free()
            done = {mode: len(lines) for mode, lines in shop.said.items()}
            until(150, lambda: all(len(shop.said[mode]) > done[mode] + 20 for mode in done))
        shop.end("confirm")
        shop.end("work")
        report("struck", {"statements without room": struck})
        shop.close()
        world.cluster.stop()  # before the disk goes


if __name__ == "__main__":
    run_one(globals())
