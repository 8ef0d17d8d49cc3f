import {
  catalogueKindSchema,
  definitionWordSchema,
  type CatalogueKind,
  type ItemQuery,
} from '@holdpoint/contracts';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Database, type Queryable } from '../platform/database.ts';

const itemRowSchema = z.object({
  kind: catalogueKindSchema,
  name: z.string(),
  digest: z.string(),
  definition: z.string(),
  first_seen_at: z.date(),
  changed_at: z.date(),
  seen_at: z.date(),
  missing_since: z.date().nullable(),
  /** Whether any definition of the item was accepted. */
  was_accepted: z.boolean(),
  state: definitionWordSchema.shape.state.nullable(),
  how: definitionWordSchema.shape.how.nullable(),
  by: z.string().nullable(),
  note: z.string().nullable(),
  said_at: z.date().nullable(),
});
export type ItemRow = z.infer<typeof itemRowSchema>;

const wordRowSchema = z.object({
  digest: z.string(),
  definition: z.string(),
  state: definitionWordSchema.shape.state,
  how: definitionWordSchema.shape.how,
  by: z.string().nullable(),
  note: z.string().nullable(),
  at: z.date(),
});
export type WordRow = z.infer<typeof wordRowSchema>;

const askedRowSchema = z.object({
  kind: catalogueKindSchema,
  name: z.string(),
  digest: z.string(),
  before: z.string().nullable(),
  is_current: z.boolean(),
});
const settledRowSchema = z.object({ kind: catalogueKindSchema, name: z.string() });

const ITEM = `select i.kind, i.name, i.digest, i.definition #>> '{}' as definition,
    i.first_seen_at, i.changed_at, i.seen_at, i.missing_since,
    exists (select 1 from known_definition k where k.connection_id = i.connection_id
      and k.kind = i.kind and k.name = i.name and k.state = 'accepted') as was_accepted,
    said.state, said.how, coalesce(said.by_name, said.by) as by, said.note, said.at as said_at
  from catalogue_item i
  left join known_definition said using (connection_id, kind, name, digest)
  where i.connection_id = $1`;

/** A person's word on definitions, as it is to be kept. */
export interface Said {
  readonly state: 'accepted' | 'blocked';
  readonly by: string;
  readonly byName: string;
  readonly note: string | null;
}

export interface AskedItem {
  readonly kind: CatalogueKind;
  readonly name: string;
  readonly digest: string;
  /** What was accepted last beside it. */
  readonly before: string | null;
  /** False where the upstream defines it otherwise by now. */
  readonly isCurrent: boolean;
}

/** What pages show of catalogues, and what admins say of it. */
@Injectable()
export class CatalogueItemRepository {
  constructor(private readonly database: Database) {}

  async all(connectionId: string): Promise<readonly ItemRow[]> {
    const { rows } = await this.database.pool.query(`${ITEM} order by i.kind, i.name`, [
      connectionId,
    ]);
    return z.array(itemRowSchema).parse(rows);
  }

  async find(connectionId: string, { kind, name }: ItemQuery): Promise<ItemRow | undefined> {
    const { rows } = await this.database.pool.query(`${ITEM} and i.kind = $2 and i.name = $3`, [
      connectionId,
      kind,
      name,
    ]);
    return itemRowSchema.optional().parse(rows[0]);
  }

  /** Newest first. */
  async words(connectionId: string, { kind, name }: ItemQuery): Promise<readonly WordRow[]> {
    const { rows } = await this.database.pool.query(
      `select digest, definition #>> '{}' as definition, state, how, coalesce(by_name, by) as by,
              note, at
       from known_definition where connection_id = $1 and kind = $2 and name = $3
       order by at desc limit 50`,
      [connectionId, kind, name],
    );
    return z.array(wordRowSchema).parse(rows);
  }

  async cutKinds(connectionId: string): Promise<readonly CatalogueKind[]> {
    const { rows } = await this.database.pool.query(
      'select cut_kinds from connection where id = $1',
      [connectionId],
    );
    return z.object({ cut_kinds: z.array(catalogueKindSchema) }).parse(rows[0]).cut_kinds;
  }
}

/** How what a person was shown stands now; no list is kept until the transaction ends. */
export async function lockAsked(
  on: Queryable,
  connectionId: string,
  asked: readonly (ItemQuery & { readonly digest: string })[],
): Promise<readonly AskedItem[]> {
  await on.query('select 1 from connection where id = $1 for no key update', [connectionId]);
  const { rows } = await on.query(
    `select asked.kind, asked.name, asked.digest, i.digest is not null as is_current,
       (select k.digest from known_definition k where k.connection_id = $1 and k.kind = asked.kind
          and k.name = asked.name and k.state = 'accepted' and k.digest <> asked.digest
        order by k.at desc limit 1) as before
     from unnest($2::text[], $3::text[], $4::text[]) as asked (kind, name, digest)
     left join catalogue_item i on i.connection_id = $1 and i.kind = asked.kind
       and i.name = asked.name and i.digest = asked.digest`,
    [
      connectionId,
      asked.map(({ kind }) => kind),
      asked.map(({ name }) => name),
      asked.map(({ digest }) => digest),
    ],
  );
  return z
    .array(askedRowSchema)
    .parse(rows)
    .map(({ is_current: isCurrent, ...item }) => ({ ...item, isCurrent }));
}

/** Answers the items of which this was news. */
export async function keepWord(
  on: Queryable,
  connectionId: string,
  items: readonly AskedItem[],
  { state, by, byName, note }: Said,
): Promise<ReadonlySet<string>> {
  const { rows } = await on.query(
    `insert into known_definition as said
       (connection_id, kind, name, digest, definition, state, how, by, by_name, note)
     select $1, i.kind, i.name, i.digest, i.definition, $5, 'person', $6, $7, $8
     from unnest($2::text[], $3::text[], $4::text[]) as asked (kind, name, digest)
     join catalogue_item i on i.connection_id = $1 and i.kind = asked.kind
       and i.name = asked.name and i.digest = asked.digest
     on conflict (connection_id, kind, name, digest) do update set
       state = excluded.state, how = excluded.how, by = excluded.by, by_name = excluded.by_name,
       note = excluded.note, at = now()
       where said.state <> excluded.state
     returning kind, name`,
    [
      connectionId,
      items.map(({ kind }) => kind),
      items.map(({ name }) => name),
      items.map(({ digest }) => digest),
      state,
      by,
      byName,
      note,
    ],
  );
  return new Set(
    z
      .array(settledRowSchema)
      .parse(rows)
      .map(({ kind, name }) => `${kind} ${name}`),
  );
}
