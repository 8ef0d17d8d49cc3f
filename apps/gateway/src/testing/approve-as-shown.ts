import { shownBy } from '@holdpoint/approval';
import type { INestApplicationContext } from '@nestjs/common';
import { ApprovalsView } from '../approvals/approvals.view.ts';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { verdictGiver } from './verdict-giver.ts';

/** Opens an approval as its page does, and approves what that shows. */
export async function approveAsShown(
  context: INestApplicationContext,
  id: string,
  person: SignedInPerson,
  step = 0,
): Promise<void> {
  const shown = (await shownBy(await context.get(ApprovalsView).detail(id, person))) ?? NOTHING;
  await verdictGiver(context).give(id, { verdict: 'approve', step, shown }, person);
}

/** Who may not open it can't say what it showed; asked all the same, to be refused for who they are. */
const NOTHING = { digest: '0'.repeat(64), lastSame: null };
