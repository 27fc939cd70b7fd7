# SPDX-License-Identifier: BSL-1.0
"""The rows of orders in PostgreSQL: confirm, alone, hot and batched, by speed and by the
server's processor time; bytes of WAL; latency.

Ours is the whole path (load, decide, commit) of benchmark_postgres; against it stand the statements
of postgres/*.sql in pgbench, prepared, on the same tables of the same server, in turns.
"""

import time

from report import Row
from shop import WARM, Shop, same_writes, take_turns


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
    best = max((4, 8, 16, 32),
               key=lambda clients: shop.confirm_by_hand(clients, **span)["per_second"])
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


def confirm_cost(at, how):
    """Processor time of the server for an order: what is left where nothing waits. Nobody warms up:
    that would be counted, too."""
    shop = Shop(at, "confirm_cost", 2_000)
    shop.warm()
    span = {"milliseconds": 2_000 if how.quick else 6_000}  # long beside the plans made at first

    def cost_of(run):
        at.checkpoint()
        before = at.processor_time()
        done = run()["done"]
        time.sleep(0.2)  # sessions end a moment after their clients
        return (at.processor_time() - before) / done * 1_000

    rows = []
    for n, (case, ours, clients, accounts) in enumerate((
            ("one account, 64 threads, 1 lane", (64, 2, 1), 16, 1),
            ("many accounts, 64 threads, 2 lanes", (64, 2, 2), 8, None),
            ("many accounts, 16 connections, one by one", (16, 16, 0), 16, None))):
        threads, connections, lanes = ours
        rows.append(Row("confirm_cost", f"{case}; by hand {clients} connections", "ms an order", [
            (cost_of(lambda: shop.confirm(threads, connections, lanes=lanes, accounts=accounts,
                                          seed=10 * n + turn, **span)),
             cost_of(lambda: shop.confirm_by_hand(clients, accounts=accounts, **span)))
            for turn in range(how.rounds)]))
    shop.drop()
    return rows


def wal(at, how):
    shop = Shop(at, "wal", 1_000)
    shop.warm()
    rows = []

    def row(case, count, ours, by_hand):
        def bytes_of(work):
            before = at.wal()
            work()
            return (at.wal() - before) / count
        rows.append(Row("wal", case, "bytes",
                        [(bytes_of(ours), bytes_of(by_hand)) for _ in range(how.rounds)]))

    at.setting("full_page_writes", "off")  # a checkpoint's share is no property of a statement
    count = 400 if how.quick else 2_000
    row("a confirm of 12 jobs, by hand beside it", count,
        lambda: shop.confirm(4, 4, limit=count),
        lambda: shop.confirm_by_hand(4, transactions=count // 4))
    row("a claimed and settled job, by hand beside it", count,
        lambda: shop.work(2, limit=count // 100),
        lambda: shop.work_by_hand(2, transactions=count // 200))
    at.setting("full_page_writes", "on")
    shop.drop()
    return rows


def latency(at, how):
    """Percentiles at 70 % of what the same path does at most, from the instant a request was due."""
    shop = Shop(at, "latency", 2_000)
    shop.warm()
    rows = []

    def percentiles(case, run):
        runs = [run(turn) for turn in range(how.rounds)]
        for name in ("p50", "p99", "p999"):
            rows.append(Row("latency", f"{case}, {name}", "ms",
                            [(each[name] / 1_000, None) for each in runs]))

    most = sorted(shop.confirm(16, 16, milliseconds=how.span, warm=WARM, seed=turn)["per_second"]
                  for turn in range(3))[1]
    percentiles(f"confirm at 70 % of {most:,.0f}/s",
                lambda turn: shop.confirm(16, 16, milliseconds=2 * how.span, warm=WARM,
                                          rate=max(1, 0.7 * most), seed=9 + turn))
    shop.fill(10_000 if how.quick else 40_000)
    at.sql("VACUUM ANALYZE")
    settle = {"threads": 4, "batch": 1, "warm": WARM}
    most = sorted(at.ours("work", "latency", milliseconds=how.span, **settle)["per_second"]
                  for _ in range(3))[1]
    percentiles(f"claim and settle of one job at 70 % of {most:,.0f}/s",
                lambda _: at.ours("work", "latency", milliseconds=2 * how.span,
                                  rate=max(1, 0.7 * most), **settle))
    shop.drop()
    return rows


ROWS = {"confirm": confirm, "confirm_hot": confirm_hot, "confirm_batched": confirm_batched,
        "confirm_cost": confirm_cost, "wal": wal, "latency": latency}
