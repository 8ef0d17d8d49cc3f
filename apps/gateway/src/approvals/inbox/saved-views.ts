import type { SavedView, SavedViewInput, SavedViewList } from '@holdpoint/contracts';
import { Injectable } from '@nestjs/common';
import type { SignedInPerson } from '../../identity/signed-in-person.ts';
import { Database, type Queryable } from '../../platform/database.ts';
import { GatewayError } from '../../platform/gateway.error.ts';
import { newId } from '../../platform/new-id.ts';
import {
  clearDefault,
  deleteView,
  insertView,
  lockViews,
  updateView,
  viewsOf,
} from './saved-view.sql.ts';

/** More than a menu holds. */
const MAX_VIEWS = 50;

/** Filtered inboxes that a person gave a name. Nobody else sees or uses them. */
@Injectable()
export class SavedViews {
  constructor(private readonly database: Database) {}

  async list(person: SignedInPerson): Promise<SavedViewList> {
    return { items: await viewsOf(this.database.pool, person.key) };
  }

  create(input: SavedViewInput, person: SignedInPerson): Promise<SavedViewList> {
    return this.#change(person, async (client, known) => {
      if (known.length >= MAX_VIEWS)
        throw new GatewayError(
          'invalid_input',
          `You have ${MAX_VIEWS} views. Delete one of them first.`,
        );
      if (input.isDefault) await clearDefault(client, person.key);
      if (!(await insertView(client, person.key, { ...input, id: newId() }))) throw taken();
    });
  }

  change(id: string, input: SavedViewInput, person: SignedInPerson): Promise<SavedViewList> {
    return this.#change(person, async (client, known) => {
      if (known.some((view) => view.id !== id && view.name === input.name)) throw taken();
      if (input.isDefault) await clearDefault(client, person.key);
      if (!(await updateView(client, person.key, { ...input, id })))
        throw new GatewayError('not_found', 'You have no such view any more. Reload the page.');
    });
  }

  remove(id: string, person: SignedInPerson): Promise<SavedViewList> {
    return this.#change(person, (client) => deleteView(client, person.key, id));
  }

  #change(
    { key }: SignedInPerson,
    work: (client: Queryable, known: readonly SavedView[]) => Promise<void>,
  ): Promise<SavedViewList> {
    return this.database.transaction(async (client) => {
      await lockViews(client, key);
      await work(client, await viewsOf(client, key));
      return { items: await viewsOf(client, key) };
    });
  }
}

function taken(): GatewayError {
  const message = 'You have a view of this name already. Choose another one.';
  return new GatewayError('name_taken', message, { fields: { name: message } });
}
