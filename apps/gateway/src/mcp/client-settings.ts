import { isNeverPolled, type ClientSetting } from '@holdpoint/contracts';
import { compileGlob, type GlobTest } from '@holdpoint/policy';

/** How long a client can be kept waiting, and in which way. */
export interface ClientLimits {
  readonly deadlineMs: number;
  /** One round of a client that comes back by itself (2026-07-28). */
  readonly legMs: number;
  /** It waits as long as it is told of progress. */
  readonly resetsOnProgress: boolean;
  /** Its stream may be closed early: it comes back with `Last-Event-ID`. */
  readonly polling: boolean;
}

/** What a client calls itself. Attacker-controlled: it decides how long one waits, and nothing else. */
export interface ClientName {
  readonly name: string | null;
  readonly version: string | null;
}

/**
 * What is known of clients that differ from the official SDKs' 60 seconds; `docs/connect-an-agent.md`
 * has the whole table with its sources. A name through mcp-remote keeps the limits of the program
 * behind it, so patterns end open.
 */
export const KNOWN_CLIENTS: readonly ClientSetting[] = [
  // Idle limit of 300 s, which progress resets and comments don't.
  {
    name: 'claude-code*',
    version: null,
    holdDeadlineS: 240,
    resetsOnProgress: true,
    polling: true,
  },
  // Gives up after about 240 s, whatever it is told.
  {
    name: 'claude-ai*',
    version: null,
    holdDeadlineS: 220,
    resetsOnProgress: false,
    polling: false,
  },
  { name: 'mcporter*', version: null, holdDeadlineS: null, resetsOnProgress: false, polling: true },
  {
    name: '* (via mcp-remote *)',
    version: null,
    holdDeadlineS: null,
    resetsOnProgress: false,
    polling: true,
  },
];

/**
 * However long a connection waits: the official SDKs give each round 60 seconds, and to come back
 * costs them nothing. A deadline that is set for a kind of client says that it bears more.
 */
const LONGEST_LEG_MS = 50_000;

/** The connection's own settings come first, in their order; then what is known; then its default. */
export function limitsOf(
  client: ClientName,
  connection: { readonly clients: readonly ClientSetting[]; readonly holdDeadlineMs: number },
): ClientLimits {
  const found = [...connection.clients, ...KNOWN_CLIENTS].find((each) => matches(each, client));
  const { holdDeadlineMs } = connection;
  const ownMs = found?.holdDeadlineS == null ? undefined : found.holdDeadlineS * 1000;
  return {
    deadlineMs: ownMs ?? holdDeadlineMs,
    legMs: ownMs ?? Math.min(holdDeadlineMs, LONGEST_LEG_MS),
    resetsOnProgress: found?.resetsOnProgress ?? false,
    // Whatever a pattern says: it would never get its answer.
    polling: (found?.polling ?? false) && !isNeverPolled(client.name ?? ''),
  };
}

function matches(setting: ClientSetting, { name, version }: ClientName): boolean {
  if (!globOf(setting.name)(name?.toLowerCase() ?? '')) return false;
  return setting.version === null || globOf(setting.version)(version?.toLowerCase() ?? '');
}

const compiled = new Map<string, GlobTest>();

/** Compiled once: a connection has few, and every held call asks. */
function globOf(pattern: string): GlobTest {
  const known = compiled.get(pattern);
  if (known) return known;
  // Patterns come from admins; a bound keeps edited ones from piling up.
  if (compiled.size > 1000) compiled.clear();
  const test = compileGlob(pattern.toLowerCase());
  compiled.set(pattern, test);
  return test;
}
