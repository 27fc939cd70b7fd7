# SPDX-License-Identifier: BSL-1.0
"""The rows that need PostgreSQL: confirm, work, growth, fairness, WAL and latency.

Ours is the whole path (load, decide, commit) of benchmark_postgres; against it stand the statements
of postgres/*.sql in pgbench, prepared, on the same tables of the same server, in turns.
"""

import threading

from report import Row, curve
from server import HERE, Failed

CONFIRM = HERE / "postgres" / "confirm.sql"
WORK = HERE / "postgres" / "work.sql"
THIN = HERE / "postgres" / "thin.sql"
FILL = (HERE / "postgres" / "fill.sql").read_text(encoding="utf-8")


class Shop:
    """A schema with accounts, used by both sides."""

    def __init__(self, at, name, accounts):
        self.at, self.name, self.accounts = at, name, accounts
        at.prepare(name, accounts)
        at.ours("confirm", name, limit=1, accounts=1)
        at.ours("work", name, limit=1)
        # The hand-written statements write what the library writes, byte for byte as long.
        self.texts = {
            "payload": "p" * 400,
            "request": self.one("SELECT request FROM operation WHERE kind = 15 LIMIT 1"),
            "settled": self.one("SELECT request FROM operation WHERE kind = 16 LIMIT 1"),
            "words": self.one("SELECT words FROM job LIMIT 1")}

    def warm(self, count=2_000):
        """Rows before the clock starts, and statistics of them: a plan that was made for a table of
        one page reads it whole, for both sides, until autovacuum has looked at it again."""
        self.confirm_by_hand(8, transactions=count // 8)
        self.at.sql("VACUUM ANALYZE")
        self.at.checkpoint()

    def one(self, query):
        return self.at.sql(query, self.name)[0][0]

    def drop(self):
        self.at.sql(f"DROP SCHEMA {self.name} CASCADE")
        self.at.checkpoint()

    def confirm(self, threads, connections, lanes=0, accounts=None, **how):
        return self.at.ours("confirm", self.name, threads=threads, connections=connections,
                            lanes=lanes, accounts=accounts or self.accounts, **how)

    def confirm_by_hand(self, clients, accounts=None, **how):
        return self.at.pgbench(CONFIRM, self.name, clients, accounts=accounts or self.accounts,
                               payload=self.texts["payload"], request=self.texts["request"],
                               words=self.texts["words"], **how)

    def work(self, workers, **how):
        return self.at.ours("work", self.name, threads=workers, batch=100, **how)

    def work_by_hand(self, workers, **how):
        done = self.at.pgbench(WORK, self.name, workers, settled=self.texts["settled"], **how)
        return {"per_second": 100 * done["per_second"], "done": 100 * done["done"]}

    def fill(self, count, stands=1, accounts=None, first=1, payload=400):
        """Many jobs at once; see postgres/fill.sql."""
        text = FILL.replace(":'words'", f"'{self.texts['words']}'")
        for name, value in (("count", count), ("stands", stands), ("payload", payload),
                            ("accounts", accounts or self.accounts), ("first", first)):
            text = text.replace(f":{name}", f"{value}::bigint" if name != "stands" else str(value))
        self.at.sql(text.replace("repeat('p', ", "repeat('p', (").replace("::bigint)::bytea",
                                                                            "::bigint)::int)::bytea"),
                    self.name)

    def finish(self, count):
        """Turns ready jobs into finished ones by our own worker, in hundreds."""
        return self.work(2, limit=count // 100)


# A connection plans each statement six times before it keeps a plan. Ours do so before the clock starts,
# with this many pieces of work for each thread; pgbench cannot, and has plans an order of magnitude
# smaller.
WARM = 8


def take_turns(rounds, ours, against):
    """(ours, against) of runs that took turns; the first pair warms up and is not counted."""
    pairs = []
    for turn in range(rounds + 1):
        other = against(turn)
        own = ours(turn)
        if turn > 0:
            pairs.append((own["per_second"], other["per_second"]))
    return pairs


def same_writes(what, ours, against):
    """Fails unless both wrote as many rows in every table."""
    def per_table(counts):
        # Whether the first row of an account is inserted or a later one updated is chance.
        return {table: (round(made[0] + made[1], 2), round(made[2], 2))
                for table, made in counts.items()}
    if per_table(ours) != per_table(against):
        raise Failed(f"{what}: not the same work: ours {ours}, by hand {against}")


def settings_of(at):
    on = at.sql("SHOW fsync")[0][0]
    return f"fsync {on}, synchronous_commit {at.sql('SHOW synchronous_commit')[0][0]}"


def confirm(at, how):
    rows = []
    shop = Shop(at, "confirm", 2_000 if how.quick else 10_000)
    shop.warm()
    count = 400
    same_writes("confirm",
                at.written("confirm", lambda: shop.confirm(4, 4, limit=count), count),
                at.written("confirm", lambda: shop.confirm_by_hand(4, transactions=count // 4),
                           count))
    span = {"milliseconds": how.span}
    for synchronous in ("on", "off"):
        at.setting("synchronous_commit", synchronous)
        for clients in (16,) if how.quick and synchronous == "off" else (1, 4, 16):
            at.checkpoint()
            pairs = take_turns(how.rounds, lambda turn: shop.confirm(clients, clients, seed=turn,
                                                                     warm=WARM, **span),
                               lambda turn: shop.confirm_by_hand(clients, **span))
            rows.append(Row("confirm", f"{clients} connections, synchronous_commit {synchronous}",
                            "/s", pairs, ">= 0.95" if clients == 16 else None))
    at.setting("synchronous_commit", "on")
    pairs = take_turns(how.rounds, lambda turn: shop.confirm(16, 2, lanes=2, seed=turn,
                                                                 warm=WARM, **span),
                       lambda turn: shop.confirm_by_hand(16, **span))
    rows.append(Row("confirm", "16 threads, batched on 2 lanes, synchronous_commit on", "/s", pairs,
                    ">= 0.95"))
    shop.drop()
    return rows


def confirm_hot(at, how):
    shop = Shop(at, "confirm_hot", 10)
    shop.warm()
    span = {"milliseconds": how.span}
    rows = []
    for threads, target in ((16, ">= 3"), (64, ">= 4")):
        at.checkpoint()
        pairs = take_turns(how.rounds,
                           lambda turn: shop.confirm(threads, 2, lanes=1, accounts=1, seed=turn,
                                                     warm=WARM, **span),
                           lambda turn: shop.confirm_by_hand(16, accounts=1, **span))
        rows.append(Row("confirm_hot", f"{threads} threads, one account, batched", "/s", pairs,
                        target))
    pairs = take_turns(how.rounds,
                       lambda turn: shop.confirm(16, 16, accounts=1, seed=turn, warm=1, **span),
                       lambda turn: shop.confirm_by_hand(16, accounts=1, **span))
    rows.append(Row("confirm_hot", "16 threads, one account, one by one", "/s", pairs))
    shop.drop()
    return rows


def confirm_batched(at, how):
    shop = Shop(at, "confirm_batched", 2_000 if how.quick else 10_000)
    shop.warm()
    span = {"milliseconds": how.span}
    best = max((8, 16, 32), key=lambda clients: shop.confirm_by_hand(clients, **span)["per_second"])
    at.checkpoint()
    rows = []
    for lanes in (2,) if how.quick else (2, 4):
        pairs = take_turns(how.rounds, lambda turn: shop.confirm(64, lanes, lanes=lanes, seed=turn,
                                                                 warm=WARM, **span),
                           lambda turn: shop.confirm_by_hand(best, **span))
        rows.append(Row("confirm_batched", f"64 threads, {lanes} lanes; by hand {best} connections",
                        "/s", pairs, ">= 1.8" if lanes == 2 else None))
    shop.drop()
    return rows


def run_jobs(at, how):
    """As many jobs as both sides can drain in all runs are ready at the beginning."""
    accounts = 1_000
    shop = Shop(at, "run_jobs", accounts)
    shop.fill(50_000 if how.quick else 200_000)
    at.sql("VACUUM ANALYZE")
    same_writes("claim and settle", at.written("run_jobs", lambda: shop.work(1, limit=20), 2_000),
                at.written("run_jobs", lambda: shop.work_by_hand(1, transactions=20), 2_000))
    batches = how.batches
    at.sql("CREATE TABLE thin_ready (job bigint PRIMARY KEY, payload bytea NOT NULL);"
           "CREATE TABLE thin_lease (job bigint PRIMARY KEY, epoch int, until bigint);"
           "CREATE TABLE thin_done (job bigint PRIMARY KEY, outcome int)", "run_jobs")
    rows = []
    for workers in (1, 2, 4):
        def refill():
            ready = at.number("SELECT count(*) FROM ready", "run_jobs")
            if ready < (25_000 if how.quick else 180_000):
                shop.fill(25_000 if how.quick else 60_000)
                at.checkpoint()

        def ours(_):
            refill()
            return shop.work(workers, limit=batches, warm=WARM)

        pairs = take_turns(how.rounds, ours, lambda turn: shop.work_by_hand(
            workers, transactions=batches // workers))
        rows.append(Row("run_jobs", f"{workers} workers, hundreds", "jobs/s", pairs, ">= 0.85"))
    at.sql("INSERT INTO thin_ready SELECT n, repeat('p', 400)::bytea FROM "
           "generate_series(1, 200000) n", "run_jobs")
    at.checkpoint()
    thin = take_turns(how.rounds, lambda turn: shop.work(2, limit=batches, warm=WARM),
                      lambda turn: {"per_second": 100 * at.pgbench(
                          THIN, "run_jobs", 2, transactions=min(batches // 2, 100))["per_second"]})
    rows.append(Row("run_jobs", "2 workers against thin tables without a ledger", "jobs/s", thin))
    shop.drop()
    return rows


def claim_cost(shop, how):
    """Claims of a hundred per second, from so many short looks."""
    return [shop.at.ours("claim", shop.name, limit=5, batch=100, warm=WARM)["per_second"] / 100
            for _ in range(how.rounds)]


def growth(at, how):
    """The cost of a claim beside a backlog, relative to that beside 10,000 ready jobs."""
    sizes = [10_000, 50_000] if how.quick else [10_000, 100_000, 1_000_000, 2_000_000]
    shop = Shop(at, "growth", 1_000)
    rows, curve_of = [], []

    def measured():
        at.sql("VACUUM ANALYZE")
        at.checkpoint()
        return claim_cost(shop, how)

    def row(case, base, rates):
        # Cost of a claim in milliseconds: less is better.
        rows.append(Row("growth", case, "ms a claim",
                        [(1_000 / rate, 1_000 / first) for rate, first in zip(rates, base)],
                        "<= 1.3"))

    ready, base = 0, None
    for size in sizes:
        shop.fill(size - ready, payload=40)
        ready = size
        rates = measured()
        base = base or rates
        curve_of.append(1_000 / sorted(rates)[len(rates) // 2])
        if size != sizes[0]:
            row(f"{size:,} ready", base, rates)
    more = 50_000 if how.quick else 2_000_000
    shop.fill(more, stands=2, payload=40)
    row(f"{more:,} scheduled for later beside that", base, measured())
    ended = 20_000 if how.quick else 500_000
    shop.finish(ended)
    row(f"{ended:,} finished beside that", base, measured())
    # A transaction that somebody forgot keeps every dead row.
    hold = threading.Event()
    held = 10_000 if how.quick else 30_000

    def forget():
        at.sql("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM kind; "
               f"SELECT pg_sleep({20 if how.quick else 120}); COMMIT", "growth")

    sleeper = threading.Thread(target=forget, daemon=True)
    sleeper.start()
    hold.wait(1)
    shop.finish(held)
    row(f"a transaction open during {held:,} jobs", base, claim_cost(shop, how))
    at.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(%' "
           "AND pid <> pg_backend_pid()")
    sleeper.join()
    if not how.quick:
        how.plot("growth.svg", curve("Milliseconds for a claim of 100 jobs", [f"{size:,}" for size in
                                     sizes], {"claim": curve_of}, "jobs that are ready"))
    shop.drop()
    return rows


def fair(at, how):
    crowd = 20_000 if how.quick else 200_000
    shop = Shop(at, "fair", 10)
    shop.fill(crowd, accounts=1)
    at.sql("VACUUM ANALYZE")
    waits = []
    for turn in range(how.rounds):
        at.ours("claim", "fair", limit=5, batch=10)
        shop.fill(1, accounts=1, first=2)
        waits.append(at.ours("fair", "fair", batch=10)["claims"])
        at.ours("work", "fair", limit=5, batch=10)
    shop.drop()
    return [Row("fair", f"{crowd:,} jobs of one account, one of another", "claims later",
                [(wait, 1) for wait in waits], "<= 3")]


def wal(at, how):
    shop = Shop(at, "wal", 1_000)
    shop.warm()
    rows = []

    def bytes_of(work, each):
        at.checkpoint()  # then once over every page, so that full pages are not counted
        work()
        before = at.wal()
        work()
        return (at.wal() - before) / each

    count = 2_000
    ours, hand = [], []
    for _ in range(how.rounds):
        ours.append(bytes_of(lambda: shop.confirm(4, 4, limit=count), count))
        hand.append(bytes_of(lambda: shop.confirm_by_hand(4, transactions=count // 4), count))
    rows.append(Row("wal", "a confirm of 12 jobs, by hand beside it", "bytes",
                    list(zip(ours, hand))))
    ours, hand = [], []
    for _ in range(how.rounds):
        ours.append(bytes_of(lambda: shop.work(2, limit=20), 2_000))
        hand.append(bytes_of(lambda: shop.work_by_hand(2, transactions=10), 2_000))
    rows.append(Row("wal", "a claimed and settled job, by hand beside it", "bytes",
                    list(zip(ours, hand))))
    shop.drop()
    return rows


def latency(at, how):
    """Percentiles at 70 % of what the same path does at most, from the instant a request was due."""
    shop = Shop(at, "latency", 2_000)
    shop.warm()
    rows = []
    most = sorted(shop.confirm(16, 16, milliseconds=how.span, seed=turn)["per_second"]
                  for turn in range(3))[1]
    runs = [shop.confirm(16, 16, milliseconds=2 * how.span, rate=max(1, 0.7 * most), seed=9 + turn)
            for turn in range(how.rounds)]
    for name in ("p50", "p99", "p999"):
        rows.append(Row("latency", f"confirm at 70 % of {most:,.0f}/s, {name}", "ms",
                        [(run[name] / 1_000, None) for run in runs]))
    shop.fill(40_000)
    most = sorted(shop.at.ours("work", "latency", threads=4, batch=1, milliseconds=how.span)
                  ["per_second"] for _ in range(3))[1]
    runs = [shop.at.ours("work", "latency", threads=4, batch=1, milliseconds=2 * how.span,
                         rate=max(1, 0.7 * most)) for _ in range(how.rounds)]
    for name in ("p50", "p99", "p999"):
        rows.append(Row("latency", f"claim and settle of one job at 70 % of {most:,.0f}/s, {name}",
                        "ms", [(run[name] / 1_000, None) for run in runs]))
    shop.drop()
    return rows


ROWS = {"confirm": confirm, "confirm_hot": confirm_hot, "confirm_batched": confirm_batched,
        "run_jobs": run_jobs, "growth": growth, "fair": fair, "wal": wal, "latency": latency}
