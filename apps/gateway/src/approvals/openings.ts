import { Inject, Injectable } from '@nestjs/common';
import { Database } from '../platform/database.ts';
import type { Logger } from '../platform/logger.ts';
import { LOGGER } from '../platform/tokens.ts';
import { noteOpening } from './opening.sql.ts';

/** Openings that this process remembers having noted: a page that refreshes itself costs no write. */
const MAX_REMEMBERED = 10_000;

/** When reviewers were first shown a held call. Counted with, never decided by. */
@Injectable()
export class Openings {
  readonly #noted = new Set<string>();

  constructor(
    private readonly database: Database,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Never keeps anyone from reading: what can't be noted is missing in the numbers, no more. */
  async note(approvalId: string, personKey: string): Promise<void> {
    const key = `${approvalId} ${personKey}`;
    if (this.#noted.has(key)) return;
    try {
      await noteOpening(this.database.pool, approvalId, personKey);
      if (this.#noted.size >= MAX_REMEMBERED) this.#noted.clear();
      this.#noted.add(key);
    } catch (error) {
      this.logger.warn({ error: String(error) }, 'an opening could not be noted');
    }
  }
}
