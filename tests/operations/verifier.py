#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""verifier.py DRIVER: the audit in plain SQL finds nothing in sound books that hold every kind of
record, and names each of its rules when the books are damaged to break it; and the library's own
verify() sees the same damage."""

import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from books import VERIFIER, all_rules, psql  # noqa: E402
from cluster import Cluster  # noqa: E402

SCHEMA = "books"
NEVER = 9223372036854775807
USER = "'00000000-0000-0e7e-0000-000000000001'"
NIL = "'00000000-0000-0000-0000-000000000000'"
ONE_SPENT = "(bucket, account, lot) = (SELECT bucket, account, lot FROM lot WHERE spent > 0 " \
            "ORDER BY seq LIMIT 1)"
TWO_DRAWS = "cardinality(draw_lots) > 1 AND released > 0 AND refunded > 0"

# A rule, and what breaks it. Damage often breaks more than one rule; the one it is for is named.
DAMAGE = [
    ("1 entries of an operation sum to zero",
     "UPDATE operation SET entry_amounts[1] = entry_amounts[1] + 1 WHERE seq = 1"),
    ("2 an account is the fold of its journal", "UPDATE account SET debt = debt + 1"),
    ("2 balances after an operation are the fold up to it",
     "UPDATE operation SET held = held + 1 WHERE seq = 3"),
    ("2 the state and times of an account are those of its journal",
     f"UPDATE account SET state = 2, freeze_reason = '' WHERE account = {USER}"),
    ("2 the state and times of an account are those of its journal",
     "UPDATE account SET last_topup_at = last_topup_at + 1"),
    ("3 a lot is split into what was granted",
     f"UPDATE lot SET spent = spent - 1 WHERE {ONE_SPENT}"),
    ("3 a lot is what its lines say",
     f"UPDATE lot SET spent = spent - 1, expired = expired + 1 WHERE {ONE_SPENT}"),
    ("3 a lot holds and was charged what draws took from it",
     "UPDATE hold h SET draw_lots[1] = (SELECT lot FROM lot x WHERE x.account = h.account AND "
     "x.lot <> h.draw_lots[1] LIMIT 1) WHERE state = 0 AND cardinality(draw_lots) = 1"),
    ("3 no more is asked back of a lot than was granted",
     "UPDATE lot SET clawed_back = granted + 1 WHERE clawed_back > 0"),
    ("3 an account is the sum of its lots", "UPDATE account SET pending = pending + 1"),
    ("3 held is the sum of open holds", "UPDATE account SET open_holds = open_holds + 1"),
    ("3 revenue is what holds were charged",
     "UPDATE hold SET captured = captured + 1, released = released - 1 "
     "WHERE state = 1 AND released > 0"),
    ("4 a final hold has nothing open", "UPDATE hold SET released = released - 1 WHERE state = 2"),
    ("4 a stand-alone hold has a time-out and no other has",
     f"UPDATE hold SET expires_at = {NEVER} WHERE job = {NIL} AND state = 2"),
    ("5 draws add up to their hold",
     "UPDATE hold SET draw_parts[1] = draw_parts[1] + 1 WHERE cardinality(draw_lots) = 1"),
    ("5 what is captured is a head of the draws",
     f"UPDATE hold SET draw_parts[2] = draw_parts[2] - 1, draw_parts[6] = draw_parts[6] + 1 "
     f"WHERE {TWO_DRAWS}"),
    ("5 what is released is a tail of the draws",
     f"UPDATE hold SET draw_parts[3] = draw_parts[3] + 1, draw_parts[7] = draw_parts[7] - 1 "
     f"WHERE {TWO_DRAWS}"),
    ("5 a refund gives back what was captured last",
     f"UPDATE hold SET draw_parts[4] = draw_parts[4] + 1, draw_parts[8] = draw_parts[8] - 1 "
     f"WHERE {TWO_DRAWS}"),
    ("5 only a final hold is refunded", "UPDATE hold SET refunded = 1 WHERE state = 0"),
    ("6 a hold has one outcome, and none while it is open",
     f"UPDATE operation SET hold = {NIL} WHERE kind = 4"),
    ("7 no balance is below zero",
     "UPDATE operation SET entry_amounts = (SELECT array_agg(x * 1000) FROM unnest(entry_amounts) x)"
     " WHERE kind = 2 AND outcome = 0"),
    ("7 nothing is available while something is owed",
     f"UPDATE operation SET entry_codes = entry_codes || '{{3,6}}'::smallint[], "
     f"entry_lots = entry_lots || ARRAY[{NIL}, {NIL}]::uuid[], "
     f"entry_amounts = entry_amounts || '{{-1,1}}'::bigint[] WHERE seq = 2 AND account = {USER}"),
    ("7 debt rises only where somebody may ask for it",
     f"UPDATE operation SET entry_codes = entry_codes || '{{3,6}}'::smallint[], "
     f"entry_lots = entry_lots || ARRAY[{NIL}, {NIL}]::uuid[], "
     f"entry_amounts = entry_amounts || '{{-1,1}}'::bigint[] WHERE seq = 2 AND account = {USER}"),
    ("8 seq has no gap", "DELETE FROM operation WHERE seq = 6"),
    ("8 time does not go back", "UPDATE operation SET at = at - 1000000000 WHERE seq = 5"),
    ("8 an account stands where its newest operation left it", "UPDATE account SET seq = seq + 1"),
    ("8 an account is opened once and first",
     "UPDATE operation SET seq = 1000 WHERE seq = 1; UPDATE operation SET seq = 1 WHERE seq = 2; "
     "UPDATE operation SET seq = 2 WHERE seq = 1000"),
    ("9 a refusal moves nothing", "UPDATE operation SET moved = 5 WHERE outcome <> 0"),
    ("10 no more is refunded than was captured",
     "UPDATE hold SET refunded = captured + 1 WHERE state = 1"),
    ("10 no more is refunded than was captured",
     "UPDATE hold SET draw_parts[4] = draw_parts[2] + 1 WHERE state = 1 "
     "AND cardinality(draw_lots) = 1"),
    ("11 nothing expired or not yet effective is drawn",
     "UPDATE lot SET effective_at = effective_at + 1000000000000 WHERE seq = 1"),
    ("11 what was due before the last write was applied by it",
     "UPDATE lot SET expires_at = (SELECT max(changed_at) FROM account) WHERE available > 0"),
    ("11 what was due before the last write was applied by it",
     f"UPDATE hold SET expires_at = made_at WHERE state = 0 AND job = {NIL}"),
    ("12 a job has one status", "DELETE FROM live WHERE phase = 1"),
    ("12 a job has a hold of its own", "UPDATE job SET estimated = estimated + 1"),
    ("12 a live job has an open hold and no outcome", "UPDATE live SET final_seq = 3"),
    ("12 a final job has a final hold and one outcome", "UPDATE done SET final_seq = final_seq - 1"),
    ("12 a final job was charged what its outcome says", "UPDATE done SET actual = actual + 1"),
    ("12 no hold of a job is open without a live job",
     "DELETE FROM job WHERE job IN (SELECT job FROM live); DELETE FROM live"),
    ("12 an item has one live job",
     "UPDATE job SET item = (SELECT item FROM live LIMIT 1) WHERE job IN (SELECT job FROM live)"),
    ("13 an order has all its holds and jobs",
     "DELETE FROM hold WHERE job IN (SELECT job FROM done)"),
    ("13 a hold was made by an operation of its account", "UPDATE hold SET made_at = made_at + 1"),
    ("13 a lot was made by an operation of its account", "UPDATE lot SET seq = 999 WHERE seq = 1"),
    ("13 what an operation names is there", f"DELETE FROM hold WHERE job = {NIL} AND state = 2"),
    ("13 what an operation names is there", "DELETE FROM lot WHERE seq = 1"),
    ("13 every row is of an account, in its bucket",
     "UPDATE lot SET bucket = bucket + 1 WHERE available = 0 AND held = 0"),
    ("running total: operations say what holds say",
     "UPDATE operation SET spent = spent + 1 WHERE kind = 6 AND outcome = 0"),
]
# verify() audits the books of an account as they are loaded. What is kept beside them is none of
# that: places in the queue, a project's total, the copy of a key that the unique index is made of.
DAMAGE_BESIDE_THE_BOOKS = [
    ("6 a key has one operation",
     f"UPDATE operation SET key = (SELECT key FROM operation WHERE seq = 2 AND account = {USER}) "
     f"WHERE seq = 3 AND account = {USER}"),
    ("running total: a project is what its operations say", "UPDATE project SET spent = spent + 1"),
    ("queue: what is in flight is counted", "UPDATE slots SET in_flight = in_flight + 1"),
    ("queue: a place in the queue is a live job's",
     f"UPDATE ready SET job = {USER}"),
    ("queue: a job that may start or waits has one place", "DELETE FROM ready"),
    ("queue: a job that may start or waits has one place", "DELETE FROM later WHERE poll"),
]

# What the database would refuse is damage all the same: a broken disk asks no constraint.
WITHOUT_CONSTRAINTS = """
DO $$
DECLARE
  c record;
