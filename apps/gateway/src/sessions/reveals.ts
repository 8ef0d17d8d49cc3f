import { Injectable } from '@nestjs/common';
import { Ledger } from '../audit/ledger.ts';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import type { SessionRow } from './session.repository.ts';

/** The session that an opened request belongs to. */
export type RevealedSession = Pick<SessionRow, 'id' | 'connection_id' | 'slug'>;

/** People and frames remembered before the oldest are forgotten, and would be recorded again. */
const REMEMBERED = 50_000;

/**
 * Who opened which exact request. A page that refetches does not record the same reveal again while
 * this process remembers it; forgetting costs a second entry, never a missing one.
 */
@Injectable()
export class Reveals {
  readonly #recorded = new Set<string>();

  constructor(private readonly ledger: Ledger) {}

  /** INVARIANT: resolves once the reveal is committed; only then may a payload be shown. */
  async record(
    person: SignedInPerson,
    session: RevealedSession,
    frameIds: readonly string[],
  ): Promise<void> {
    const fresh = frameIds.filter((id) => !this.#recorded.has(`${person.key} ${id}`));
    if (fresh.length === 0) return;
    await this.ledger.append({
      kind: 'frame.revealed',
      connection: { id: session.connection_id, slug: session.slug },
      sessionId: session.id,
      who: person.key,
      data: { person: person.name, revealed: fresh },
    });
    for (const id of fresh) this.#remember(`${person.key} ${id}`);
  }

  #remember(key: string): void {
    this.#recorded.add(key);
    if (this.#recorded.size <= REMEMBERED) return;
    const [oldest] = this.#recorded;
    if (oldest !== undefined) this.#recorded.delete(oldest);
  }
}
