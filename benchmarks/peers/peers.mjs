// SPDX-License-Identifier: BSL-1.0
// graphile-worker and pg-boss doing what `benchmark_postgres` does: put jobs into the queue one by one
// or in hundreds, and work them off. With money, a hold and a capture are written for each job in the
// same transaction as the job, as rows of a small ledger of their own; one CTE statement each.
//   node peers.mjs graphile|boss 0|1(money)     then a line for each run: single|bulk|work COUNT
// Every run is answered by {"done", "seconds", "per_second"}; the line `end` by what the ledger holds.
import readline from "node:readline";
import { Logger, run, makeWorkerUtils, runMigrations } from "graphile-worker";
import PgBoss from "pg-boss";
import pg from "pg";

const [which, moneyText] = process.argv.slice(2);
const money = moneyText === "1";
const connectionString = process.env.PEERS_DATABASE;
const accounts = 1000;
const payload = "p".repeat(400);
const pool = new pg.Pool({ connectionString, max: 16 });
pool.on("error", (error) => { throw error; });
const logger = new Logger(() => () => {});

await pool.query(`
  CREATE SCHEMA IF NOT EXISTS peers;
  CREATE TABLE IF NOT EXISTS peers.account (id int PRIMARY KEY, available bigint NOT NULL CHECK
    (available >= 0), held bigint NOT NULL CHECK (held >= 0));
  CREATE TABLE IF NOT EXISTS peers.hold (id bigint PRIMARY KEY, account int NOT NULL, amount bigint
    NOT NULL, captured bigint NOT NULL, state int NOT NULL);
  CREATE TABLE IF NOT EXISTS peers.journal (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account int NOT NULL, hold bigint NOT NULL, moved bigint NOT NULL, at timestamptz NOT NULL DEFAULT
    now());
  CREATE SEQUENCE IF NOT EXISTS peers.ids INCREMENT 1000;
  INSERT INTO peers.account SELECT n, 900000000000, 0 FROM generate_series(1, ${accounts}) n
    ON CONFLICT DO NOTHING;`);
let next = 0, until = 0;
async function newId() {
  if (next === until) {
    next = Number((await pool.query("SELECT nextval('peers.ids') AS n")).rows[0].n);
    until = next + 1000;
  }
  return next++;
}
const holdText = `WITH h AS (INSERT INTO peers.hold SELECT unnest($1::bigint[]), $2, 12000, 0, 0
    RETURNING id), j AS (INSERT INTO peers.journal (account, hold, moved) SELECT $2, id, 12000 FROM h)
  UPDATE peers.account SET available = available - 12000 * $3, held = held + 12000 * $3 WHERE id = $2`;
const captureText = `WITH h AS (UPDATE peers.hold SET state = 1, captured = 10000 WHERE id =
    ANY ($1::bigint[]) AND state = 0 RETURNING id, account), j AS (INSERT INTO peers.journal (account,
    hold, moved) SELECT account, id, 10000 FROM h), s AS (SELECT account, count(*) AS n FROM h GROUP BY
    account ORDER BY account)
  UPDATE peers.account a SET held = held - 12000 * n, available = available + 2000 * n FROM s
  WHERE a.id = s.account`;

async function inTransaction(work) {
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    await work(client);
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  } finally {
    client.release();
  }
}
const account = () => 1 + Math.floor(Math.random() * accounts);

