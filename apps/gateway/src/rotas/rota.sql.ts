import { rotaOverrideSchema, type RotaInput, type RotaUpdate } from '@holdpoint/contracts';
import { z } from 'zod';
import type { Queryable } from '../platform/database.ts';

const rowSchema = z
  .object({
    name: z.string(),
    title: z.string(),
    time_zone: z.string(),
    shift: z.enum(['daily', 'weekly']),
    starts_on: z.string(),
    hand_over: z.string(),
    people: z.array(z.string()),
    overrides: z.array(rotaOverrideSchema),
    version: z.number().int(),
    updated_at: z.date(),
  })
  .transform(({ time_zone, starts_on, hand_over, updated_at, ...rest }) => ({
    ...rest,
    timeZone: time_zone,
    startsOn: starts_on,
    handOver: hand_over,
    updatedAt: updated_at,
  }));

/** One rota, as it is stored. */
export type RotaRow = z.infer<typeof rowSchema>;

const COLUMNS =
  'name, title, time_zone, shift, starts_on, hand_over, people, overrides, version, updated_at';

export async function listRotas(on: Queryable): Promise<readonly RotaRow[]> {
  const { rows } = await on.query(`select ${COLUMNS} from rota order by name`);
  return z.array(rowSchema).parse(rows);
}

/** All rotas, as they stay until the transaction ends. */
export async function lockRotas(client: Queryable): Promise<readonly RotaRow[]> {
  // Also keeps out a rota that is being made: the alarms of two changes at once would miss each other.
  await client.query('lock table rota in share row exclusive mode');
  return listRotas(client);
}

const valuesOf = (input: RotaInput) => [
  input.name,
  input.title,
  input.timeZone,
  input.shift,
  input.startsOn,
  input.handOver,
  JSON.stringify(input.people),
  JSON.stringify(input.overrides),
];

/** False where the name is taken. */
export async function insertRota(client: Queryable, input: RotaInput): Promise<boolean> {
  const { rowCount } = await client.query(
    `insert into rota (name, title, time_zone, shift, starts_on, hand_over, people, overrides)
     values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (name) do nothing`,
    valuesOf(input),
  );
  return rowCount === 1;
}

/** False where it is another version by now, or gone. */
export async function updateRota(client: Queryable, input: RotaUpdate): Promise<boolean> {
  const { rowCount } = await client.query(
    `update rota set title = $2, time_zone = $3, shift = $4, starts_on = $5, hand_over = $6, people = $7,
       overrides = $8, version = version + 1, updated_at = now()
     where name = $1 and version = $9`,
    [...valuesOf(input), input.version],
  );
  return rowCount === 1;
}

export async function deleteRota(client: Queryable, name: string): Promise<boolean> {
  const { rowCount } = await client.query('delete from rota where name = $1', [name]);
  return rowCount === 1;
}