BEGIN
  FOR c IN SELECT conrelid::regclass AS of, conname FROM pg_constraint
      WHERE contype = 'c' AND coninhcount = 0 AND connamespace = current_schema()::regnamespace LOOP
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', c.of, c.conname);
  END LOOP;
  FOR c IN SELECT indexrelid::regclass AS name FROM pg_index JOIN pg_class t ON t.oid = indrelid
      WHERE indisunique AND NOT indisprimary AND t.relkind = 'r'
      AND t.relnamespace = current_schema()::regnamespace LOOP
    EXECUTE format('DROP INDEX %s', c.name);
  END LOOP;
END $$;
"""

# Everything as it was before the damage of the test before.
KEEP = """
CREATE SCHEMA kept;
DO $$
DECLARE
  t text;
BEGIN
  FOR t IN SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition
      AND relnamespace = current_schema()::regnamespace LOOP
    EXECUTE format('CREATE TABLE kept.%I AS TABLE %I', t, t);
  END LOOP;
END $$;
"""
RESTORE = """
DO $$
DECLARE
  t text;
  columns text;
BEGIN
  FOR t IN SELECT relname FROM pg_class WHERE relnamespace = 'kept'::regnamespace LOOP
    SELECT string_agg(quote_ident(column_name), ', ') INTO columns FROM information_schema.columns
      WHERE table_schema = current_schema() AND table_name = t AND is_generated = 'NEVER';
    EXECUTE format('DELETE FROM %I', t);
    EXECUTE format('INSERT INTO %I (%s) SELECT %s FROM kept.%I', t, columns, columns, t);
  END LOOP;
