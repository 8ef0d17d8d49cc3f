import type { Agent } from '../identity/directory.ts';
import { DEMO_CALLER_GROUPS, DEMO_ROLES, type Directory } from './demo-directory.ts';
import type { Home } from './home.ts';

export const CONSOLE_CLIENT_ID = 'holdpoint-console';

export interface GatewayPlace {
  readonly publicUrl: string;
  readonly port: number;
  readonly issuer: string;
  readonly databaseUrl: string;
  readonly identityUrl: string;
  readonly consoleUrl: string;
}

/** Everything the gateway is told. */
export function gatewayEnvironment(home: Home, place: GatewayPlace): Record<string, string> {
  return {
    HOLDPOINT_MODE: 'embedded',
    HOLDPOINT_INSTANCE: home.instance,
    HOLDPOINT_PUBLIC_URL: place.publicUrl,
    HOLDPOINT_HOST: 'loopback',
    HOLDPOINT_PORT: String(place.port),
    DATABASE_URL: place.databaseUrl,
    HOLDPOINT_MASTER_KEY: home.secrets.masterKey,
    HOLDPOINT_OIDC_ISSUER: place.issuer,
    HOLDPOINT_OIDC_CLIENT_ID: CONSOLE_CLIENT_ID,
    HOLDPOINT_OIDC_CLIENT_SECRET: home.secrets.consoleClientSecret,
    HOLDPOINT_OIDC_GROUPS_CLAIM: 'groups',
    HOLDPOINT_OIDC_PERSON_CLAIM: 'sub',
    HOLDPOINT_ROLES: JSON.stringify(DEMO_ROLES),
    HOLDPOINT_CONSOLE_URL: place.consoleUrl,
    HOLDPOINT_EMBEDDED_IDP_URL: place.identityUrl,
    HOLDPOINT_CHECKPOINT_DIR: home.checkpointDir,
  };
}

/** What the gateway's seed reads from its standard input: the demo connection and its agents. */
export function demoSeed(
  upstreamUrl: string,
  issuer: string,
  upstreamToken: string,
  { agents, people }: Directory,
) {
  return {
    slug: 'demo',
    title: 'Production database',
    url: upstreamUrl,
    // The demo upstream listens on this machine.
    allowPrivate: true,
    credential: { kind: 'bearer', token: upstreamToken },
    callerGroups: DEMO_CALLER_GROUPS,
    defaultChain: [{ groups: DEMO_ROLES.reviewer, people: [], quorum: 1 }],
    serviceIdentities: agents.flatMap((agent) => ownedIdentity(issuer, agent)),
    people: people.map(({ sub, name, email }) => ({ key: `${issuer}|${sub}`, name, email })),
  };
}

function ownedIdentity(issuer: string, agent: Agent & { readonly ownerSubject: string | null }) {
  if (agent.ownerSubject === null) return [];
  return [{ issuer, clientId: agent.clientId, ownerSubject: agent.ownerSubject }];
}
