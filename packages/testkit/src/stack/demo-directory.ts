import { randomBytes } from 'node:crypto';
import type { Agent, Person } from '../identity/directory.ts';

/** Which groups give which role in the demo. */
export const DEMO_ROLES = {
  reviewer: ['reviewers'],
  admin: ['holdpoint-admins'],
  auditor: ['auditors'],
  // Nobody's at first: it is for emergencies.
  breakglass: ['emergency'],
} as const satisfies Record<string, readonly string[]>;

/** Groups that may use the demo connection. */
export const DEMO_CALLER_GROUPS = ['data-agents'];

interface DemoPerson {
  readonly sub: string;
  readonly name: string;
  readonly groups: readonly string[];
}

/** E-mail addresses are `<first name>@example.com`. */
const PEOPLE: readonly DemoPerson[] = [
  { sub: 'p-01-avery', name: 'Avery Chen', groups: ['reviewers', 'dba'] },
  { sub: 'p-02-riley', name: 'Riley Novak', groups: ['reviewers', 'security'] },
  { sub: 'p-03-morgan', name: 'Morgan Diaz', groups: ['holdpoint-admins', 'reviewers'] },
  { sub: 'p-04-jordan', name: 'Jordan Weiss', groups: ['auditors'] },
  // Owns an agent and could review: shows that nobody approves what their own agent asked for.
  { sub: 'p-05-sam', name: 'Sam Osei', groups: ['data-agents', 'reviewers'] },
  { sub: 'p-06-casey', name: 'Casey Lund', groups: [] },
];

interface DemoAgent {
  readonly clientId: string;
  readonly groups: readonly string[];
  /** The owner's subject. */
  readonly owner: string | null;
}

const AGENTS: readonly DemoAgent[] = [
  { clientId: 'demo-agent', groups: ['data-agents'], owner: 'p-05-sam' },
  { clientId: 'second-agent', groups: ['data-agents'], owner: 'p-06-casey' },
  { clientId: 'outsider-agent', groups: ['visitors'], owner: 'p-05-sam' },
  { clientId: 'unowned-agent', groups: ['data-agents'], owner: null },
];

export const DEMO_EMAILS = PEOPLE.map(emailOf);
export const DEMO_AGENT_IDS = AGENTS.map((agent) => agent.clientId);

export interface Directory {
  readonly people: readonly Person[];
  readonly agents: readonly (Agent & { readonly ownerSubject: string | null })[];
}

/** The demo's people and agents with this home's passwords and secrets. */
export function demoDirectory(
  passwords: Readonly<Record<string, string>>,
  agentSecrets: Readonly<Record<string, string>>,
): Directory {
  return {
    people: PEOPLE.map((person) => {
      const email = emailOf(person);
      const { sub, name, groups } = person;
      return { sub, name, email, groups: [...groups], password: required(passwords, email) };
    }),
    agents: AGENTS.map(({ clientId, groups, owner }) => ({
      clientId,
      clientSecret: required(agentSecrets, clientId),
      groups: [...groups],
      ownerSubject: owner,
    })),
  };
}

/** So many agents more, like the first one, each with a secret of its own, new at each start. */
export function withAgents(directory: Directory, count: number): Directory {
  const [first] = directory.agents;
  if (first === undefined) return directory;
  const more = Array.from({ length: count }, (_, index) => ({
    ...first,
    clientId: `agent-${index + 1}`,
    clientSecret: randomBytes(24).toString('base64url'),
  }));
  return { ...directory, agents: [...directory.agents, ...more] };
}

/** The roles a person gets from their groups. */
export function rolesOf(groups: readonly string[]): string[] {
  return Object.entries(DEMO_ROLES)
    .filter(([, giving]) => giving.some((group) => groups.includes(group)))
    .map(([role]) => role);
}

function emailOf(person: DemoPerson): string {
  return `${person.name.split(' ')[0] ?? ''}@example.com`.toLowerCase();
}

function required(values: Readonly<Record<string, string>>, key: string): string {
  const value = values[key];
  if (value === undefined) throw new Error(`no secret for ${key}`);
  return value;
}
