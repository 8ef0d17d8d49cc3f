import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database.ts';
import { isAsking, type Notice } from '../events/notice.ts';
import { ASKS_ANEW } from '../messages/overtaken.sql.ts';
import type { Attempt, Outgoing } from '../senders/attempt.ts';
import { JiraApi } from './jira-api.ts';
import { JiraTickets } from './jira-tickets.ts';
import { RestTickets } from './rest-tickets.ts';
import { HttpOutgoing } from '../../connections/http-outgoing.ts';
import {
  closeTicket,
  insertTicket,
  keepContent,
  nameTicket,
  ticketsOf,
  type NamedVerdicts,
  type TicketName,
  type TicketRow,
} from './ticket.sql.ts';
import { told, type TicketContent, type TicketSystem, type Told } from './ticket-system.ts';

/** All requests of one message together: the lane's lease is longer. */
const DEADLINE_MS = 60_000;

type TicketMessage = Outgoing<'jira'> | Outgoing<'rest'>;

/**
 * One ticket for each time that a step asks. What a ticket says never changes, so that whoever moved it
 * saw that; what happens later is a comment, and a ticket that asks no more is closed.
 */
@Injectable()
export class TicketSender {
  constructor(
    private readonly database: Database,
    private readonly jira: JiraApi,
    private readonly outgoing: HttpOutgoing,
  ) {}

  async send(message: TicketMessage): Promise<Attempt> {
    const system = this.#systemOf(message);
    if (system === undefined)
      return { kind: 'refused', status: null, answer: 'the channel has no secret to sign in with' };
    const { notice } = message;
    if (notice.event === 'channel.test') return test(message, system);
    const tickets = await ticketsOf(this.database.pool, message.channelId, message.thread);
    const done = await this.#tell(message, system, tickets);
    return done.ok ? delivered(done.value) : done.failed;
  }

  #systemOf({ config, secrets }: TicketMessage): TicketSystem | undefined {
    const deadline = AbortSignal.timeout(DEADLINE_MS);
    if (config.kind === 'rest') {
      const { headerValue } = secrets;
      return new RestTickets(this.outgoing, { config, headerValue, deadline });
    }
    const { apiToken } = secrets;
    return apiToken === undefined
      ? undefined
      : new JiraTickets(this.jira, { config, apiToken, deadline });
  }

  async #tell(
    message: TicketMessage,
    system: TicketSystem,
    tickets: readonly TicketRow[],
  ): Promise<Told<string>> {
    const { notice, messageId, isFollowUp } = message;
    const earlier = tickets.filter((ticket) => ticket.messageId !== messageId);
    const isOwn = earlier.length < tickets.length;
    if (notice.event === 'approval.settled') return this.#settle(message, system, tickets);
    const latest = earlier.findLast(({ name }) => name !== null);
    const isAskedBy =
      latest !== undefined && !latest.isClosed && latest.step === notice.decision?.step;
    const isRemark = isAsking(notice.event) ? isAskedBy : latest !== undefined;
    if (!isOwn && isRemark && !ASKS_ANEW.includes(notice.event))
      return remark(system, latest?.name ?? null, notice);
    if (isFollowUp) return nothingThere();
    const opened = await this.#open(message, system, tickets);
    if (!opened.ok) return opened;
    const words = `This ticket asks nobody any more: ${opened.value.key} does.`;
    const closed = await this.#closeAll(system, earlier, { notice, words }, 'superseded');
    return closed.ok ? told(`opened ${opened.value.key}${closed.value}`) : closed;
  }

  async #open(
    message: TicketMessage,
    system: TicketSystem,
    tickets: readonly TicketRow[],
  ): Promise<Told<TicketName>> {
    const { pool } = this.database;
    const { messageId, channelId, thread, notice } = message;
    const known = tickets.find((ticket) => ticket.messageId === messageId);
    const decides = decidesOf(message);
    const digest = decides === 'both' ? (notice.decision?.digest ?? null) : null;
    const step = notice.decision?.step ?? null;
    const verdicts = decides === 'nothing' ? null : verdictsOf(message);
    // What is asked of the other side is written down first: an answer may be lost, or this process.
    if (known === undefined)
      await insertTicket(pool, { messageId, channelId, thread, step, digest, verdicts });
    const content = { notice, reference: messageId, decides };
    const named = known?.name ?? null;
    const made = named === null ? await make(system, content, known !== undefined) : told(named);
    if (!made.ok) return made;
    await nameTicket(pool, messageId, made.value);
    if (decides === 'nothing' || (known?.contentHash ?? null) !== null) return made;
    const hash = await system.contentOf(made.value);
    if (!hash.ok) return hash;
    if (hash.value !== null) await keepContent(pool, messageId, hash.value);
    return made;
  }

  async #settle(
    message: TicketMessage,
    system: TicketSystem,
    tickets: readonly TicketRow[],
  ): Promise<Told<string>> {
    const { notice, isFollowUp } = message;
    if (tickets.length === 0) {
      if (isFollowUp) return nothingThere();
      const opened = await this.#open(message, system, tickets);
      return opened.ok ? told(`opened ${opened.value.key}`) : opened;
    }
    const status = notice.facts?.kind === 'approval' ? notice.facts.state : 'settled';
    const closed = await this.#closeAll(system, tickets, { notice, words: null }, status);
    return closed.ok ? told(`told${closed.value}`) : closed;
  }

  /** One after the other; which of them are done is kept, for another attempt. */
  async #closeAll(
    system: TicketSystem,
    tickets: readonly TicketRow[],
    about: { readonly notice: Notice; readonly words: string | null },
    status: string,
  ): Promise<Told<string>> {
    const { pool } = this.database;
    let words = '';
    for (const ticket of tickets.filter(({ isClosed }) => !isClosed)) {
      const name = ticket.name === null ? await system.find(ticket.messageId) : told(ticket.name);
      if (!name.ok) return name;
      if (name.value !== undefined) {
        await nameTicket(pool, ticket.messageId, name.value);
        const closed = await system.close(name.value, about, status);
        if (!closed.ok) return closed;
        words += `; ${name.value.key}: ${closed.value}`;
      }
      await closeTicket(pool, ticket.messageId);
    }
    return told(words);
  }
}

