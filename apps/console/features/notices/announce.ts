import { sentenceText, type ApprovalSummary } from '@holdpoint/contracts';
import type { NoticeChoice } from './notice-settings.ts';

/** More than these at once are one notification: a burst must not bury the screen. */
const ONE_BY_ONE = 3;

interface Notice {
  readonly title: string;
  readonly body: string;
  /** The same tag replaces: two windows that tell of the same call show it once. */
  readonly tag: string;
  readonly path: string;
}

/** What to show of new calls. SECURITY: never an argument, a comment or a reason; at most the sentence. */
export function noticesOf(
  fresh: readonly ApprovalSummary[],
  choice: Exclude<NoticeChoice, 'off'>,
): readonly Notice[] {
  if (fresh.length === 0) return [];
  if (fresh.length > ONE_BY_ONE) {
    const title = `${fresh.length} more calls wait for your verdict`;
    return [{ title, body: '', tag: 'holdpoint-many', path: '/inbox' }];
  }
  return fresh.map((approval) => ({
    title: 'A call waits for your verdict',
    body: choice === 'sentence' ? sentenceText(approval) : '',
    tag: approval.id,
    path: `/inbox/${approval.id}`,
  }));
}

export async function show({ title, body, tag, path }: Notice): Promise<void> {
  const options: NotificationOptions = { body, tag, icon: '/icon-192.png', data: { path } };
  // Of the worker where there is one: it still takes the click when this page is gone.
  const registration = await navigator.serviceWorker?.getRegistration();
  if (registration?.active) {
    await registration.showNotification(title, options);
    return;
  }
  const notification = new Notification(title, options);
  notification.onclick = () => {
    notification.close();
    window.open(path, '_blank', 'noopener');
  };
}
