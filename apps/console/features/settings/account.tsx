'use client';

import { roleSchema } from '@holdpoint/contracts';
import { ROLE_MEANING } from '../../lib/roles.ts';
import { useMe } from '../../lib/use-api.ts';
import { Badge } from '../../ui/badge.tsx';
import { Fact, Facts, Page, Panel } from '../../ui/page.tsx';
import { ErrorState, Skeleton } from '../../ui/states.tsx';
import { TextLink } from '../../ui/text-link.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { NoticePanel } from '../notices/notice-panel.tsx';
import { ThemeChoice } from '../shell/theme-choice.tsx';
import { Delegations } from './delegations.tsx';

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
        <Panel title="Numbers">
          <p>
            How long calls wait and how they are decided.{' '}
            <TextLink href="/numbers">See the team’s numbers</TextLink>
          </p>
        </Panel>
      )}
      {me.roles.length > 0 && (
        <Panel title="Freeze">
          <p>
            Stops a connection, a caller or everything at once.{' '}
            <TextLink href="/settings/freeze">See what is frozen, and freeze</TextLink>
          </p>
        </Panel>
      )}
      {me.roles.length > 0 && (
        <Panel title="Passkeys">
          <p>
            Where a rule demands it, you sign an approval with one.{' '}
            <TextLink href="/settings/passkeys">Add and remove yours</TextLink>
          </p>
        </Panel>
      )}
      {(me.roles.includes('reviewer') || me.roles.includes('admin')) && <Delegations me={me} />}
      {me.roles.length > 0 && (
        <Panel title="Grants">
          <p>
            Calls that pass for a while without asking again.{' '}
            <TextLink href="/settings/grants">See what is granted, each use, and revoke</TextLink>
          </p>
        </Panel>
      )}
      {me.roles.length > 0 && (
        <Panel title="Service identities">
          <p>
            Agents that sign in as themselves, and the people who answer for them.{' '}
            <TextLink href="/settings/service-identities">
              {me.roles.includes('admin') ? 'Register and change them' : 'See who owns which'}
            </TextLink>
          </p>
        </Panel>
      )}
      {me.roles.length > 0 && (
        <Panel title="Rotas">
          <p>
            People who take turns in being on call for approvals.{' '}
            <TextLink href="/settings/rotas">
              {me.roles.includes('admin') ? 'Make and change them' : 'See who is on call'}
            </TextLink>
          </p>
        </Panel>
      )}
      {me.roles.length > 0 && (
        <Panel title="Accounts elsewhere">
          <p>
            Accounts in Slack and in other systems that decide as you.{' '}
            <TextLink href="/settings/accounts">See, tie and untie yours</TextLink>
          </p>
        </Panel>
      )}
      {(me.roles.includes('admin') || me.roles.includes('auditor')) && (
        <Panel title="Channels">
          <p>
            How people and other systems are told of held calls.{' '}
            <TextLink href="/settings/channels">
              {me.roles.includes('admin') ? 'Set up channels and routes' : 'See what is sent where'}
            </TextLink>
          </p>
        </Panel>
      )}
      {me.roles.includes('admin') && (
        <Panel title="Policy tokens">
          <p>
            With one, a pipeline compares and publishes the policy from a repository.{' '}
            <TextLink href="/settings/policy-tokens">Make and revoke them</TextLink>
          </p>
        </Panel>
      )}
      {me.roles.length > 0 && (
        <Panel title="How I am told">
          <p>
            Quiet hours, and several messages in one, for mails and browsers of your own.{' '}
            <TextLink href="/settings/notifications">Choose yours</TextLink>
          </p>
        </Panel>
      )}
      {me.roles.length > 0 && (
        <Panel title="This browser">
          <p>
            Be told in this browser of calls that ask you, also while the console is closed.{' '}
            <TextLink href="/settings/browser">Subscribe and see your browsers</TextLink>
          </p>
        </Panel>
      )}
      {me.roles.includes('reviewer') && <NoticePanel />}
      <Panel title="Appearance">
        <div className="max-w-72">
          <ThemeChoice />
        </div>
      </Panel>
    </Page>
  );
}