END $$;
"""


def require(condition, complaint):
    if not condition:
        raise AssertionError(complaint)


class Books:
    """Sound books in a schema, damaged again and again."""

    def __init__(self, cluster, driver):
        self.conninfo = cluster.conninfo
        self.driver = driver
        for mode in ("migrate", "keep"):
            self.drive(mode)
        self.sql(WITHOUT_CONSTRAINTS + KEEP)

    def sql(self, text):
        return psql(self.conninfo, "-v", f"schema={SCHEMA}",
                    text=f"SET search_path = {SCHEMA};\n{text}").splitlines()

    def drive(self, mode):
        done = subprocess.run([self.driver, mode, self.conninfo, SCHEMA], check=False,
                              capture_output=True, text=True, timeout=60)
        require(done.returncode == 0, f"{mode}: {done.stderr}")
        return done.stdout.splitlines()

    def after(self, damage, seen_by_both=True):
        """What both audits find after this damage."""
        found = self.sql(f"{RESTORE}\n{damage};\n\\i {VERIFIER}\n")
        return found, self.drive("verify") if seen_by_both else []


def main():
    rules = all_rules()
    require(len(rules) > 40, f"these are not all rules: {rules}")
    untried = rules - {rule for rule, _ in DAMAGE + DAMAGE_BESIDE_THE_BOOKS}
    require(not untried, f"nothing breaks these rules: {untried}")
    wrong = []
    with Cluster() as cluster:
        books = Books(cluster, sys.argv[1])
        kinds = books.sql("SELECT count(DISTINCT kind) FROM operation")
        require(kinds == ["20"], f"{kinds} of 20 kinds of operation are in the books")
        sound = books.after("SELECT 1 WHERE false")
        require(sound == ([], []), f"sound books are found broken: {sound}")
        for rule, damage in DAMAGE:
            by_sql, by_library = books.after(damage)
            if not any(line.startswith(rule + "|") for line in by_sql):
                wrong.append(f"{rule}: not seen after {damage}, but {by_sql}")
            if not by_library:
                wrong.append(f"{rule}: verify() sees nothing after {damage}")
        for rule, damage in DAMAGE_BESIDE_THE_BOOKS:
            by_sql, _ = books.after(damage, seen_by_both=False)
            if not any(line.startswith(rule + "|") for line in by_sql):
                wrong.append(f"{rule}: not seen after {damage}, but {by_sql}")
    print("\n".join(wrong))
    print(f"{len(rules)} rules, {len(DAMAGE) + len(DAMAGE_BESIDE_THE_BOOKS)} kinds of damage, "
          f"{len(wrong)} not seen")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
