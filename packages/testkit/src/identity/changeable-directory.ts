import type { Pool } from 'pg';
import { z } from 'zod';
import type { Person } from './directory.ts';

/**
 * What can change while the provider runs, as at any company: who is in which groups, and whether the
 * provider answers at all. Tests write these two tables; nothing else does.
 */
export const CHANGES_SCHEMA = `
CREATE TABLE IF NOT EXISTS changed_groups (sub text PRIMARY KEY, groups text[] NOT NULL);
CREATE TABLE IF NOT EXISTS outage (since timestamptz NOT NULL);
`;

const groupsSchema = z.object({ groups: z.array(z.string()) });

export async function findPerson(
  pool: Pool,
  people: readonly Person[],
  sub: string,
): Promise<Person | undefined> {
  const person = people.find((each) => each.sub === sub);
  if (person === undefined) return undefined;
  const { rows } = await pool.query('SELECT groups FROM changed_groups WHERE sub = $1', [sub]);
  return rows[0] === undefined ? person : { ...person, ...groupsSchema.parse(rows[0]) };
}

export async function isOut(pool: Pool): Promise<boolean> {
  const { rowCount } = await pool.query('SELECT FROM outage LIMIT 1');
  return rowCount !== 0;
}
