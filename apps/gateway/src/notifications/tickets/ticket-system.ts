import type { Notice } from '../events/notice.ts';
import type { Attempt } from '../senders/attempt.ts';
import type { TicketName } from './ticket.sql.ts';

/** What one request came to. */
export type Told<Value> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly failed: Attempt };

export function told<Value>(value: Value): Told<Value> {
  return { ok: true, value };
}

/** What a ticket is made of. */
export interface TicketContent {
  readonly notice: Notice;
  /** Unique, and the same in each attempt: what was made by it is found again. */
  readonly reference: string;
  /** What moving it decides: nothing, a denial alone, or either. */
  readonly decides: 'nothing' | 'denial' | 'both';
}

/** A remark beneath a ticket: what happened, and what that means for it. */
export interface TicketRemark {
  readonly notice: Notice;
  readonly words: string | null;
}

/** The other side, by the few things that are done there. */
export interface TicketSystem {
  /** What an interrupted `create` left behind. */
  find(reference: string): Promise<Told<TicketName | undefined>>;
  create(content: TicketContent): Promise<Told<TicketName>>;
  /** Hash of the texts as they are there; `null` where they can't be read. */
  contentOf(ticket: TicketName): Promise<Told<string | null>>;
  comment(ticket: TicketName, remark: TicketRemark): Promise<Told<string>>;
  /** Away from those that ask. Answers what was done, in words for the log. */
  close(ticket: TicketName, remark: TicketRemark, status: string): Promise<Told<string>>;
  /** Whether it could do what the channel's settings say. */
  check(): Promise<Told<string>>;
}
