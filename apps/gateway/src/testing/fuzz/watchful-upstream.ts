import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { parseTree, type TolerantNode } from '@holdpoint/mcp/testing';
import { CREDENTIAL } from '../mcp-bench.ts';
import { json, resultOf } from '../scripted-upstream.ts';

/** What may reach the upstream without anybody's approval. */
const FREE = new Set([
  ...['initialize', 'server/discover', 'ping', 'logging/setLevel', 'tasks/get', 'tasks/cancel'],
  ...['tools/list', 'resources/list', 'resources/templates/list', 'prompts/list'],
  ...['notifications/initialized', 'notifications/cancelled', 'notifications/progress'],
  'notifications/roots/list_changed',
]);
const HEADERS =
  /^(host|connection|accept|accept-encoding|user-agent|authorization|content-(type|length)|mcp-(session-id|protocol-version|method|name))$/;

export interface WatchfulUpstream {
  readonly url: string;
  /** Everything that came and should not have, with the bytes in base64. */
  readonly violations: readonly string[];
  /** Frames that came from agents. */
  readonly frames: number;
  close(): Promise<void>;
}

/**
 * An upstream that trusts nobody: it reads each frame in every way that some parser would, and
 * notes what policy holds or denies in any of them.
 */
export async function startWatchfulUpstream(): Promise<WatchfulUpstream> {
  const violations: string[] = [];
  let [frames, sessions] = [0, 0];
  const server = createServer((request, response) => {
    void buffer(request).then((bytes) => {
      const text = bytes.toString('utf8');
      const isOwnLook = request.headers['user-agent'] !== 'holdpoint';
      if (!isOwnLook && request.method === 'POST') {
        frames += 1;
        const found = faultsOf(request, bytes);
        if (found !== undefined) violations.push(`${found}: ${bytes.toString('base64')}`);
      }
      if (request.method !== 'POST') return response.writeHead(405).end();
      const message = parseTree(text);
      const id = one(message, 'id');
      if (id === undefined) return response.writeHead(202).end();
      const literal = text.slice(id.offset, id.offset + id.length);
      const method: unknown = one(message, 'method')?.value;
      if (method === 'initialize')
        response.setHeader('mcp-session-id', `watchful-${(sessions += 1)}`);
      return json(response, resultOf(literal, RESULTS.get(method) ?? '{"content":[]}'));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    violations,
    get frames() {
      return frames;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const tool = (name: string) => ({ name, inputSchema: { type: 'object' } });
const RESULTS = new Map<unknown, string>([
  ['tools/list', JSON.stringify({ tools: ['read', 'write', 'forbidden'].map(tool) })],
  [
    'initialize',
    '{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"watchful","version":"1"}}',
  ],
]);

function faultsOf(request: IncomingMessage, bytes: Buffer): string | undefined {
  const alien = Object.keys(request.headers).find((name) => !HEADERS.test(name));
  if (alien !== undefined) return `the header ${alien}`;
  if (request.headers.authorization !== `Bearer ${CREDENTIAL}`) return 'another credential';
  const texts = [bytes.toString('utf8'), bytes.toString('latin1')];
  return texts.map((text) => faultsOfMessage(request, text)).find((fault) => fault !== undefined);
}

function faultsOfMessage({ headers }: IncomingMessage, text: string): string | undefined {
  const root = parseTree(text);
  if (root?.type !== 'object') return 'no object';
  const methods = stringsAt([root], 'method');
  if (new Set(methods).size > 1) return 'two methods';
  const [method] = methods;
  // A reply: the gateway passes it only where the upstream asked, and this one never does.
  if (method === undefined) return 'a message without a method';
  if (headers['mcp-method'] !== undefined && headers['mcp-method'] !== method)
    return 'a header that names another method';
  if (FREE.has(method)) return undefined;
  if (method !== 'tools/call') return 'a method that is held';
  const params = readings([root], 'params');
  const names = stringsAt(params, 'name');
  if (names.length === 0 || names.some((name) => name !== 'read')) return 'a tool that is held';
  if (headers['mcp-name'] !== undefined && headers['mcp-name'] !== 'read')
    return 'a header that names another tool';
  const safe = readings(readings(params, 'arguments'), 'safe');
  return safe.length > 0 && safe.every((node) => node.value === true)
    ? undefined
    : 'arguments that are denied';
}

/** Every value that some parser would give for a key: any case, cut at NUL, inherited, first or last. */
function readings(nodes: readonly TolerantNode[], key: string): TolerantNode[] {
  return nodes.flatMap((node) =>
    membersOf(node).flatMap(([name, value]) => {
      if (asSomeRead(name) === key) return [value];
      return /__proto__|constructor|prototype/.test(name) ? readings([value], key) : [];
    }),
  );
}

function stringsAt(nodes: readonly TolerantNode[], key: string): string[] {
  return readings(nodes, key).map(({ value }) => String(value).replace(/\0[^]*|\uFEFF/g, ''));
}

function asSomeRead(key: string): string {
  return key
    .replace(/\0[^]*|\uFEFF|\u200B/g, '')
    .toUpperCase()
    .toLowerCase();
}

function one(node: TolerantNode | undefined, key: string): TolerantNode | undefined {
  return membersOf(node).findLast(([name]) => name === key)?.[1];
}

function membersOf(node: TolerantNode | undefined): [string, TolerantNode][] {
  if (node?.type !== 'object') return [];
  return (node.children ?? []).flatMap(({ children }) => {
    const [name, value] = children ?? [];
    return name && value ? [[String(name.value), value] satisfies [string, TolerantNode]] : [];
  });
}
