import { snoozedSchema } from '@holdpoint/contracts';
import { send } from '../../lib/api.ts';
import { noteApprovals } from '../../lib/live.tsx';

/** Puts approvals off for oneself; `null` takes it back. */
export async function snooze(ids: readonly string[], minutes: number | null): Promise<void> {
  await send('POST', '/api/approvals/snoozes', { ids, minutes }, snoozedSchema);
  // How many are put off, and which comes back first, only the index says.
  noteApprovals(null);
}

/** Minutes until nine o'clock of the next day, where the person is. */
export function minutesUntilTomorrow(now: Date): number {
  const morning = new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1, 9);
  return Math.max(1, Math.round((morning.getTime() - now.getTime()) / 60_000));
}
