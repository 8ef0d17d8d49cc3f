import type { ApprovalNote, NoteInput } from '@holdpoint/contracts';
import { Injectable } from '@nestjs/common';
import { Ledger } from '../audit/ledger.ts';
import { ConnectionRegistry } from '../connections/connection-registry.ts';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { ChangeBus } from '../platform/change-bus.ts';
import { Database, type Queryable } from '../platform/database.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import { newId } from '../platform/new-id.ts';
import type { ApprovalRecord } from './approval.ts';
import { lockApproval } from './approval.sql.ts';
import { ChainTimes } from './chain-time.ts';
import { mayOpen } from './may-open.ts';
import { insertNote, MAX_NOTES, wasAsked } from './note.sql.ts';
import { answersForIt, askableKey } from './talk.ts';
import { notFound } from './verdicts.service.ts';

const ENTRY_KINDS: Readonly<Record<ApprovalNote['kind'], string>> = {
  comment: 'approval.commented',
  question: 'approval.asked',
  // `approval.answered` is the upstream's answer.
  answer: 'approval.explained',
};

/** What people say about an approval. None of it is a verdict, and the agent hears none of it. */
@Injectable()
export class NotesService {
  constructor(
    private readonly database: Database,
    private readonly ledger: Ledger,
    private readonly bus: ChangeBus,
    private readonly connections: ConnectionRegistry,
    private readonly chainTimes: ChainTimes,
  ) {}

  /** A reviewer's comment, or their question to whoever answers for the agent. */
  add(approvalId: string, { kind, text }: NoteInput, person: SignedInPerson): Promise<void> {
    return this.#say(approvalId, kind, text, person, async (client, approval) => {
      const askable = await askableKey(client, approval);
      if (
        !mayOpen(approval, person, this.chainTimes.onCall()) ||
        answersForIt(approval, person, askable)
      ) {
        throw new GatewayError(
          'not_a_reviewer',
          'Only the reviewers of this approval comment on it and ask about it.',
        );
      }
      if (kind === 'comment') return null;
      if (askable !== null) return askable;
      throw new GatewayError(
        'unowned_service',
        'Nobody owns this service identity, so there is nobody to ask. An admin sets its owner.',
      );
    });
  }

  /** The answer of somebody who was asked, with a role or without. */
  answer(approvalId: string, text: string, person: SignedInPerson): Promise<void> {
    return this.#say(approvalId, 'answer', text, person, async (client) => {
      // Who wasn't asked isn't told that there is such an approval.
      if (!(await wasAsked(client, approvalId, person.key))) throw notFound();
      return null;
    });
  }

  async #say(
    approvalId: string,
    kind: ApprovalNote['kind'],
    text: string,
    person: SignedInPerson,
    check: (client: Queryable, approval: ApprovalRecord) => Promise<string | null>,
  ): Promise<void> {
    await this.database.transaction(async (client) => {
      // The row's lock orders what is said, so that the bound on it is exact.
      const approval = await lockApproval(client, approvalId);
      if (!approval) throw notFound();
      const askedOf = await check(client, approval);
      const note = { id: newId(), approvalId, kind, person, askedOf, text: visibleNul(text) };
      if (!(await insertNote(client, note))) throw notTaken(kind, approval);
      const connection = this.connections.byId(approval.connectionId);
      await this.ledger.appendIn(client, {
        kind: ENTRY_KINDS[kind],
        connection: connection && { id: connection.id, slug: connection.slug },
        sessionId: approval.sessionId,
        callId: approval.callId,
        approvalId,
        who: person.key,
        method: approval.method,
        target: approval.target,
        data: { note: note.id, person: person.name, text: note.text, ...(askedOf && { askedOf }) },
      });
    });
    await this.bus.announce('approvals', approvalId).catch(() => undefined);
  }
}

/** The database keeps no NUL. */
function visibleNul(text: string): string {
  return text.replaceAll('\0', '␀').toWellFormed();
}

function notTaken(kind: ApprovalNote['kind'], { state }: ApprovalRecord): GatewayError {
  if (kind === 'question' && state !== 'held') {
    return new GatewayError(
      'settled',
      'Your question was not sent: this call was settled before. Comment on it instead.',
    );
  }
  return new GatewayError(
    'too_many_notes',
    `Nothing was added: ${MAX_NOTES} things were said about this approval already, or its time ran out.`,
  );
}
