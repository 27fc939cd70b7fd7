# SPDX-License-Identifier: BSL-1.0
"""The rows of the queue in PostgreSQL: working jobs off, what a claim costs beside a backlog, and
whether one job waits for a crowd. Ours is the whole path of benchmark_postgres."""

from report import Row, curve
from server import HERE
from shop import FINISHED, SCHEDULED, WARM, Shop, same_writes, take_turns

THIN = HERE / "postgres" / "thin.sql"
THIN_TABLES = """
CREATE TABLE thin_ready (job bigint PRIMARY KEY, payload bytea NOT NULL);
CREATE TABLE thin_lease (job bigint PRIMARY KEY, epoch int, until bigint);
CREATE TABLE thin_done (job bigint PRIMARY KEY, outcome int);
INSERT INTO thin_ready SELECT n, repeat('p', 400)::bytea FROM generate_series(1, {}) n"""


def run_jobs(at, how):
    """Both sides take from the same ready jobs, which are kept at about the same number."""
    ready = 20_000 if how.quick else 200_000
    batches = how.batches
    shop = Shop(at, "run_jobs", 1_000)
    shop.fill(ready)
    at.sql("VACUUM ANALYZE")
    same_writes("claim and settle", at.written("run_jobs", lambda: shop.work(1, limit=20), 2_000),
                at.written("run_jobs", lambda: shop.work_by_hand(1, transactions=20), 2_000))

    def refill():
        missing = ready - shop.ready()
        if missing > ready // 4:
            shop.fill(missing)
            at.sql("VACUUM ANALYZE")
            at.checkpoint()

    rows = []
    for workers in (1, 2, 4):
        def ours(_, workers=workers):
            return shop.work(workers, limit=batches, warm=WARM)

        def by_hand(_, workers=workers):
            refill()
            return shop.work_by_hand(workers, transactions=batches // workers)

        rows.append(Row("run_jobs", f"{workers} workers, hundreds, {ready:,} ready", "jobs/s",
                        take_turns(how.rounds, ours, by_hand), ">= 0.85"))
    # What a host runs: claims, handlers and settles of one process beside each other.
    rows.append(Row("run_jobs", "one `worker` of 4 threads; by hand 2 clients", "jobs/s",
                    take_turns(how.rounds,
                               lambda _: at.ours("crew", "run_jobs", threads=4, batch=100,
                                                 limit=batches * 100, warm=WARM * 100),
                               lambda _: (refill(), shop.work_by_hand(
                                   2, transactions=batches // 2))[1])))
    for statement in THIN_TABLES.format(2 * (how.rounds + 1) * batches * 100).split(";"):
        at.sql(statement, "run_jobs")
    at.sql("VACUUM ANALYZE")
    at.checkpoint()

    def thin(_):
        refill()
        return {"per_second": 100 * at.pgbench(THIN, "run_jobs", 2,
                                               transactions=batches // 2)["per_second"]}

    rows.append(Row("run_jobs", "2 workers against thin tables without a ledger", "jobs/s",
                    take_turns(how.rounds, lambda _: shop.work(2, limit=batches, warm=WARM), thin)))
    shop.drop()
    return rows


def claim_cost(shop, how):
    """Milliseconds of a claim of a hundred, the median of one look; what it took is filled up again."""
    claims = 10 if how.quick else 20
    took = shop.at.ours("claim", shop.name, limit=claims, batch=100, warm=WARM)["p50"]
    shop.fill((claims + WARM) * 100, payload=40)
    return took / 1_000


def after_an_empty_night(at, how):
    """Milliseconds of an order whose plan was made when the queue had run empty and was vacuumed, in
    turns with that of a plan made beside the jobs. No autovacuum mends the plan meanwhile."""
    orders = 100 if how.quick else 600
    shop = Shop(at, "growth_empty", 1_000)
    shop.confirm_by_hand(8, transactions=60)
    at.setting("autovacuum", "off")

    def milliseconds(seed):
        return 1_000 / shop.confirm(1, 1, limit=orders, warm=WARM, seed=seed)["per_second"]

    pairs = []
    for turn in range(how.rounds):
        while shop.ready():
            shop.work(2, limit=shop.ready() // 100 + 1)
        at.sql("VACUUM ANALYZE")
        planned_before = milliseconds(2 * turn + 10)
        at.sql("ANALYZE")
        pairs.append((planned_before, milliseconds(2 * turn + 11)))
    at.setting("autovacuum", "on")
    shop.drop()
    return Row("growth", f"{orders} orders planned beside an empty queue", "ms an order of 12", pairs,
               "<= 1.3", "against a plan that was made beside their jobs")


def growth(at, how):
    """The cost of a claim beside a backlog, in turns with that of a schema with 10,000 ready."""
    small = 10_000
    base, shop = Shop(at, "growth_small", 1_000), Shop(at, "growth", 1_000)
    base.fill(small, payload=40)
    shop.fill(small, payload=40)
    rows, marks, ours, against = [], [], [], []

    def settle_down():
        at.sql("VACUUM ANALYZE")
        at.checkpoint()

    def keep(case, mark, pairs, target="<= 1.3", note=""):
        rows.append(Row("growth", case, "ms a claim", pairs, target, note))
        marks.append(mark)
        ours.append(rows[-1].ours)
        against.append(rows[-1].against)

    def look(case, mark, **more):
        settle_down()
        pairs = [(claim_cost(shop, how), claim_cost(base, how)) for _ in range(how.rounds)]
        keep(case, mark, pairs, **more)

    look(f"{small:,} ready, against itself", "10k", target=None)
    ready = small
    for size, mark in ([(100_000, "100k")] if how.quick else
                       [(100_000, "100k"), (1_000_000, "1M"), (2_000_000, "2M")]):
        shop.fill(size - ready, payload=40)
        ready = size
        look(f"{size:,} ready", mark)
    later = 50_000 if how.quick else 2_000_000
    shop.fill(later, stands=SCHEDULED, payload=40)
    look(f"{later:,} scheduled for later beside that", "+ scheduled")
    ended = 50_000 if how.quick else 5_000_000
    shop.fill(ended, stands=FINISHED, payload=40)
    look(f"{ended:,} finished beside that", "+ finished")

    # A transaction that somebody forgot keeps every dead row.
    held = 5_000 if how.quick else 30_000
    settle_down()
    looks = {"claim": lambda s: claim_cost(s, how),
             "order": lambda s: s.confirm(1, 1, limit=40, warm=WARM)["p50"] / 1_000,
             "by hand": lambda s: 100_000 / s.work_by_hand(1, transactions=5)["per_second"]}

    def look_each(at_shop):
        return {what: [look(at_shop) for _ in range(how.rounds)] for what, look in looks.items()}

    before = look_each(base)
    with at.forgotten_transaction():
        shop.work(2, limit=held // 100)
        after = look_each(shop)
    keep(f"a transaction open during {held:,} jobs", "+ open",
         list(zip(after["claim"], before["claim"])),
         note="against the small schema before that transaction")
    for what, unit in (("order", "ms an order of 12"), ("by hand", "ms a hundred worked off")):
        rows.append(Row("growth", f"the same: {what}", unit, list(zip(after[what], before[what]))))
    how.plot("growth.svg", curve("Milliseconds for a claim of 100 jobs", marks,
                                 {"beside the backlog": ours, "10,000 ready": against},
                                 "jobs that are ready, then what stands beside them"))
    shop.drop()
    base.drop()
    rows.append(after_an_empty_night(at, how))
    return rows


def fair(at, how):
    crowd = 20_000 if how.quick else 200_000
    shop = Shop(at, "fair", 10)
    shop.fill(crowd, accounts=1)
    at.sql("VACUUM ANALYZE")
    waits = []
    for _ in range(how.rounds):
        at.ours("claim", "fair", limit=5, batch=10)
        shop.fill(1, accounts=1, first=2)
        waits.append(at.ours("fair", "fair", batch=10)["claims"])
        at.ours("work", "fair", limit=5, batch=10)
    shop.drop()
    return [Row("fair", f"{crowd:,} jobs of one account, one of another", "claims later",
                [(wait, 1) for wait in waits], "<= 3")]


ROWS = {"run_jobs": run_jobs, "growth": growth, "fair": fair}
