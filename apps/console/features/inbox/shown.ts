import { shownBy } from '@holdpoint/approval';
import type { ApprovalDetail, Shown } from '@holdpoint/contracts';
import { ApiFailure } from '../../lib/api.ts';

/**
 * What this page shows of the call, for the verdict about it: the very texts that were rendered.
 *
 * @throws ApiFailure where nothing was shown, or where the browser can't compute a digest.
 */
export async function shownOf(approval: ApprovalDetail): Promise<Shown> {
  if (!globalThis.isSecureContext) {
    throw new ApiFailure(
      'insecure_page',
      'Your verdict was not sent: this page came without HTTPS, so your browser can’t vouch for what it showed you. Open the console by its https address; if there is none, ask an admin.',
    );
  }
  const shown = await shownBy(approval);
  if (shown === null) {
    throw new ApiFailure(
      'nothing_shown',
      'Your verdict was not sent: this page does not show what would run, and nobody approves what they have not seen.',
    );
  }
  return shown;
}
