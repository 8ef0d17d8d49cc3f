import { createHash } from 'node:crypto';
import pg from 'pg';
import { z } from 'zod';

const personalDataSchema = z.array(
  z.object({ email: z.string(), phone: z.string(), ssn: z.string(), card_number: z.string() }),
);

/** The upstream's own database: the only witness of what really ran. */
export class Production {
  readonly #pool: pg.Pool;

  constructor(databaseUrl: string) {
    this.#pool = new pg.Pool({ connectionString: databaseUrl, max: 2 });
    this.#pool.on('error', () => undefined);
  }

  /** How often any tool ran since the stack was made. */
  async executions(): Promise<number> {
    const { rows } = await this.#pool.query('select count(*)::int as n from executions');
    return z.object({ n: z.number() }).parse(rows[0]).n;
  }

  /** How often a tool ran with exactly these arguments. */
  async executionsOf(tool: string, args: Readonly<Record<string, unknown>>): Promise<number> {
    const digest = createHash('sha256').update(JSON.stringify(args)).digest('hex');
    const { rows } = await this.#pool.query(
      'select count(*)::int as n from executions where tool = $1 and args_digest = $2',
      [tool, digest],
    );
    return z.object({ n: z.number() }).parse(rows[0]).n;
  }

  async customerExists(id: number): Promise<boolean> {
    const { rowCount } = await this.#pool.query('select 1 from customers where id = $1', [id]);
    return rowCount === 1;
  }

  /** Every value that must never leave the gateway unmasked. */
  async personalData(): Promise<readonly string[]> {
    const { rows } = await this.#pool.query('select email, phone, ssn, card_number from customers');
    return personalDataSchema.parse(rows).flatMap((row) => Object.values(row));
  }

  close(): Promise<void> {
    return this.#pool.end();
  }
}
