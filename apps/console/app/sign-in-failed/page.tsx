import type { Metadata } from 'next';
import { SignInFailed } from '../../features/shell/sign-in-failed.tsx';

export const metadata: Metadata = { title: 'Not signed in' };

export default async function SignInFailedPage({
  searchParams,
}: {
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}) {
  const { code } = await searchParams;
  return <SignInFailed code={typeof code === 'string' ? code : undefined} />;
}
