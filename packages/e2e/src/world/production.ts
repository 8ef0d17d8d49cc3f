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
