-- SPDX-License-Identifier: BSL-1.0
-- A queue and nothing else: a hundred jobs leave `thin_ready`, get a lease, and end in `thin_done`. No
-- account, no credits, no fairness, no history: what a ledger costs is seen beside it.
WITH tk AS MATERIALIZED (SELECT x.job FROM thin_ready x ORDER BY x.job LIMIT 100
  FOR UPDATE SKIP LOCKED),
w AS (DELETE FROM thin_ready x USING tk WHERE x.job = tk.job RETURNING x.job, x.payload),
l AS (INSERT INTO thin_lease SELECT job, 1, 20000000 FROM w)
SELECT array_agg(job) AS jobs, sum(length(payload)) AS bytes FROM w \gset
WITH w AS (DELETE FROM thin_lease x WHERE x.job = ANY (:jobs::bigint[]) AND x.epoch = 1
  RETURNING x.job)
INSERT INTO thin_done SELECT job, 2 FROM w;
