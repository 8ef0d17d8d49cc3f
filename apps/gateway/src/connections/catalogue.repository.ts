import { catalogueKindSchema, type CatalogueKind } from '@holdpoint/contracts';
import { parseJson } from '@holdpoint/mcp';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Database } from '../platform/database.ts';
import { readTool, type ToolRecord } from './definition.ts';

/** What the data path knows of one connection's upstream. */
export interface KnownCatalogue {
  readonly items: ReadonlyMap<ItemKey, KnownItem>;
  /** What was said about definitions: item → digest → word. */
  readonly words: ReadonlyMap<ItemKey, ReadonlyMap<string, Word>>;
  /** The kinds of which a first list is known. */
  readonly listedKinds: ReadonlySet<CatalogueKind>;
  /** How long ago its tools were listed, by the database's clock. */
  readonly ageMs: number;
}

export interface KnownItem {
  readonly kind: CatalogueKind;
  readonly name: string;
  readonly digest: string;
  readonly changedAt: Date;
  readonly seenAt: Date;
  /** Only of a tool. */
  readonly tool: ToolRecord | undefined;
}

export type Word = 'accepted' | 'blocked';
export type ItemKey = `${CatalogueKind} ${string}`;

export function itemKey(kind: CatalogueKind, name: string): ItemKey {
  return `${kind} ${name}`;
}

const connectionRowSchema = z.object({
  id: z.string(),
  catalogued_kinds: z.array(catalogueKindSchema),
});
const itemRowSchema = z.object({
  connection_id: z.string(),
  kind: catalogueKindSchema,
  name: z.string(),
  digest: z.string(),
  definition: z.string().nullable(),
  changed_at: z.date(),
  seen_at: z.date(),
  age_ms: z.coerce.number(),
});
type ItemRow = z.infer<typeof itemRowSchema>;
const wordRowSchema = z.object({
  connection_id: z.string(),
  kind: catalogueKindSchema,
  name: z.string(),
  digest: z.string(),
  state: z.enum(['accepted', 'blocked']),
});

/** Catalogues as the data path needs them; what pages show beside that is read when they ask. */
@Injectable()
export class CatalogueRepository {
  /** A definition is parsed once, however often the table is read. */
  #parsed: ReadonlyMap<string, ToolRecord> = new Map();

  constructor(private readonly database: Database) {}

  async all(): Promise<ReadonlyMap<string, KnownCatalogue>> {
    const { pool } = this.database;
    const connections = await pool.query('select id, catalogued_kinds from connection');
    const listed = await pool.query(
      `select connection_id, kind, name, digest, changed_at, seen_at,
              case when kind = 'tool' then definition #>> '{}' end as definition,
              extract(epoch from now() - seen_at) * 1000 as age_ms
       from catalogue_item where missing_since is null order by connection_id, kind, name`,
    );
    const said = await pool.query(
      'select connection_id, kind, name, digest, state from known_definition',
    );
    const items = Map.groupBy(
      z.array(itemRowSchema).parse(listed.rows),
      (row) => row.connection_id,
    );
    const words = Map.groupBy(z.array(wordRowSchema).parse(said.rows), (row) => row.connection_id);
    const parsed = new Map<string, ToolRecord>();
    const known = z
      .array(connectionRowSchema)
      .parse(connections.rows)
      .map(({ id, catalogued_kinds: kinds }): [string, KnownCatalogue] => [
        id,
        {
          items: new Map(
            (items.get(id) ?? []).map((row) => [
              itemKey(row.kind, row.name),
              this.#item(row, parsed),
            ]),
          ),
          words: wordsOf(words.get(id) ?? []),
          listedKinds: new Set(kinds),
          ageMs: Math.max(
            0,
            ...(items.get(id) ?? []).filter(isTool).map(({ age_ms: ageMs }) => ageMs),
          ),
        },
      ]);
    this.#parsed = parsed;
    return new Map(known);
  }

  #item(row: ItemRow, parsed: Map<string, ToolRecord>): KnownItem {
    const { kind, name, digest, definition: text } = row;
    const key = `${row.connection_id} ${name}`;
    const before = this.#parsed.get(key);
    const tool =
      text === null
        ? undefined
        : before?.definitionText === text
          ? before
          : readTool(text, parseJson(text, { mode: 'lenient' }));
    if (tool !== undefined) parsed.set(key, tool);
    return { kind, name, digest, changedAt: row.changed_at, seenAt: row.seen_at, tool };
  }
}

function isTool({ kind }: ItemRow): boolean {
  return kind === 'tool';
}

function wordsOf(
  rows: readonly z.infer<typeof wordRowSchema>[],
): ReadonlyMap<ItemKey, ReadonlyMap<string, Word>> {
  const grouped = Map.groupBy(rows, ({ kind, name }) => itemKey(kind, name));
  return new Map(
    [...grouped].map(([key, own]) => [
      key,
      new Map(own.map(({ digest, state }) => [digest, state])),
    ]),
  );
}
