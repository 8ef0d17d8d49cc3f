import type { ApprovalSummary, InboxIndex, InboxRows } from '@holdpoint/contracts';
import { toFailure, type ApiFailure } from '../../lib/api.ts';
import {
  arrange,
  idsOf,
  reconcile,
  reconcileSome,
  toggled,
  withoutGone,
  type Arrangement,
} from './arrangement.ts';

/** What it asks the gateway. */
export interface InboxQuestions {
  index(): Promise<InboxIndex>;
  /** At most `rowsAtOnce` ids. */
  rows(ids: readonly string[]): Promise<InboxRows>;
}

export interface InboxState {
  /** `undefined` before the first answer. */
  readonly arrangement: Arrangement | undefined;
  readonly rows: ReadonlyMap<string, ApprovalSummary>;
  readonly capped: boolean;
  readonly snoozedCount: number;
  readonly nextWakeAt: string | null;
  readonly failure: ApiFailure | undefined;
}

/** More hints than these at once are answered by the index alone. */
const MANY_HINTS = 200;
/** From so many on, alike calls are folded where nobody said how they should stand. */
const FOLD_FROM = 21;

/**
 * The pending approvals of one set of filters, kept in step with the gateway: the index says which
 * there are, rows are asked for when they are in sight or a hint names them.
 *
 * INVARIANT: one question at a time. Each is asked after the answer before it was taken in, so that no
 * older snapshot overtakes a newer one, and nothing is missed or doubled.
 */
export class InboxSync {
  readonly #ask: InboxQuestions;
  readonly #alike: 'grouped' | 'apart' | null;
  readonly #rowsAtOnce: number;
  readonly #listeners = new Set<() => void>();
  #state: InboxState = {
    arrangement: undefined,
    rows: new Map(),
    capped: false,
    snoozedCount: 0,
    nextWakeAt: null,
    failure: undefined,
  };
  #inSight: readonly string[] = [];
  #wantsIndex = false;
  readonly #wanted = new Set<string>();
  #running = false;

  constructor(ask: InboxQuestions, alike: 'grouped' | 'apart' | null, rowsAtOnce: number) {
    this.#ask = ask;
    this.#alike = alike;
    this.#rowsAtOnce = rowsAtOnce;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  };
  readonly snapshot = (): InboxState => this.#state;

  /** Asks for everything that is on the screen. */
  refresh(): void {
    this.#wantsIndex = true;
    for (const id of this.#inSight) this.#wanted.add(id);
    void this.#run();
  }

  /** Something may have changed: these approvals, or with `null` anything. */
  hear(ids: readonly string[] | null): void {
    if (ids === null) return this.refresh();
    for (const id of ids) this.#wanted.add(id);
    void this.#run();
  }

  /** These rows are on the screen. */
  see(ids: readonly string[]): void {
    this.#inSight = ids;
    for (const id of ids) if (!this.#state.rows.has(id)) this.#wanted.add(id);
    void this.#run();
  }

  /** The person opened something else: what left may go. */
  moveOn(openedId: string | null): void {
    const { arrangement } = this.#state;
    if (arrangement !== undefined) this.#set({ arrangement: withoutGone(arrangement, openedId) });
  }

  toggle(lead: string): void {
    const { arrangement } = this.#state;
    if (arrangement !== undefined) this.#set({ arrangement: toggled(arrangement, lead) });
  }

  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    try {
      while (this.#wantsIndex || this.#wanted.size > 0) await this.#askOnce();
      if (this.#state.failure !== undefined) this.#set({ failure: undefined });
    } catch (error) {
      // The next poll or hint asks again, for everything.
      this.#wanted.clear();
      this.#wantsIndex = false;
      this.#set({ failure: toFailure(error) });
    } finally {
      this.#running = false;
    }
  }

  async #askOnce(): Promise<void> {
    if (this.#wanted.size > MANY_HINTS) {
      this.#wanted.clear();
      this.refresh();
    }
    if (this.#wantsIndex || this.#state.arrangement === undefined) {
      this.#wantsIndex = false;
      this.#takeIndex(await this.#ask.index());
      return;
    }
    const ids = [...this.#wanted].slice(0, this.#rowsAtOnce);
    for (const id of ids) this.#wanted.delete(id);
    this.#takeRows(ids, await this.#ask.rows(ids));
  }

  #takeIndex({ items, groups, capped, snoozedCount, nextWakeAt }: InboxIndex): void {
    const placed = items.map(({ id, group }) => ({ id, group: groups[group] ?? id }));
    const before = this.#state.arrangement;
    const folded = this.#alike === null ? placed.length >= FOLD_FROM : this.#alike === 'grouped';
    const arrangement = before === undefined ? arrange(placed, folded) : reconcile(before, placed);
    // Of what left while it was in sight, the page says what became of it.
    for (const id of this.#inSight)
      if (arrangement.gone.has(id) && before?.gone.has(id) === false) this.#wanted.add(id);
    this.#set({ arrangement, capped, snoozedCount, nextWakeAt });
  }

  #takeRows(ids: readonly string[], { items }: InboxRows): void {
    const { arrangement } = this.#state;
    if (arrangement === undefined) return;
    const rows = new Map(this.#state.rows);
    for (const { approval } of items) rows.set(approval.id, approval);
    const found = new Set(items.map(({ approval }) => approval.id));
    const next = reconcileSome(arrangement, [
      ...items.map(({ approval, listed }) => ({
        id: approval.id,
        group: approval.inbox.group,
        listed,
      })),
      ...ids.filter((id) => !found.has(id)).map((id) => ({ id, group: id, listed: false })),
    ]);
    const kept = new Set(idsOf(next));
    for (const id of rows.keys()) if (!kept.has(id)) rows.delete(id);
    this.#set({ arrangement: next, rows });
  }

  #set(change: Partial<InboxState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}
