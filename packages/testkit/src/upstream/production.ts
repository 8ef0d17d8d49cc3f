import { createHash } from 'node:crypto';
import { Pool, type PoolClient } from 'pg';
import { z } from 'zod';
import { MODEL_SETTINGS, seedCustomers, seedOrders } from './seed-data.ts';

const STATEMENT_TIMEOUT_MS = 10_000;
/** Any constant: two processes that seed the same database take turns. */
const SEED_LOCK = 4_600_001;

const SCHEMA = `
CREATE TABLE IF NOT EXISTS customers (
  id integer PRIMARY KEY, name text NOT NULL, email text NOT NULL, phone text NOT NULL,
  ssn text NOT NULL, card_number text NOT NULL, salary integer NOT NULL, status text NOT NULL,
  notes text NOT NULL DEFAULT ''
);
CREATE TABLE IF NOT EXISTS orders (
  id integer PRIMARY KEY, customer_id integer NOT NULL REFERENCES customers ON DELETE CASCADE,
  item text NOT NULL, amount_cents integer NOT NULL, refunded_cents integer NOT NULL DEFAULT 0,
  status text NOT NULL, ordered_on date NOT NULL
);
CREATE TABLE IF NOT EXISTS model_settings (
  key text PRIMARY KEY, value jsonb NOT NULL, updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE IF NOT EXISTS executions (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tool text NOT NULL,
  args_digest text NOT NULL, at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE executions IS 'One row for each tool execution, written in the transaction of its effect.';
CREATE TABLE IF NOT EXISTS seeded (id integer PRIMARY KEY CHECK (id = 1));
`;

/** A row as JSON shows it. */
type Row = Record<string, unknown>;

interface QueryOutcome {
  readonly command: string;
  readonly rowCount: number;
  readonly rows: Row[];
}

/** The demo's "production" database, as the upstream's tools use it. */
export interface Production {
  query(sql: string): Promise<QueryOutcome>;
  describeTable(table: string): Promise<Row[]>;
  refundOrder(orderId: number, amountCents: number, reason: string): Promise<Row>;
  updateModelConfig(key: string, value: unknown): Promise<Row>;
  close(): Promise<void>;
}

/** Opens the database; on the very first start makes its tables and fills them. */
export async function openProduction(databaseUrl: string): Promise<Production> {
  const pool = new Pool({
    connectionString: databaseUrl,
    max: 10,
    statement_timeout: STATEMENT_TIMEOUT_MS,
  });
  pool.on('error', (error) => console.error(error));
  await inTransaction(pool, seedOnce);

  /** Runs one tool: its effect and the count of its execution commit together or not at all. */
  function execute<T>(tool: string, args: unknown, run: (client: PoolClient) => Promise<T>) {
    return inTransaction(pool, async (client) => {
      const digest = createHash('sha256').update(JSON.stringify(args)).digest('hex');
      await client.query('INSERT INTO executions (tool, args_digest) VALUES ($1, $2)', [
        tool,
        digest,
      ]);
      return run(client);
    });
  }

  return {
    query: (sql) =>
      execute('query', { sql }, async (client) => {
        // The extended protocol takes exactly one statement, so none can end our transaction and
        // smuggle a second one behind it.
        const statement = { text: sql, queryMode: 'extended' };
        const result = await client.query(statement);
        return {
          command: result.command,
          rowCount: result.rowCount ?? 0,
          rows: asJson(result.rows),
        };
      }),
    describeTable: (table) =>
      execute('describe_table', { table }, async (client) => {
        const result = await client.query(
          `SELECT column_name AS name, data_type AS type, is_nullable = 'YES' AS nullable
           FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1
           ORDER BY ordinal_position`,
          [table],
        );
        if (result.rowCount === 0) throw new Error(`There is no table "${table}".`);
        return asJson(result.rows);
      }),
    refundOrder: (orderId, amountCents, reason) =>
      execute('refund_order', { orderId, amountCents, reason }, (client) =>
        oneRow(
          client,
          `UPDATE orders SET refunded_cents = refunded_cents + $2, status = 'refunded'
           WHERE id = $1 AND refunded_cents + $2 <= amount_cents
           RETURNING id AS "orderId", refunded_cents AS "refundedCents", status`,
          [orderId, amountCents],
          `Order ${orderId} does not exist or has less than that left to refund.`,
        ),
      ),
    updateModelConfig: (key, value) =>
      execute('update_model_config', { key, value }, (client) =>
        oneRow(
          client,
          `UPDATE model_settings SET value = $2, updated_at = now() WHERE key = $1
           RETURNING key, value`,
          [key, JSON.stringify(value)],
          `There is no setting "${key}".`,
        ),
      ),
    close: () => pool.end(),
  };
}

async function inTransaction<T>(pool: Pool, run: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const result = await run(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
}

/** Fills the tables once: rows that were deleted later stay deleted after a restart. */
async function seedOnce(client: PoolClient): Promise<void> {
  await client.query('SELECT pg_advisory_xact_lock($1)', [SEED_LOCK]);
  await client.query(SCHEMA);
  const first = await client.query('INSERT INTO seeded VALUES (1) ON CONFLICT DO NOTHING');
  if (first.rowCount === 0) return;
  await client.query(
    `INSERT INTO customers (id, name, email, phone, ssn, card_number, salary, status, notes)
     SELECT id, name, email, phone, ssn, card_number, salary, status, notes
     FROM jsonb_populate_recordset(NULL::customers, $1)`,
    [JSON.stringify(seedCustomers())],
  );
  await client.query(
    `INSERT INTO orders (id, customer_id, item, amount_cents, status, ordered_on)
     SELECT id, customer_id, item, amount_cents, status, ordered_on
     FROM jsonb_populate_recordset(NULL::orders, $1)`,
    [JSON.stringify(seedOrders())],
  );
  await client.query(
    'INSERT INTO model_settings (key, value) SELECT key, value FROM jsonb_each($1)',
    [JSON.stringify(MODEL_SETTINGS)],
  );
}

async function oneRow(
  client: PoolClient,
  sql: string,
  values: readonly unknown[],
  otherwise: string,
): Promise<Row> {
  const result = await client.query(sql, [...values]);
  const [row] = asJson(result.rows);
  if (row === undefined) throw new Error(otherwise);
  return row;
}

/** Dates and other driver objects as the strings JSON makes of them. */
function asJson(rows: readonly unknown[]): Row[] {
  return z.array(z.record(z.string(), z.unknown())).parse(JSON.parse(JSON.stringify(rows)));
}
