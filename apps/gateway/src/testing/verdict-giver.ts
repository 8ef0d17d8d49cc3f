import type { INestApplicationContext } from '@nestjs/common';
import { VerdictsService } from '../approvals/verdicts.service.ts';
import { GroupCheck } from '../identity/group-check.ts';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { Database } from '../platform/database.ts';

/** Verdicts of people who have just signed in to the console, as far as the database can tell. */
export function verdictGiver(context: INestApplicationContext): Pick<VerdictsService, 'give'> {
  const service = context.get(VerdictsService);
  return {
    async give(approvalId, input, person) {
      await service.give(approvalId, input, await signedInNow(context, person));
    },
  };
}

/** The person with a session of their own, whose sign-in was a moment ago. */
export async function signedInNow(
  context: INestApplicationContext,
  person: SignedInPerson,
): Promise<SignedInPerson> {
  const session = crypto.randomUUID();
  await context.get(Database).pool.query(
    `insert into console_session (sid, sess, expire)
     values ($1, $2, now() + interval '1 hour')`,
    [session, JSON.stringify({ signedIn: person })],
  );
  const finished = { person, sub: person.subject, refreshToken: null };
  await context.get(GroupCheck).begin(session, finished);
  return { ...person, session };
}
