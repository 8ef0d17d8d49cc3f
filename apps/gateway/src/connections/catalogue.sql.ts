import {
  catalogueKindSchema,
  firstCatalogueSchema,
  quarantineSchema,
  type CatalogueKind,
  type DefinitionWord,
  type FirstCatalogue,
  type Quarantine,
} from '@holdpoint/contracts';
import { z } from 'zod';
import type { Queryable } from '../platform/database.ts';
import type { DefinitionRecord } from './definition.ts';

/** What decides over a new list, as it stands in the database. */
export interface LockedCatalogue {
  readonly quarantine: Quarantine;
  readonly firstCatalogue: FirstCatalogue;
  readonly listedKinds: readonly CatalogueKind[];
  readonly cutKinds: readonly CatalogueKind[];
}

const lockedRowSchema = z.object({
  quarantine: quarantineSchema,
  first_catalogue: firstCatalogueSchema,
  catalogued_kinds: z.array(catalogueKindSchema),
  cut_kinds: z.array(catalogueKindSchema),
});
const digestRowSchema = z.object({ name: z.string(), digest: z.string(), missing: z.boolean() });
const acceptedRowSchema = z.object({ name: z.string(), digest: z.string() });

/**
 * Serialises replicas that list the same connection at once: a change is recorded by one of them.
 * `undefined` when the connection was edited since: then the list may be another upstream's.
 */
export async function lockCatalogue(
  on: Queryable,
  connectionId: string,
  version: number,
): Promise<LockedCatalogue | undefined> {
  const { rows } = await on.query(
    `select quarantine, first_catalogue, catalogued_kinds, cut_kinds
     from connection where id = $1 and version = $2 for no key update`,
    [connectionId, version],
  );
  if (rows[0] === undefined) return undefined;
  const row = lockedRowSchema.parse(rows[0]);
  return {
    quarantine: row.quarantine,
    firstCatalogue: row.first_catalogue,
    listedKinds: row.catalogued_kinds,
    cutKinds: row.cut_kinds,
  };
}

/** What was listed of a kind before, by name; also what is missing since. */
export async function listedBefore(
  on: Queryable,
  connectionId: string,
  kind: CatalogueKind,
): Promise<ReadonlyMap<string, { readonly digest: string; readonly missing: boolean }>> {
  const { rows } = await on.query(
    `select name, digest, missing_since is not null as missing
     from catalogue_item where connection_id = $1 and kind = $2`,
    [connectionId, kind],
  );
  return new Map(
    z
      .array(digestRowSchema)
      .parse(rows)
      .map(({ name, digest, missing }) => [name, { digest, missing }]),
  );
}

export async function keepItems(
  on: Queryable,
  connectionId: string,
  kind: CatalogueKind,
  items: readonly DefinitionRecord[],
): Promise<void> {
  await on.query(
    `insert into catalogue_item as known (connection_id, kind, name, digest, definition)
     select $1, $2, name, digest, to_jsonb(definition)
     from unnest($3::text[], $4::text[], $5::text[]) as listed (name, digest, definition)
     on conflict (connection_id, kind, name) do update set
       changed_at = case when known.digest = excluded.digest then known.changed_at else now() end,
       digest = excluded.digest,
       definition = case when known.definition = excluded.definition
                         then known.definition else excluded.definition end,
       seen_at = now(), missing_since = null`,
    [connectionId, kind, ...columnsOf(items)],
  );
}

/** What the upstream lists no more. */
export async function markMissing(
  on: Queryable,
  connectionId: string,
  kind: CatalogueKind,
  listed: readonly string[],
): Promise<void> {
  await on.query(
    `update catalogue_item set missing_since = now()
     where connection_id = $1 and kind = $2 and missing_since is null and not name = any($3::text[])`,
    [connectionId, kind, listed],
  );
}

/**
 * Accepts without a person. With `unlessKnown`, only items of which nothing was ever said. Answers
 * what was accepted by it.
 */
export async function acceptUnasked(
  on: Queryable,
  connectionId: string,
  kind: CatalogueKind,
  items: readonly DefinitionRecord[],
  how: Exclude<DefinitionWord['how'], 'person'>,
  unlessKnown: 'definition' | 'item',
): Promise<readonly { readonly name: string; readonly digest: string }[]> {
  const { rows } = await on.query(
    `insert into known_definition (connection_id, kind, name, digest, definition, state, how)
     select $1, $2, name, digest, to_jsonb(definition), 'accepted', $6
     from unnest($3::text[], $4::text[], $5::text[]) as listed (name, digest, definition)
     where not $7 or not exists (
       select 1 from known_definition said
       where said.connection_id = $1 and said.kind = $2 and said.name = listed.name)
     on conflict (connection_id, kind, name, digest) do nothing
     returning name, digest`,
    [connectionId, kind, ...columnsOf(items), how, unlessKnown === 'item'],
  );
  return z.array(acceptedRowSchema).parse(rows);
}

/** Of each kind so many missing items are remembered, the latest ones. */
const MISSING_KEPT = 2000;
/** Of each item so many definitions that no person accepted. */
const UNASKED_KEPT = 10;

/** An upstream that lists something else each time must not fill the database. What people said stays. */
export async function forgetOld(
  on: Queryable,
  connectionId: string,
  kind: CatalogueKind,
): Promise<void> {
  await on.query(
    `delete from catalogue_item where ctid = any (array(
       select ctid from catalogue_item
       where connection_id = $1 and kind = $2 and missing_since is not null
       order by missing_since desc, name offset $3))`,
    [connectionId, kind, MISSING_KEPT],
  );
  // The window is worked out once; joined, it would be for each row.
  await on.query(
    `delete from known_definition where ctid = any (array(
       select said.ctid from (
         select ctid, name, digest, row_number() over (partition by name order by at desc) as place
         from known_definition
         where connection_id = $1 and kind = $2 and how in ('new-resource', 'setting')) as said
       left join (
         select name, digest from catalogue_item where connection_id = $1 and kind = $2) as item
         using (name)
       where item.digest is null or (said.place > $3 and said.digest <> item.digest)))`,
    [connectionId, kind, UNASKED_KEPT],
  );
}

/** Every replica notices by the epoch, hint or no hint. */
export async function noteCatalogue(
  on: Queryable,
  connectionId: string,
  kinds: { readonly listed: readonly CatalogueKind[]; readonly cut: readonly CatalogueKind[] },
): Promise<void> {
  await on.query(
    `update connection set catalogued_kinds = $2, cut_kinds = $3,
       catalogue_epoch = catalogue_epoch + 1 where id = $1`,
    [connectionId, kinds.listed, kinds.cut],
  );
}

function columnsOf(items: readonly DefinitionRecord[]): readonly [string[], string[], string[]] {
  return [
    items.map(({ name }) => name),
    items.map(({ digest }) => digest),
    items.map(({ definitionText }) => definitionText),
  ];
}

/** What was said of a definition changes how its calls are judged. */
export async function raiseCatalogueEpoch(on: Queryable, connectionId: string): Promise<void> {
  await on.query('update connection set catalogue_epoch = catalogue_epoch + 1 where id = $1', [
    connectionId,
  ]);
}
