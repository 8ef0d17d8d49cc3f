import type { JudgedCall } from '../../call.ts';
import { judgedCall } from '../fixtures.ts';
import type { DecisionCase } from './decision-case.ts';

const resource = (uri: string): JudgedCall =>
  judgedCall({ method: 'resources/read', target: { uri }, args: undefined });

/** Which calls a rule is about. */
export const MATCHING: readonly DecisionCase[] = [
  {
    name: 'connection by glob',
    rules: ['match: { connections: ["prod-*"] }, effect: allow'],
    expected: { effect: 'allow' },
  },
  {
    name: 'another connection',
    rules: ['match: { connections: [prod] }, effect: allow'],
    expected: { effect: 'hold' },
  },
  {
    name: 'names are case-sensitive',
    rules: ['match: { tools: [Query] }, effect: allow'],
    expected: { effect: 'hold' },
  },
  {
    name: 'patterns are anchored',
    rules: ['match: { tools: [uer] }, effect: allow'],
    expected: { effect: 'hold' },
  },
  {
    name: 'the star of a name crosses slashes',
    rules: ['match: { tools: ["*"] }, effect: deny', 'match: { tools: ["a*"] }, effect: deny'],
    call: judgedCall({ target: { name: 'a/b/../c' } }),
    expected: { effect: 'deny' },
    deciding: ['r1', 'r2'],
  },
  {
    name: 'tools concern tools/call only',
    rules: ['match: { tools: ["*"] }, effect: allow'],
    call: judgedCall({ method: 'prompts/get' }),
    expected: { effect: 'hold' },
  },
  {
    name: 'prompts concern prompts/get only',
    rules: ['match: { prompts: ["*"] }, effect: allow'],
    expected: { effect: 'hold' },
  },
  {
    name: 'a prompt by name',
    rules: ['match: { prompts: [summary] }, effect: allow'],
    call: judgedCall({ method: 'prompts/get', target: { name: 'summary' } }),
    expected: { effect: 'allow' },
  },
  {
    name: 'targets are alternatives',
    rules: ['match: { tools: [query], prompts: [query] }, effect: allow'],
    expected: { effect: 'allow' },
  },
  {
    name: 'methods',
    rules: ['match: { methods: ["resources/*"] }, effect: allow'],
    call: resource('file:///a'),
    expected: { effect: 'allow' },
  },
  {
    name: 'every key must match',
    rules: ['match: { tools: [query], connections: [staging] }, effect: allow'],
    expected: { effect: 'hold' },
  },
  {
    name: 'a group',
    rules: ['match: { callers: { groups: [data-agents, x] } }, effect: allow'],
    expected: { effect: 'allow' },
  },
  {
    name: 'no group',
    rules: ['match: { callers: { groups: ["*"] } }, effect: allow'],
    call: judgedCall({ caller: { groups: [] } }),
    expected: { effect: 'hold' },
  },
  {
    name: 'a subject',
    rules: ['match: { callers: { subjects: ["et?"] } }, effect: allow'],
    expected: { effect: 'allow' },
  },
  {
    name: 'a kind',
    rules: ['match: { callers: { kinds: [person] } }, effect: allow'],
    expected: { effect: 'hold' },
  },
  {
    name: 'a client',
    rules: ['match: { callers: { clients: [ci] } }, effect: allow'],
    call: judgedCall({ caller: { clientId: 'ci' } }),
    expected: { effect: 'allow' },
  },
  {
    name: 'a client without an id',
    rules: ['match: { callers: { clients: ["*"] } }, effect: allow'],
    expected: { effect: 'hold' },
  },
  {
    name: 'what a client says about itself isn’t its id',
    rules: ['match: { callers: { clients: [ci] } }, effect: allow'],
    call: judgedCall({ client: { name: 'ci' } }),
    expected: { effect: 'hold' },
  },
  {
    name: 'a resource',
    rules: ['match: { resources: ["file:///pub/*"] }, effect: allow'],
    call: resource('file:///pub/a'),
    expected: { effect: 'allow' },
  },
  {
    name: 'the star of an address stops at a slash',
    rules: ['match: { resources: ["file:///pub/*"] }, effect: allow'],
    call: resource('file:///pub/a/b'),
    expected: { effect: 'hold', source: 'default' },
  },
  {
    name: 'two stars cross it',
    rules: ['match: { resources: ["file:///pub/**"] }, effect: allow'],
    call: resource('file:///pub/a/b'),
    expected: { effect: 'allow' },
  },
  {
    name: 'dot segments err',
    rules: ['match: { resources: ["file:///pub/**"] }, effect: allow'],
    call: resource('file:///pub/../etc/x'),
    expected: { effect: 'hold', source: 'error' },
  },
  {
    name: 'encoded dot segments err',
    rules: ['match: { resources: ["file:///etc/**"] }, effect: deny'],
    call: resource('file:///pub/%2e%2E/etc/x'),
    expected: { effect: 'deny', source: 'error' },
  },
  {
    name: 'needless escapes err',
    rules: ['match: { resources: ["file:///etc/**"] }, effect: deny'],
    call: resource('file:///%65tc/x'),
    expected: { effect: 'deny', source: 'error' },
  },
  {
    name: 'a scheme in capitals errs',
    rules: ['match: { resources: ["file:///etc/**"] }, effect: deny'],
    call: resource('FILE:///etc/x'),
    expected: { effect: 'deny', source: 'error' },
  },
  {
    name: 'every resource, however it is spelled',
    rules: ['match: { resources: ["*"] }, effect: allow'],
    call: resource('FILE:///a/../b'),
    expected: { effect: 'allow' },
  },
  {
    name: 'a file with an empty segment errs',
    rules: ['match: { resources: ["file:///etc/**"] }, effect: deny'],
    call: resource('file:////etc/x'),
    expected: { effect: 'deny', source: 'error' },
  },
  {
    name: 'an empty segment within the path of a file errs',
    rules: ['match: { resources: ["file:///pub/**"] }, effect: allow'],
    call: resource('file:///pub//etc/x'),
    expected: { effect: 'hold', source: 'error' },
  },
  {
    name: 'a file without an authority errs',
    rules: ['match: { resources: ["file:///etc/**"] }, effect: deny'],
    call: resource('file:/etc/x'),
    expected: { effect: 'deny', source: 'error' },
  },
  {
    name: 'a relative file errs',
    rules: ['match: { resources: ["file:///etc/**"] }, effect: deny'],
    call: resource('file:etc/x'),
    expected: { effect: 'deny', source: 'error' },
  },
  {
    name: 'a file of this host by name errs',
    rules: ['match: { resources: ["file:///etc/**"] }, effect: deny'],
    call: resource('file://localhost/etc/x'),
    expected: { effect: 'deny', source: 'error' },
  },
  {
    name: 'a file of another host is one of its own',
    rules: ['match: { resources: ["file://nas/pub/**"] }, effect: allow'],
    call: resource('file://nas/pub/a'),
    expected: { effect: 'allow' },
  },
  {
    name: 'a port that goes without saying errs',
    rules: ['match: { resources: ["https://intranet/**"] }, effect: deny'],
    call: resource('https://intranet:443/x'),
    expected: { effect: 'deny', source: 'error' },
  },
  {
    name: 'a user before the host errs',
    rules: ['match: { resources: ["https://intranet/**"] }, effect: deny'],
    call: resource('https://a@intranet/x'),
    expected: { effect: 'deny', source: 'error' },
  },
  {
    name: 'a missing slash before the host errs',
    rules: ['match: { resources: ["https://intranet/**"] }, effect: deny'],
    call: resource('https:/intranet/x'),
    expected: { effect: 'deny', source: 'error' },
  },
  ...[
    ['https://intranet/**', 'https://intranet./x'],
    ['https://intranet/**', 'https://intranet'],
    ['https://intranet/**', 'https://intranet?x'],
    ['https://intranet/r(1)/**', 'https://intranet/r%281)/x'],
    ['https://intranet/x', 'https://intranet/x#'],
    ['https://intranet/x', 'https://intranet/x#part'],
    ['https://intranet/x', 'https://intranet/x?'],
    ['https://intranet/x?a=1', 'https://intranet/x?a=1#part'],
    ['file:///etc/passwd', 'file:///etc/passwd?'],
    ['file:///etc/passwd', 'file:///etc/passwd#'],
    ['file:///srv/a@b/**', 'file:///srv/a%40b/x'],
    ['file:///C:/secret/**', 'file:///C%3A/secret/x'],
    ['file:///C:/secret/**', 'file:///C|/secret/x'],
    ['file:///srv/caf%C3%A9/**', 'file:///srv/caf%c3%a9/x'],
    ['file:///srv/caf%C3%A9/**', 'file:///srv/café/x'],
  ].map(([pattern = '', uri = '']) => ({
    name: `${uri} errs, which may mean what ${pattern} does`,
    rules: [`match: { resources: ["${pattern}"] }, effect: deny`],
    call: resource(uri),
    expected: { effect: 'deny', source: 'error' } as const,
  })),
  {
    name: 'what a path has to escape is normal',
    rules: ['match: { resources: ["file:///srv/**"] }, effect: allow'],
    call: resource('file:///srv/caf%C3%A9%20%23%3F/x@y'),
    expected: { effect: 'allow' },
  },
  {
    name: 'a query may escape what it likes',
    rules: ['match: { resources: ["https://intranet/**"] }, effect: allow'],
    call: resource('https://intranet/x?q=a%26b%3D'),
    expected: { effect: 'allow' },
  },
  {
    name: 'a number that means an IP address errs',
    rules: ['match: { resources: ["http://127.0.0.1/**"] }, effect: deny'],
    call: resource('http://2130706433/x'),
    expected: { effect: 'deny', source: 'error' },
  },
  {
    name: 'an address of the web in its normal form',
    rules: ['match: { resources: ["https://intranet:8443/**"] }, effect: allow'],
    call: resource('https://intranet:8443/a//b?c=%20'),
    expected: { effect: 'allow' },
  },
  {
    name: 'an address within an address of somebody’s own scheme',
    rules: ['match: { resources: ["page://**"] }, effect: allow'],
    call: resource('page://https://example.com:443/a'),
    expected: { effect: 'allow' },
  },
];
