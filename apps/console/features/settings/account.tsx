'use client';

import { roleSchema } from '@holdpoint/contracts';
import Link from 'next/link';
import { ROLE_MEANING } from '../../lib/roles.ts';
import { useMe } from '../../lib/use-api.ts';
import { Badge } from '../../ui/badge.tsx';
import { Fact, Facts, Page, Panel } from '../../ui/page.tsx';
import { ErrorState, Skeleton } from '../../ui/states.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { ThemeChoice } from '../shell/theme-choice.tsx';

/** Who the console takes the person for, and why they may do what they may. */
export function Account() {
  const { data: me, failure, retry } = useMe();
  if (me === undefined) {
    return (
      <Page title="Account">
        {failure === undefined ? (
          <Skeleton label="Loading your account" />
        ) : (
          <ErrorState failure={failure} onRetry={retry} />
        )}
      </Page>
    );
  }
  return (
    <Page
      title="Account"
      intro="As the identity provider describes you. Roles come from its groups alone."
    >
      <Panel title="You">
        <Facts>
          <Fact name="Name">
            <VisibleText text={me.person.name} />
          </Fact>
          <Fact name="E-mail">{me.person.email ?? 'not given'}</Fact>
          <Fact name="Identity">
            <code className="font-mono text-sm break-all">{me.person.key}</code>
          </Fact>
          <Fact name="Groups">{me.groups.length === 0 ? 'none' : me.groups.join(', ')}</Fact>
          <Fact name="Console">
            {me.publicUrl}{' '}
            <span className="text-muted">
              ({me.instance}
              {me.embedded ? ', embedded' : ''})
            </span>
          </Fact>
        </Facts>
      </Panel>
      <Panel title="Roles" flush>
        <ul>
          {roleSchema.options.map((role) => {
            const groups = me.roleGroups[role] ?? [];
            return (
              <li
                key={role}
                className="flex flex-wrap items-baseline gap-x-3 gap-y-1 border-b border-line px-4 py-3 last:border-b-0"
              >
                <span className="min-w-20 font-semibold capitalize">{role}</span>
                {me.roles.includes(role) ? (
                  <Badge tone="go">yours</Badge>
                ) : (
                  <Badge>not yours</Badge>
                )}
                <span className="min-w-0 flex-1 basis-60 text-muted">
                  {ROLE_MEANING[role]};{' '}
                  {groups.length === 0 ? 'no group gives it' : `given by ${groups.join(' or ')}`}
                </span>
              </li>
            );
          })}
        </ul>
      </Panel>
      {me.roles.length > 0 && (
        <Panel title="Service identities">
          <p>
            Agents that sign in as themselves, and the people who answer for them.{' '}
            <Link href="/settings/service-identities" className="text-accent underline">
              {me.roles.includes('admin') ? 'Register and change them' : 'See who owns which'}
            </Link>
          </p>
        </Panel>
      )}
      <Panel title="Appearance">
        <div className="max-w-72">
          <ThemeChoice />
        </div>
      </Panel>
    </Page>
  );
}
