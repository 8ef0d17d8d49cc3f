import type { ApprovalTalk, PersonRef } from '@holdpoint/contracts';
import { Injectable } from '@nestjs/common';
import { PeopleRepository } from '../identity/people.repository.ts';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { Database, type Queryable } from '../platform/database.ts';
import type { ApprovalRecord } from './approval.ts';
import { notesOf } from './note.sql.ts';
import { ownersNow } from './verdict.sql.ts';

/** What people said about an approval, and what this person may add to it. */
@Injectable()
export class Talk {
  constructor(
    private readonly database: Database,
    private readonly people: PeopleRepository,
  ) {}

  /** `mayOpen`: whether the reader is one of its reviewers, or it is their call. */
  async of(
    record: ApprovalRecord,
    person: SignedInPerson,
    mayOpen: boolean,
  ): Promise<ApprovalTalk> {
    const { pool } = this.database;
    const [notes, askable] = await Promise.all([notesOf(pool, record.id), this.#askable(record)]);
    const mayComment = mayOpen && !answersForIt(record, person, askable?.person.key);
    return {
      notes,
      mayComment,
      mayAsk: mayComment && record.state === 'held' && askable !== null,
      mayAnswer: notes.some(({ askedOf }) => askedOf?.key === person.key),
      askable: askable && { ...askable, isYou: askable.person.key === person.key },
    };
  }

  async #askable(
    record: ApprovalRecord,
  ): Promise<{ readonly person: PersonRef; readonly hasSignedIn: boolean } | null> {
    const key = await askableKey(this.database.pool, record);
    if (key === null) return null;
    const known = (await this.people.byKeys([key])).get(key);
    const { caller } = record;
    const name = caller.kind === 'person' ? caller.displayName : (key.split('|').at(-1) ?? key);
    return { person: known ?? { key, name, email: null }, hasSignedIn: known !== undefined };
  }
}

/** The person behind the caller: themself, or whoever owns the service identity by now. */
export async function askableKey(
  on: Queryable,
  { caller, callerKey }: ApprovalRecord,
): Promise<string | null> {
  if (caller.kind === 'person') return callerKey;
  return (await ownersNow(on, caller))[0] ?? caller.ownerKey;
}

/** Whose call it is has no part in what its reviewers say to each other: they answer what they are asked. */
export function answersForIt(
  { callerKey, caller }: ApprovalRecord,
  person: SignedInPerson,
  askable: string | null | undefined,
): boolean {
  return [callerKey, caller.ownerKey, askable].includes(person.key);
}
