import { isTimeZone } from '@holdpoint/approval';
import type { RouteInput, RouteList, RouteUpdate } from '@holdpoint/contracts';
import { Injectable } from '@nestjs/common';
import type { EntryDraft } from '../../audit/entry.ts';
import { Ledger } from '../../audit/ledger.ts';
import type { SignedInPerson } from '../../identity/signed-in-person.ts';
import { Database, type Queryable } from '../../platform/database.ts';
import { GatewayError } from '../../platform/gateway.error.ts';
import { newId } from '../../platform/new-id.ts';
import { lockChannels } from '../channels/channel.sql.ts';
import { deleteRoute, insertRoute, listRoutes, updateRoute } from './route.sql.ts';

/** What admins do with routes. Each change and its entry are one transaction. */
@Injectable()
export class RoutesService {
  constructor(
    private readonly database: Database,
    private readonly ledger: Ledger,
  ) {}

  async list(): Promise<RouteList> {
    const rows = await listRoutes(this.database.pool);
    return {
      items: rows.map(({ updated_at, ...row }) => ({
        ...row,
        updatedAt: updated_at.toISOString(),
      })),
    };
  }

  create(input: RouteInput, person: SignedInPerson): Promise<RouteList> {
    const id = newId();
    return this.#change(async (client) => {
      await checkInput(client, input);
      await insertRoute(client, id, input);
      return entryOf('route.created', id, input, person);
    });
  }

  update(id: string, input: RouteUpdate, person: SignedInPerson): Promise<RouteList> {
    return this.#change(async (client) => {
      await checkInput(client, input);
      if (!(await updateRoute(client, id, input))) throw stale();
      return entryOf('route.updated', id, input, person);
    });
  }

  remove(id: string, person: SignedInPerson): Promise<RouteList> {
    return this.#change(async (client) => {
      const title = await deleteRoute(client, id);
      if (title === undefined) throw stale();
      const data = { person: person.name, route: id };
      return { kind: 'route.removed', who: person.key, target: title, data };
    });
  }

  async #change(work: (client: Queryable) => Promise<EntryDraft>): Promise<RouteList> {
    await this.database.transaction(async (client) => {
      await this.ledger.appendIn(client, await work(client));
    });
    return this.list();
  }
}

async function checkInput(client: Queryable, { match, channels }: RouteInput): Promise<void> {
  const fields: Record<string, string> = {};
  if (match.hours !== null && !isTimeZone(match.hours.timeZone)) {
    fields['match.hours.timeZone'] = 'There is no such time zone. Write one such as Europe/Berlin.';
  }
  const known = new Set(await lockChannels(client));
  if (channels.some((id) => !known.has(id))) {
    fields['channels'] = 'One of these channels was removed. Choose again.';
  }
  const [message] = Object.values(fields);
  if (message !== undefined) throw new GatewayError('invalid_input', message, { fields });
}

function entryOf(kind: string, id: string, input: RouteInput, person: SignedInPerson): EntryDraft {
  const { title, enabled, match, channels } = input;
  return {
    kind,
    who: person.key,
    target: title,
    data: { person: person.name, route: id, enabled, match, channels },
  };
}

function stale(): GatewayError {
  return new GatewayError(
    'stale_version',
    'Somebody else changed or removed this route meanwhile. Reload, and make your change again.',
  );
}
