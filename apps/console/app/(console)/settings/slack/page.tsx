import type { Metadata } from 'next';
import { SlackAccounts } from '../../../../features/slack/slack-accounts.tsx';

export const metadata: Metadata = { title: 'Slack' };

export default async function SlackPage({
  searchParams,
}: {
  searchParams: Promise<{ token?: string | string[] }>;
}) {
  const { token } = await searchParams;
  return <SlackAccounts token={typeof token === 'string' ? token : null} />;
}
