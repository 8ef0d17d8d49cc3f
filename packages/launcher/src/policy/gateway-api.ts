import {
  apiErrorSchema,
  policySyncResultSchema,
  policySyncStateSchema,
  type PolicySyncInput,
  type PolicySyncResult,
  type PolicySyncState,
} from '@holdpoint/contracts';
import type { z } from 'zod';
import { LauncherError } from '../launcher.error.ts';

const PATH = '/api/policy-sync';
const TIMEOUT_MS = 30_000;

/** Where a policy is compared with and published to, and by whose right. */
export interface GatewayAddress {
  readonly url: string;
  readonly token: string;
}

/**
 * The gateway that a command is about: `--server`, else `HOLDPOINT_URL`. The token only ever comes
 * from the environment: arguments show in the list of processes.
 *
 * @throws LauncherError `bad_option`
 */
export function gatewayAddress(
  server: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): GatewayAddress {
  const given = server ?? environment['HOLDPOINT_URL'] ?? '';
  if (given === '')
    throw new LauncherError(
      'bad_option',
      'Say which gateway: --server https://holdpoint.example, or HOLDPOINT_URL.',
    );
  if (!URL.canParse(given) || !/^https?:$/.test(new URL(given).protocol))
    throw new LauncherError('bad_option', `${given} is not an http or https address.`);
  const token = environment['HOLDPOINT_POLICY_TOKEN'] ?? '';
  if (token === '')
    throw new LauncherError(
      'bad_option',
      'HOLDPOINT_POLICY_TOKEN is not set. An admin makes a token in the console, under Account, Policy tokens.',
    );
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new LauncherError('bad_option', 'HOLDPOINT_POLICY_TOKEN is not a token.');
  return { url: new URL(PATH, given).href, token };
}

/** @throws LauncherError `gateway_refused`, `gateway_unreachable` */
export function readInForce(gateway: GatewayAddress): Promise<PolicySyncState> {
  return exchange(gateway, { method: 'GET' }, policySyncStateSchema);
}

/** @throws LauncherError `gateway_refused`, `gateway_unreachable` */
export function sendPolicy(
  gateway: GatewayAddress,
  input: PolicySyncInput,
): Promise<PolicySyncResult> {
  const body = JSON.stringify(input);
  return exchange(gateway, { method: 'POST', body }, policySyncResultSchema);
}

async function exchange<Schema extends z.ZodType>(
  { url, token }: GatewayAddress,
  init: RequestInit,
  schema: Schema,
): Promise<z.infer<Schema>> {
  let status: number;
  let body: unknown;
  try {
    const response = await fetch(url, {
      ...init,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      // A token is for this address and no other.
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    status = response.status;
    body = await response.json();
  } catch (cause) {
    const message = `${new URL(url).origin} could not be reached, or is no Holdpoint gateway.`;
    throw new LauncherError('gateway_unreachable', message, { cause });
  }
  const parsed = schema.safeParse(body);
  if (status < 300 && parsed.success) return parsed.data;
  const refused = apiErrorSchema.safeParse(body);
  if (!refused.success)
    throw new LauncherError('gateway_refused', `The gateway answered ${status} without a reason.`);
  throw new LauncherError('gateway_refused', printable(wordsOf(refused.data.error)));
}

/** The refusal and, where the policy has faults, each of them on a line of its own. */
function wordsOf({ message, details }: z.infer<typeof apiErrorSchema>['error']): string {
  const lists = typeof details === 'object' && details !== null ? Object.values(details) : [];
  const lines = lists.flatMap((list) => (Array.isArray(list) ? list.map(lineOf) : []));
  return [message, ...lines.filter((line) => line !== '')].join('\n  ');
}

function lineOf(item: unknown): string {
  if (typeof item !== 'object' || item === null) return '';
  const text = (key: string) => {
    const value: unknown = Object.hasOwn(item, key) ? Reflect.get(item, key) : undefined;
    return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  };
  const place = text('line') === '' ? '' : `line ${text('line')}: `;
  return `${place}${text('message') || text('description')}`;
}

/** What a server says must not steer the terminal. */
export function printable(text: string): string {
  return text.replaceAll(/[^\P{C}\n\t]/gu, '\u{fffd}');
}
