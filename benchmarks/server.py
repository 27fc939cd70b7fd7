# SPDX-License-Identifier: BSL-1.0
"""The benchmarks' own PostgreSQL: a throw-away cluster with fsync on, and who talks to it."""

import contextlib
import json
import os
import pathlib
import re
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))
import cluster  # noqa: E402

# What a host would set on a small server. No checkpoint falls into a short run: one is made before it.
SETTINGS = {
    "shared_buffers": "1GB",
    "max_connections": "120",
    "max_wal_size": "16GB",
    "checkpoint_timeout": "1h",
    "shared_preload_libraries": "pg_stat_statements",
}


class Failed(RuntimeError):
    """A program of a measurement failed: its last words."""


def call(command, **options):
    done = subprocess.run(command, text=True, stdin=subprocess.DEVNULL, capture_output=True,
                          check=False, **options)
    if done.returncode != 0:
        raise Failed(f"{' '.join(map(str, command[:3]))}: {(done.stderr or done.stdout)[-2000:]}")
    return done.stdout


class Server(cluster.Cluster):
    """A cluster for benchmarks. Use it as a context."""

    def __init__(self, build):
        super().__init__(fsync=True)
        self.rates = {}
        self.program = pathlib.Path(build) / "benchmarks" / "benchmark_postgres"

    def __enter__(self):
        before = dict(cluster.SETTINGS)
        cluster.SETTINGS.update(SETTINGS)
        try:
            return super().__enter__()
        finally:
            cluster.SETTINGS.clear()
            cluster.SETTINGS.update(before)

    def sql(self, text, schema=None):
        """Runs SQL, answers its rows as lists of texts."""
        path = f"SET search_path = {schema};" if schema else ""
        said = call([f"{self.bin}/psql", "-XqAt", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-d",
                     self.conninfo, "-c", path + text if path else text])
        return [line.split("\t") for line in said.splitlines() if line]

    def script(self, file, schema, **variables):
        """Runs a file of SQL that names its variables."""
        given = [word for name, value in variables.items() for word in ("-v", f"{name}={value}")]
        call([f"{self.bin}/psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-d", self.conninfo, *given,
              "-f", str(file)], env=dict(os.environ, PGOPTIONS=f"-c search_path={schema}"))

    @contextlib.contextmanager
    def forgotten_transaction(self):
        """A transaction with a snapshot of everything, open as long as the context."""
        with subprocess.Popen([f"{self.bin}/psql", "-XqAt", "-d", self.conninfo], text=True,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE) as session:
            session.stdin.write("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 'open';\n")
            session.stdin.flush()
            if session.stdout.readline().strip() != "open":
                raise Failed("no transaction to leave open")
            yield
            session.stdin.close()

    def number(self, text, schema=None):
        return float(self.sql(text, schema)[-1][0])

    def setting(self, name, value):
        self.sql(f"ALTER SYSTEM SET {name} = {value}")
        self.sql("SELECT pg_reload_conf()")
        time.sleep(0.3)

    def ours(self, word, schema, **options):
        """One measurement of ours: the JSON it prints."""
        command = [str(self.program), word, "--conninfo", self.conninfo, "--schema", schema]
        for name, value in options.items():
            command += [f"--{name}", str(int(value))]
        return json.loads(call(command) or "{}")

    def prepare(self, schema, accounts):
        call([str(self.program), "prepare", "--conninfo", self.conninfo, "--schema", schema,
              "--accounts", str(accounts)])
        self.sql("VACUUM ANALYZE")

    def pgbench(self, script, schema, clients, milliseconds=None, transactions=None, **variables):
        """One run of a hand-written script, prepared: transactions per second and their number. pgbench
        counts in seconds: for less it is told how many fit, by its run before."""
        command = [f"{self.bin}/pgbench", "-n", "-M", "prepared", "-c", str(clients), "-j",
                   str(min(clients, 2)), "-f", str(script)]
        like_this = (str(script), schema, clients, variables.get("accounts"))
        if milliseconds is not None and milliseconds < 1_000 and like_this in self.rates:
            fit = self.rates[like_this] * milliseconds / 1_000
            transactions = max(1, round(fit / clients))
        if transactions is not None:
            command += ["-t", str(transactions)]
        else:
            command += ["-T", str(max(1, round(milliseconds / 1000)))]
        for name, value in variables.items():
            command += ["-D", f"{name}={value}"]
        said = call([*command, self.conninfo],
                    env=dict(os.environ, PGOPTIONS=f"-c search_path={schema}"))
        if re.search(r"number of failed transactions: [1-9]", said):
            raise Failed(said)
        self.rates[like_this] = float(re.search(r"tps = ([\d.]+)", said)[1])
        return {"per_second": self.rates[like_this],
                "done": int(re.search(r"actually processed: (\d+)", said)[1])}

    def checkpoint(self):
        self.sql("CHECKPOINT")

    def wal(self):
        return self.number("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn")

    def processor_time(self):
        """Seconds of processor time of the server and of its sessions that have ended."""
        pid = (self.data / "postmaster.pid").read_text("utf-8").split()[0]
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text("utf-8").rsplit(")", 1)[1].split()
        return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")

    def writes(self, schema):
        """{table: rows inserted, updated and deleted so far}."""
        time.sleep(1.2)  # statistics of sessions that ended arrive within a second
        return {table: tuple(map(int, counts)) for table, *counts in self.sql(
            "SELECT relname, n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_user_tables "
            f"WHERE schemaname = '{schema}'")}

    def written(self, schema, work, each):
        """What `work` wrote in each table for each of `each` things it did."""
        before = self.writes(schema)
        work()
        after = self.writes(schema)
        made = {}
        for table, counts in after.items():
            change = tuple(round((new - old) / each, 3)
                           for new, old in zip(counts, before.get(table, (0, 0, 0))))
            if any(change):
                made[table.split("_rest")[0]] = change
        return made
