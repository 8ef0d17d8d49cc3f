import { isTimeZone, shiftAt } from '@holdpoint/approval';
import type { RotaInput, RotaList, RotaUpdate } from '@holdpoint/contracts';
import { Injectable } from '@nestjs/common';
import type { EntryDraft } from '../audit/entry.ts';
import { Ledger } from '../audit/ledger.ts';
import { PeopleRepository } from '../identity/people.repository.ts';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { ChangeBus } from '../platform/change-bus.ts';
import { Database, type Queryable } from '../platform/database.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import { ChainWatch, keysOf } from './chain-watch.ts';
import { RotaRegistry, toRota } from './rota-registry.ts';
import { deleteRota, insertRota, listRotas, lockRotas, updateRota } from './rota.sql.ts';

/** What admins do with rotas. Each change, its entry and the alarms it raises are one transaction. */
@Injectable()
export class RotasService {
  constructor(
    private readonly database: Database,
    private readonly ledger: Ledger,
    private readonly bus: ChangeBus,
    private readonly people: PeopleRepository,
    private readonly registry: RotaRegistry,
    private readonly watch: ChainWatch,
  ) {}

  async list(): Promise<RotaList> {
    const rows = await listRotas(this.database.pool);
    const nameOf = await this.people.refsOf(rows.flatMap(keysOf));
    const now = new Date();
    return {
      items: rows.map(({ updatedAt, ...row }) => {
        const shift = shiftAt(toRota(row), now);
        return {
          ...row,
          names: [...new Set(keysOf(row))].map(nameOf),
          onCall: shift ? { person: nameOf(shift.person), until: shift.to.toISOString() } : null,
          updatedAt: updatedAt.toISOString(),
        };
      }),
    };
  }

  async create(input: RotaInput, person: SignedInPerson): Promise<RotaList> {
    checkInput(input);
    return this.#change(person, async (client) => {
      if (!(await insertRota(client, input))) throw nameTaken();
      return entryOf('rota.created', input, person);
    });
  }

  async update(name: string, input: RotaUpdate, person: SignedInPerson): Promise<RotaList> {
    checkInput(input);
    return this.#change(person, async (client) => {
      if (!(await updateRota(client, { ...input, name }))) throw stale();
      return entryOf('rota.updated', { ...input, name }, person);
    });
  }

  remove(name: string, person: SignedInPerson): Promise<RotaList> {
    return this.#change(person, async (client) => {
      if (!(await deleteRota(client, name))) throw notFound();
      return { kind: 'rota.removed', who: person.key, target: name, data: { person: person.name } };
    });
  }

  /** Here the change is in force when it returns; elsewhere as soon as the hint or the poll arrives. */
  async #change(
    person: SignedInPerson,
    work: (client: Queryable) => Promise<EntryDraft>,
  ): Promise<RotaList> {
    await this.database.transaction(async (client) => {
      await lockRotas(client);
      await this.ledger.appendIn(client, await work(client));
      await this.watch.settleIn(client, person);
      await this.bus.announce('connections', null, client);
    });
    await this.registry.refresh();
    return this.list();
  }
}

function checkInput({ timeZone, people }: RotaInput): void {
  const fields: Record<string, string> = {};
  if (!isTimeZone(timeZone)) {
    fields['timeZone'] = 'There is no such time zone. Write one such as Europe/Berlin.';
  }
  if (new Set(people).size < people.length) fields['people'] = 'Somebody is named twice.';
  const [message] = Object.values(fields);
  if (message !== undefined) throw new GatewayError('invalid_input', message, { fields });
}

function entryOf(kind: string, input: RotaInput, person: SignedInPerson): EntryDraft {
  const { name, title, timeZone, shift, startsOn, handOver, people, overrides } = input;
  return {
    kind,
    who: person.key,
    target: name,
    data: {
      person: person.name,
      rota: { title, timeZone, shift, startsOn, handOver, people, overrides },
    },
  };
}

function nameTaken(): GatewayError {
  const message = 'There is a rota of this name already.';
  return new GatewayError('name_taken', message, { fields: { name: message } });
}

function stale(): GatewayError {
  return new GatewayError(
    'stale_version',
    'Somebody else changed or removed this rota meanwhile. Reload, and make your change again.',
  );
}

function notFound(): GatewayError {
  return new GatewayError('not_found', 'There is no such rota. Reload the list.');
}
