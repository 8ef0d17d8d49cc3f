import { request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { hostname } from 'node:os';
import { z } from 'zod';
import { readAuthority } from '../config/authority.ts';
import { makeKey, prepareState, refuseIfEnrolled } from '../config/state.ts';
import { ConnectorError } from '../connector.error.ts';
import { proxyFor } from '../link/proxy.ts';
import { explain, PROXY_WANTS_LOGIN } from '../link/unreachable.ts';
import { steerless } from '../log/log.ts';

const TIMEOUT_MS = 30_000;
const MAX_ANSWER_BYTES = 64 * 1024;
const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

const enrolledSchema = z.object({
  connectorId: z.string().min(1).max(64),
  site: z.string().min(1).max(64),
});
const errorSchema = z.object({ error: z.object({ message: z.string() }) });

const TOKEN_HINT =
  ' A token works once and for a short time; an admin makes another under Connectors.';

type Enrolled = z.infer<typeof enrolledSchema>;

interface Route {
  /** PEM. */
  readonly ca: string | undefined;
  readonly proxy: string | undefined;
}

export interface EnrollOptions {
  readonly gateway: string;
  readonly token: string;
  readonly name: string | undefined;
  readonly state: string;
  readonly version: string;
  readonly force: boolean;
  readonly allowPlainHttp: boolean;
  readonly ca: string | undefined;
  readonly proxy: string | undefined;
}

/**
 * Trades a one-time token for an identity: makes a key pair, sends its public half, and keeps the other.
 *
 * @returns what to tell the operator
 * @throws ConnectorError
 */
export async function enroll(options: EnrollOptions): Promise<string> {
  const gateway = readGateway(options.gateway, options.allowPlainHttp);
  if (!options.force) refuseIfEnrolled(options.state);
  const ca = options.ca === undefined ? undefined : readAuthority(options.ca, '--ca');
  // A token works once: what would keep the key from being kept is found before it is used.
  const place = prepareState(options.state);
  const { publicKey, privateKey } = makeKey();
  const name = options.name ?? hostname();
  const { connectorId, site } = await ask(
    gateway,
    { token: options.token, publicKey, name, version: options.version },
    { ca, proxy: options.proxy },
  ).catch((error: unknown) => {
    place.discard();
    throw error;
  });
  place.save({ gateway, connectorId, site, name, privateKey });
  return `Enrolled as "${name}" at site "${steerless(site)}" (${steerless(connectorId)}). The key is in ${options.state}. Now run: holdpoint-connector run`;
}

async function ask(gateway: string, content: object, route: Route): Promise<Enrolled> {
  const { status, body } = await post(new URL('/api/connectors/enroll', gateway), content, route);
  if (status === 407) {
    throw new ConnectorError(
      'gateway_unreachable',
      `${gateway} can't be reached: HTTP 407: ${PROXY_WANTS_LOGIN}. The token wasn't used.`,
    );
  }
  if (status !== 200 && status !== 201) throw refused(gateway, status, body);
  const answer = enrolledSchema.safeParse(readJson(body));
  if (answer.success) return answer.data;
  throw new ConnectorError(
    'enrolment_refused',
    `What answers at ${gateway} is no gateway of this kind (HTTP ${status}).`,
  );
}

/** The origin alone counts: it is what a challenge is signed for. */
function readGateway(text: string, allowPlainHttp: boolean): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new ConnectorError(
      'usage',
      `"${text}" is no address of a gateway; it begins with https://`,
    );
  }
  if (url.protocol === 'http:' && !allowPlainHttp && !LOOPBACK.test(url.hostname)) {
    throw new ConnectorError(
      'usage',
      `${url.origin} is not encrypted: whoever is on the way reads and changes every call. Use https://, or --allow-plain-http in a network where nobody is.`,
    );
  }
  return url.origin;
}

function refused(gateway: string, status: number, body: string): ConnectorError {
  const said = errorSchema.safeParse(readJson(body));
  const why = said.success
    ? steerless(said.data.error.message.slice(0, 500))
    : 'it said nothing readable.';
  return new ConnectorError(
    'enrolment_refused',
    `${gateway} refused the enrolment (HTTP ${status}): ${why}${status === 401 ? TOKEN_HINT : ''}`,
  );
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** @throws ConnectorError `gateway_unreachable`, which says whether the token may be used up */
async function post(
  url: URL,
  content: object,
  { ca, proxy: configured }: Route,
): Promise<{ status: number; body: string }> {
  const proxy = proxyFor(url.href, configured, ca);
  const body = JSON.stringify(content);
  return new Promise((resolve, reject) => {
    let wasSent = false;
    const fail = (cause: Error) => {
      const token = wasSent
        ? 'The token may have been used all the same; an admin sees it under Connectors.'
        : "The token wasn't used.";
      const message = `${url.origin} can't be reached: ${explain(cause)}. ${token}`;
      reject(new ConnectorError('gateway_unreachable', message, { cause }));
    };
    const request = (url.protocol === 'https:' ? tlsRequest : plainRequest)(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      timeout: TIMEOUT_MS,
      ...(proxy !== undefined && { agent: proxy.agent }),
      ...(ca !== undefined && { ca }),
    });
    request.once('finish', () => (wasSent = true));
    request.once('timeout', () => request.destroy(new Error('nobody answered in time')));
    request.once('error', fail);
    request.once('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
        if (text.length > MAX_ANSWER_BYTES) response.destroy(new Error('the answer is too long'));
      });
      response.once('error', fail);
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
    });
    request.end(body);
  });
}
