'use client';

import type { Me } from '@holdpoint/contracts';
import { roleSchema } from '@holdpoint/contracts';
import { useState } from 'react';
import { signOut, toFailure, type ApiFailure } from '../../lib/api.ts';
import { ROLE_MEANING } from '../../lib/roles.ts';
import { Button } from '../../ui/button.tsx';
import { LogoMark } from '../../ui/icons.tsx';
import { FailureNote } from '../../ui/states.tsx';

/** For someone who could sign in but is in none of the groups that give a role. */
export function NoRole({ me }: { me: Me }) {
  const [failure, setFailure] = useState<ApiFailure>();
  return (
    <main id="main" className="mx-auto flex max-w-xl flex-col gap-5 px-4 py-14">
      <LogoMark className="size-9" />
      <h1 className="text-xl font-semibold">You have no role in Holdpoint yet</h1>
      <p>
        You are signed in as <strong>{me.person.name}</strong>
        {me.person.email !== null && ` (${me.person.email})`}, but none of your groups gives you a
        role here. Ask the people who run your identity provider to put you in one of these groups,
        then sign out and in again.
      </p>
      <dl className="overflow-hidden rounded-lg border border-line bg-surface">
        {roleSchema.options.map((role) => (
          <div key={role} className="border-b border-line px-4 py-3 last:border-b-0">
            <dt className="font-semibold capitalize">{role}</dt>
            <dd className="text-muted">{ROLE_MEANING[role]}</dd>
            <dd className="mt-1 flex flex-wrap gap-1.5">
              {(me.roleGroups[role] ?? []).map((group) => (
                <code key={group} className="rounded bg-raised px-1.5 font-mono text-sm">
                  {group}
                </code>
              ))}
              {(me.roleGroups[role] ?? []).length === 0 && (
                <span className="text-sm">No group gives this role.</span>
              )}
            </dd>
          </div>
        ))}
      </dl>
      <p className="text-muted">
        Your groups: {me.groups.length === 0 ? 'none' : me.groups.join(', ')}.
      </p>
      <FailureNote failure={failure} />
      <div>
        <Button onClick={() => signOut().catch((error: unknown) => setFailure(toFailure(error)))}>
          Sign out
        </Button>
      </div>
    </main>
  );
}