// Both have: add(client or nothing, ids) and work(count).
const peers = {
  async graphile() {
    await runMigrations({ connectionString, logger });
    const utils = await makeWorkerUtils({ pgPool: pool, logger });
    return {
      add: (client, ids) => (client ?? pool).query(
        ids.length === 1 ? "SELECT graphile_worker.add_job('render', $1::json)"
          : `SELECT graphile_worker.add_jobs(array(SELECT json_populate_record(null::
             graphile_worker.job_spec, json_build_object('identifier', 'render', 'payload', p))
             FROM json_array_elements($1::json) p))`,
        [JSON.stringify(ids.length === 1 ? { id: ids[0], payload } : ids.map((id) => ({ id, payload })))]),
      async work(wanted) {
        let done = 0, finished;
        const all = new Promise((resolve) => { finished = resolve; });
        const render = async (job, helpers) => {
          if (money) await pool.query({ name: "capture", text: captureText, values: [[job.id]] });
          if (++done >= wanted) finished();
        };
        const runner = await run({ pgPool: pool, logger, taskList: { render }, preset: { worker: {
          concurrentJobs: 16, pollInterval: 100, completeJobBatchDelay: 0, failJobBatchDelay: 0,
          localQueue: { size: 500 } } }, noHandleSignals: true });
        await all;
        return { done, stop: () => runner.stop() };
      },
      stop: () => utils.release(),
    };
  },
  async boss() {
    const boss = new PgBoss({ connectionString, supervise: false, schedule: false, max: 16 });
    await boss.start();
    await boss.createQueue("render");
    const through = (client) => client && { db: { executeSql: (text, values) =>
      client.query(text, values) } };
    return {
      add: (client, ids) => ids.length === 1
        ? boss.send("render", { id: ids[0], payload }, through(client) ?? {})
        : boss.insert(ids.map((id) => ({ name: "render", data: { id, payload } })),
                      through(client) ?? {}),
      async work(wanted) {
        let done = 0;
        const one = async () => {
          while (done < wanted) {
            const jobs = await boss.fetch("render", { batchSize: 500 });
            if (jobs.length === 0) return;
            const ids = jobs.map((job) => job.id);
            if (money) {
              await inTransaction(async (client) => {
                await client.query(captureText, [jobs.map((job) => job.data.id)]);
                await boss.complete("render", ids, null, through(client));
              });
            } else {
              await boss.complete("render", ids);
            }
            done += jobs.length;
          }
        };
        await Promise.all([one(), one()]);
        if (done < wanted) throw new Error(`only ${done} of ${wanted} jobs were there`);
        return { done, stop: async () => {} };
      },
      stop: () => boss.stop({ graceful: false }),
    };
  },
};

const peer = await peers[which]();
async function add(jobs, each) {
  let left = jobs / each;
  const one = async () => {
    while (left-- > 0) {
      const ids = [];
      for (let n = 0; n < each; ++n) ids.push(await newId());
      if (money) {
        await inTransaction(async (client) => {
          await client.query({ name: `hold${each}`, text: holdText, values: [ids, account(), each] });
          await peer.add(client, ids);
        });
      } else {
        await peer.add(null, ids);
      }
    }
  };
  await Promise.all(Array.from({ length: 16 }, one));
}
async function once(what, count) {
  if (what === "work") {
    await add(count, 100);
    await pool.query("ANALYZE");
  }
  const began = process.hrtime.bigint();
  const end = what === "work" ? await peer.work(count) : await add(count, what === "bulk" ? 100 : 1);
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  await end?.stop();
  const done = end?.done ?? count;
  return { done, seconds, per_second: done / seconds };
}
/// Every job has a hold, every hold that ended a capture, and the accounts agree with both.
async function ledger() {
  return (await pool.query(`SELECT (SELECT count(*) FROM peers.hold)::int AS holds,
    (SELECT count(*) FROM peers.hold WHERE state = 1)::int AS captures,
    (SELECT count(*) FROM peers.journal)::int AS entries,
    (SELECT sum(held) / 12000 FROM peers.account)::int AS open`)).rows[0];
}
console.log(JSON.stringify({ ready: true }));
for await (const line of readline.createInterface({ input: process.stdin })) {
  const [what, count] = line.split(" ");
  console.log(JSON.stringify(what === "end" ? await ledger() : await once(what, Number(count))));
}
await peer.stop();
process.exit(0);