/** Made before, if an attempt before this one got that far. */
async function make(
  system: TicketSystem,
  content: TicketContent,
  wasTried: boolean,
): Promise<Told<TicketName>> {
  if (wasTried) {
    const found = await system.find(content.reference);
    if (!found.ok) return found;
    if (found.value !== undefined) return told(found.value);
  }
  return system.create(content);
}

/** What moving the ticket decides. INVARIANT: nobody approves by a ticket what it doesn't show whole. */
function decidesOf({ notice: { decision }, config }: TicketMessage): TicketContent['decides'] {
  const isTaken = config.kind === 'jira' ? config.verdicts !== null : config.verdicts;
  if (!isTaken || decision === null) return 'nothing';
  return config.withArguments && decision.digest !== null ? 'both' : 'denial';
}

function verdictsOf({ config }: TicketMessage): NamedVerdicts | null {
  return config.kind === 'jira' ? config.verdicts : null;
}

async function remark(
  system: TicketSystem,
  ticket: TicketName | null,
  notice: Notice,
): Promise<Told<string>> {
  if (ticket === null) return nothingThere();
  const commented = await system.comment(ticket, { notice, words: null });
  return commented.ok ? told(`${commented.value} on ${ticket.key}`) : commented;
}

/** Everything that is ever done there, with a ticket that asks nobody. */
async function test(message: TicketMessage, system: TicketSystem): Promise<Attempt> {
  const { notice, messageId } = message;
  const checked = await system.check();
  if (!checked.ok) return checked.failed;
  const made = await system.create({ notice, reference: messageId, decides: 'nothing' });
  if (!made.ok) return made.failed;
  const closed = await system.close(made.value, { notice, words: null }, 'test');
  if (!closed.ok) return closed.failed;
  return delivered(`opened ${made.value.key}; ${closed.value}${checked.value}`);
}

function nothingThere(): Told<never> {
  return { ok: false, failed: { kind: 'dropped', answer: 'no ticket was made about it' } };
}

function delivered(answer: string): Attempt {
  return { kind: 'delivered', status: null, answer };
}
