import type { ChannelConfig, JiraConfig, KeptSecrets, RestConfig } from '@holdpoint/contracts';
import { GatewayError } from '../../platform/gateway.error.ts';

/** Which secrets a kind has; those it can't do without are `true`. */
function secretsOf(config: ChannelConfig): Readonly<Partial<Record<keyof KeptSecrets, boolean>>> {
  switch (config.kind) {
    case 'webhook':
      return config.verdicts ? { signing: true, callback: true } : { signing: true };
    case 'email':
      return config.user === '' ? {} : { password: true };
    case 'slack':
      return { botToken: true, signingSecret: true };
    case 'teams':
      return { workflowUrl: true };
    case 'push':
      return { vapidKey: true };
    case 'jira':
      return { apiToken: true, ...(config.verdicts !== null && { callback: true }) };
    case 'rest':
      return { headerValue: false, ...(config.verdicts && { callback: true }) };
    default:
      return config satisfies never;
  }
}

export function checkChannel(config: ChannelConfig, secrets: KeptSecrets): void {
  const fields: Record<string, string> = { ...faultsOf(config) };
  const wanted = new Map(Object.entries(secretsOf(config)));
  for (const name of Object.keys(secrets)) {
    if (!wanted.has(name)) fields[`secrets.${name}`] = 'Such a channel has no use for this secret.';
  }
  for (const [name, isNeeded] of wanted) {
    if (isNeeded && !Object.hasOwn(secrets, name))
      fields[`secrets.${name}`] = 'Enter it: without it nothing can be sent there.';
  }
  const [message] = Object.values(fields);
  if (message !== undefined) throw new GatewayError('invalid_input', message, { fields });
}

function faultsOf(config: ChannelConfig): Readonly<Record<string, string>> {
  if (config.kind === 'jira') return jiraFaults(config);
  if (config.kind === 'rest') return restFaults(config);
  if (config.kind !== 'email') return {};
  const { security, allowPrivate, user, to, toReviewers } = config;
  return {
    // What anybody on the way can read is for a relay in the same house, and never a password.
    ...(security === 'none' &&
      (!allowPrivate || user !== '') && {
        'config.security':
          'Without TLS only a private address is reached, and without a sign-in. Choose TLS or STARTTLS.',
      }),
    ...(to.length === 0 &&
      !toReviewers && { 'config.to': 'Name an address, or choose the people who are asked.' }),
  };
}

/** Stored ones that the settings as they are now have no use for go. */
export function usefulSecrets(config: ChannelConfig, secrets: KeptSecrets): KeptSecrets {
  const wanted = secretsOf(config);
  return Object.fromEntries(
    Object.entries(secrets).filter(([name]) => Object.hasOwn(wanted, name)),
  );
}

/** Whether what a stored secret is shown to would be another place. A webhook's is shown to nobody. */
export function leadsElsewhere(before: ChannelConfig, after: ChannelConfig): boolean {
  return placeOf(before) !== placeOf(after);
}

function placeOf(config: ChannelConfig): string {
  switch (config.kind) {
    case 'webhook':
      return '';
    case 'email':
      return JSON.stringify([config.host, config.port, config.security, config.authority]);
    case 'slack':
      return config.api;
    // The address is the secret itself.
    case 'teams':
      return '';
    // The key only signs, and is shown to nobody.
    case 'push':
      return '';
    case 'jira':
      return JSON.stringify([config.site, config.user]);
    case 'rest':
      return JSON.stringify([config.secretHeader, ...originsOf(config)]);
    default:
      return config satisfies never;
  }
}

/** Whether the tickets that were opened are not there any more: their ids may be anybody's there. */
export function hasOtherTickets(before: ChannelConfig, after: ChannelConfig): boolean {
  return ticketsOf(before) !== ticketsOf(after);
}

function ticketsOf(config: ChannelConfig): string {
  if (config.kind === 'jira') return config.site;
  return config.kind === 'rest' ? config.create.url.replace(/\?.*$/, '') : '';
}

function jiraFaults({ site, allowPrivate, verdicts, settledStatus }: JiraConfig) {
  const names = verdicts === null ? [] : [verdicts.approved, verdicts.denied];
  const [approved, denied] = names.map((name) => name.toLowerCase());
  return {
    // The token goes along with each request.
    ...(site.startsWith('http:') &&
      !allowPrivate && { 'config.site': 'Use https: the API token goes along.' }),
    ...(approved !== undefined &&
      approved === denied && {
        'config.verdicts.denied': 'Name two statuses: this one is the one that approves.',
      }),
    // A settled ticket would look as if somebody had decided by it.
    ...([approved, denied].includes(settledStatus.toLowerCase()) && {
      'config.settledStatus': 'Name another one: moving a ticket there is a verdict.',
    }),
  };
}

function restFaults({ verdicts, create }: RestConfig) {
  // Nobody approves by a ticket what it never said.
  return verdicts && !create.body.includes('{text}')
    ? { 'config.create.body': 'Put {text} into it: who decides by a ticket has to read all of it.' }
    : {};
}

/** Where the requests of a REST channel lead. */
function originsOf({ create, comment, transition }: RestConfig): string[] {
  const origins = [create, comment, transition].flatMap((one) =>
    one === null ? [] : [new URL(one.url.replaceAll(/[{}]/g, '')).origin],
  );
  return [...new Set(origins)].toSorted();
}
