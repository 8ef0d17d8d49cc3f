import type { PolicyVocabularyView } from '@holdpoint/contracts';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { ConnectionRegistry } from '../connections/connection-registry.ts';
import { ToolCatalogue } from '../connections/tool-catalogue.ts';
import { Database } from '../platform/database.ts';
import { RotaRegistry } from '../rotas/rota-registry.ts';
import { argumentPaths } from './argument-paths.ts';

/** Bounds of the whole answer: it is for suggestions, and upstreams decide how much there is. */
const MAX_CONNECTIONS = 500;
const MAX_TOOLS = 3_000;
const MAX_ARGUMENTS = 10_000;
const MAX_GROUPS = 500;
const MAX_NAME = 256;

const groupRowsSchema = z.array(z.object({ name: z.string() }));

/** What a policy may speak about, as far as this gateway knows. */
@Injectable()
export class VocabularyService {
  constructor(
    private readonly registry: ConnectionRegistry,
    private readonly catalogue: ToolCatalogue,
    private readonly database: Database,
    private readonly rotas: RotaRegistry,
  ) {}

  async vocabulary(): Promise<PolicyVocabularyView> {
    const connections = this.registry.all().slice(0, MAX_CONNECTIONS);
    const named = connections.flatMap(({ callerGroups }) => callerGroups);
    const groups = new Set([...named, ...(await this.#groupsOfCallers())]);
    const left = { tools: MAX_TOOLS, arguments: MAX_ARGUMENTS };
    return {
      connections: connections.map(({ id, slug, title }) => {
        const tools = this.catalogue
          .list(id)
          .map(({ definition }) => definition)
          .filter(({ name }) => name.length <= MAX_NAME)
          .slice(0, left.tools);
        left.tools -= tools.length;
        return {
          slug,
          title,
          tools: tools.map(({ name, inputSchema }) => {
            const paths = argumentPaths(inputSchema).slice(0, left.arguments);
            left.arguments -= paths.length;
            return { name, arguments: paths };
          }),
        };
      }),
      rotas: [...(this.rotas.people()?.keys() ?? [])],
      groups: [...groups].toSorted().slice(0, MAX_GROUPS),
    };
  }

  /** Groups that callers of the newest sessions came with. */
  async #groupsOfCallers(): Promise<readonly string[]> {
    const { rows } = await this.database.pool.query(
      `select distinct value as name
       from (select caller from session order by started_at desc limit 500) recent,
            jsonb_array_elements_text(
              case when jsonb_typeof(caller -> 'groups') = 'array' then caller -> 'groups' else '[]' end
            ) as value
       where length(value) <= $1
       limit $2`,
      [MAX_NAME, MAX_GROUPS],
    );
    return groupRowsSchema.parse(rows).map(({ name }) => name);
  }
}
