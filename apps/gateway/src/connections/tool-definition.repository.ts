import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Database, type Queryable } from '../platform/database.ts';
import { parseJson } from '@holdpoint/mcp';
import { readTool, type ToolRecord } from './upstream-probe.ts';

export interface StoredTools {
  readonly tools: ReadonlyMap<string, StoredTool>;
  /** How long ago the oldest of them was listed, by the database's clock. */
  readonly ageMs: number;
}
export interface StoredTool {
  readonly definition: ToolRecord;
  readonly seenAt: Date;
}

const rowSchema = z.object({
  connection_id: z.string(),
  definition: z.string(),
  seen_at: z.date(),
  age_ms: z.coerce.number(),
});
const digestRowSchema = z.object({ name: z.string(), digest: z.string() });

/** Tools as their upstreams last defined them; `definition` holds the exact JSON text, as a string. */
@Injectable()
export class ToolDefinitionRepository {
  constructor(private readonly database: Database) {}

  async all(): Promise<ReadonlyMap<string, StoredTools>> {
    const { rows } = await this.database.pool.query(
      `select connection_id, definition #>> '{}' as definition, seen_at,
              extract(epoch from now() - seen_at) * 1000 as age_ms
       from tool_definition order by connection_id, name`,
    );
    const byConnection = Map.groupBy(z.array(rowSchema).parse(rows), (row) => row.connection_id);
    return new Map([...byConnection].map(([id, own]) => [id, toStoredTools(own)]));
  }

  /**
   * Serialises replicas that list the same connection at once: a change is recorded by one of them.
   * `undefined` when the connection was edited since: then the list may be another upstream's.
   */
  async lockDigests(
    client: Queryable,
    connectionId: string,
    version: number,
  ): Promise<ReadonlyMap<string, string> | undefined> {
    const locked = await client.query(
      'select 1 from connection where id = $1 and version = $2 for no key update',
      [connectionId, version],
    );
    if (locked.rowCount !== 1) return undefined;
    const { rows } = await client.query(
      'select name, digest from tool_definition where connection_id = $1',
      [connectionId],
    );
    return new Map(
      z
        .array(digestRowSchema)
        .parse(rows)
        .map(({ name, digest }) => [name, digest]),
    );
  }

  async replace(
    client: Queryable,
    connectionId: string,
    tools: readonly ToolRecord[],
  ): Promise<void> {
    await client.query(
      `insert into tool_definition (connection_id, name, digest, definition)
       select $1, name, digest, to_jsonb(definition)
       from unnest($2::text[], $3::text[], $4::text[]) as listed (name, digest, definition)
       on conflict (connection_id, name)
       do update set digest = excluded.digest, definition = excluded.definition, seen_at = now()`,
      [
        connectionId,
        tools.map((tool) => tool.name),
        tools.map((tool) => tool.digest),
        tools.map((tool) => tool.definitionText),
      ],
    );
    await client.query(
      'delete from tool_definition where connection_id = $1 and not name = any($2::text[])',
      [connectionId, tools.map((tool) => tool.name)],
    );
  }
}

function toStoredTools(rows: readonly z.infer<typeof rowSchema>[]): StoredTools {
  const tools = new Map<string, StoredTool>();
  for (const { definition: text, seen_at: seenAt } of rows) {
    const definition = readTool(text, parseJson(text, { mode: 'lenient' }));
    if (definition !== undefined) tools.set(definition.name, { definition, seenAt });
  }
  return { tools, ageMs: Math.max(...rows.map((row) => row.age_ms)) };
}
