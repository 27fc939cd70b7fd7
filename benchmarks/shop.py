# SPDX-License-Identifier: BSL-1.0
"""A schema of ours with accounts and jobs, which the library and the statements by hand both use,
and the two rules of a comparison: both take turns, and both write the same rows."""

from server import HERE, Failed

CONFIRM = HERE / "postgres" / "confirm.sql"
WORK = HERE / "postgres" / "work.sql"
FILL = HERE / "postgres" / "fill.sql"

# A connection plans each statement six times before it keeps a plan. Ours do so before the clock starts,
# with this many pieces of work for each thread; pgbench keeps its first plan, see Server.pgbench.
WARM = 8

READY, SCHEDULED, FINISHED = 1, 2, 3  # where a filled job stands


class Shop:
    """A schema with accounts, used by both sides."""

    def __init__(self, at, name, accounts):
        self.at, self.name, self.accounts = at, name, accounts
        self.filled = 0
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
        before = self.ready()
        runs = self.at.pgbench(WORK, self.name, workers, settled=self.texts["settled"], **how)
        jobs = before - self.ready()  # clients that meet leave each other less than a hundred
        return {"per_second": runs["per_second"] * jobs / runs["done"], "done": jobs}

    def ready(self):
        return int(self.at.number("SELECT count(*) FROM ready", self.name))

    def fill(self, count, stands=READY, accounts=None, first=1, payload=400):
        """Many jobs at once, in pieces that fit into memory; see postgres/fill.sql."""
        last = self.filled + count
        while self.filled < last:
            piece = min(250_000, last - self.filled)
            self.at.script(FILL, self.name, begin=self.filled, count=piece, stands=stands,
                           accounts=accounts or self.accounts, first=first, payload=payload,
                           words=self.texts["words"])
            self.filled += piece


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
    if not ours or per_table(ours) != per_table(against):
        raise Failed(f"{what}: not the same work: ours {ours}, by hand {against}")


def settings_of(at):
    on = at.sql("SHOW fsync")[0][0]
    return f"fsync {on}, synchronous_commit {at.sql('SHOW synchronous_commit')[0][0]}"
