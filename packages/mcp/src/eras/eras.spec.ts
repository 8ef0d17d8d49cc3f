import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Frame, parseClientFrame } from '../frame/frame.ts';
import { parseJson } from '../json/parse-json.ts';
import type { JsonNode } from '../json/json-node.ts';
import {
  clientCapabilitiesOf,
  clientInfoOf,
  detectEra,
  type HeaderReader,
  missingEnvelopeKeys,
  protocolVersionOf,
} from './era.ts';
import { decodeHeaderValue, encodeHeaderValue } from './header-value.ts';
import { checkModernHeaders, modernHeaders } from './modern-headers.ts';
import { paramHeadersOf } from './param-headers.ts';

const PREFIX = 'io.modelcontextprotocol';

function request(method: string, params: object, meta?: object): Frame {
  const message = { jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: meta } };
  return parseClientFrame(new TextEncoder().encode(JSON.stringify(message)));
}

function notification(params: object): Frame {
  const message = { jsonrpc: '2.0', method: 'notifications/x', params };
  return parseClientFrame(new TextEncoder().encode(JSON.stringify(message)));
}

function headers(values: Record<string, string>): HeaderReader {
  const folded = new Map(Object.entries(values).map(([key, value]) => [key.toLowerCase(), value]));
  return (name) => folded.get(name.toLowerCase());
}

const schema = (value: unknown): JsonNode => parseJson(JSON.stringify(value), { mode: 'lenient' });

const modern = {
  [`${PREFIX}/protocolVersion`]: '2026-07-28',
  [`${PREFIX}/clientCapabilities`]: {},
};

describe('detectEra', () => {
  const initialize = { protocolVersion: '2025-11-25', clientInfo: { name: 'c', version: '1' } };
  it.each([
    ['initialize', request('initialize', initialize), {}, 'legacy'],
    [
      'initialize under a modern header',
      request('initialize', initialize),
      { 'mcp-protocol-version': '2026-07-28' },
      'legacy',
    ],
    ['initialize with a modern claim', request('initialize', initialize, modern), {}, 'modern'],
    ['a modern claim', request('tools/list', {}, modern), {}, 'modern'],
    [
      'a modern claim under a legacy header',
      request('tools/list', {}, modern),
      { 'mcp-protocol-version': '2025-06-18' },
      'modern',
    ],
    [
      'a later claim',
      request('tools/list', {}, { [`${PREFIX}/protocolVersion`]: '2027-01-01' }),
      {},
      'modern',
    ],
    [
      'a legacy claim',
      request('tools/list', {}, { [`${PREFIX}/protocolVersion`]: '2025-11-25' }),
      {},
      'legacy',
    ],
    [
      'a claim that is no version',
      request('tools/list', {}, { [`${PREFIX}/protocolVersion`]: 7 }),
      {},
      'modern',
    ],
    [
      'only a modern header',
      request('tools/list', {}),
      { 'MCP-Protocol-Version': '2026-07-28' },
      'modern',
    ],
    [
      'only a legacy header',
      request('tools/list', {}),
      { 'MCP-Protocol-Version': '2025-11-25' },
      'legacy',
    ],
    [
      'a header that is no version',
      request('tools/list', {}),
      { 'MCP-Protocol-Version': 'zzz' },
      'legacy',
    ],
    [
      'a notification under a modern header',
      notification({}),
      { 'MCP-Protocol-Version': '2026-07-28' },
      'modern',
    ],
    ['nothing', request('tools/list', {}), {}, 'legacy'],
  ])('%s', (_description, frame, values: Record<string, string>, era) => {
    expect(detectEra(headers(values), frame.message)).toBe(era);
  });
});

describe('what a client says of itself', () => {
  it('is read from initialize', () => {
    const { message } = request('initialize', {
      protocolVersion: '2025-11-25',
      clientInfo: { name: 'c', version: '1', title: 'C' },
      capabilities: { roots: {} },
    });
    expect(protocolVersionOf(message)).toBe('2025-11-25');
    expect(clientInfoOf(message)).toEqual({ name: 'c', version: '1', title: 'C' });
    expect(clientCapabilitiesOf(message)).toMatchObject({ members: [{ key: 'roots' }] });
  });

  it('is read from _meta', () => {
    const { message } = request(
      'tools/list',
      {},
      { ...modern, [`${PREFIX}/clientInfo`]: { name: 'c' } },
    );
    expect(protocolVersionOf(message)).toBe('2026-07-28');
    expect(clientInfoOf(message)).toEqual({ name: 'c' });
    expect(missingEnvelopeKeys(message)).toEqual([]);
  });

  it('is absent from any other params', () => {
    const { message } = request('tools/call', { clientInfo: { name: 'c' }, protocolVersion: 'x' });
    expect(protocolVersionOf(message)).toBeUndefined();
    expect(clientInfoOf(message)).toBeUndefined();
    expect(missingEnvelopeKeys(message)).toHaveLength(2);
  });
});

describe('header values', () => {
  it.each([
    ['query', 'query'],
    ['a b\tc', 'a b\tc'],
    ['', '=?base64??='],
    [' a', '=?base64?IGE=?='],
    ['Grüße', '=?base64?R3LDvMOfZQ==?='],
    ['a\r\nX: y', '=?base64?YQ0KWDogeQ==?='],
    ['=?base64?literal?=', '=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?='],
  ])('%j is written as %j', (value, field) => {
    expect(encodeHeaderValue(value)).toBe(field);
    expect(decodeHeaderValue(field)).toBe(value);
  });

  it('survive the round trip and never break a header block', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const wellFormed = value.toWellFormed();
        const field = encodeHeaderValue(wellFormed);
        expect(field).toMatch(/^[\t\x20-\x7e]+$/);
        // A leading U+FEFF is refused when read, like everywhere else.
        if (!wellFormed.startsWith('\ufeff')) expect(decodeHeaderValue(field)).toBe(wellFormed);
      }),
    );
  });

  it.each(['=?base64?R3L?=', '=?base64?R3L-?=', '=?base64?/w==?=', '=?base64? ?='])(
    '%j is not readable',
    (field) => expect(decodeHeaderValue(field)).toBeUndefined(),
  );
});

describe('modern headers', () => {
  const inputSchema = schema({
    type: 'object',
    properties: {
      region: { type: 'string', 'x-mcp-header': 'Region' },
      limit: { type: 'integer', 'x-mcp-header': 'Limit' },
      nested: { type: 'object', properties: { dry: { type: 'boolean', 'x-mcp-header': 'Dry' } } },
    },
  });
  const frame = request(
    'tools/call',
    { name: 'köln', arguments: { region: 'eu', limit: 42, nested: { dry: true } } },
    modern,
  );
  const written = {
    'MCP-Protocol-Version': '2026-07-28',
    'Mcp-Method': 'tools/call',
    'Mcp-Name': '=?base64?a8O2bG4=?=',
    'Mcp-Param-Region': 'eu',
    'Mcp-Param-Limit': '42',
    'Mcp-Param-Dry': 'true',
  };

  it('are written from the body and pass their own check', () => {
    expect(modernHeaders(frame, inputSchema)).toEqual(written);
    expect(checkModernHeaders(headers(written), frame, inputSchema)).toEqual({ ok: true });
  });

  it.each([
    ['prompts/get', { name: 'p' }, 'p'],
    ['resources/read', { uri: 'file:///x' }, 'file:///x'],
    ['tasks/get', { taskId: 't' }, 't'],
    ['tools/list', { name: 'ignored' }, undefined],
    ['completion/complete', { ref: { name: 'x' } }, undefined],
  ])('name what %s acts on', (method, params, name) => {
    expect(modernHeaders(request(method, params, modern))['Mcp-Name']).toBe(name);
  });

  it.each([
    ['a missing version', { 'MCP-Protocol-Version': undefined }, 'missing'],
    ['another version', { 'MCP-Protocol-Version': '2025-11-25' }, 'different'],
    ['a missing method', { 'Mcp-Method': undefined }, 'missing'],
    ['another method', { 'Mcp-Method': 'tools/list' }, 'different'],
    ['another case of a method', { 'Mcp-Method': 'Tools/Call' }, 'different'],
    ['another name', { 'Mcp-Name': 'other' }, 'different'],
    ['a doubled name', { 'Mcp-Name': 'a, b' }, 'different'],
    ['a broken encoding', { 'Mcp-Name': '=?base64?@?=' }, 'invalid-encoding'],
    ['a missing argument', { 'Mcp-Param-Dry': undefined }, 'missing'],
    ['another argument', { 'Mcp-Param-Region': 'us' }, 'different'],
    ['another number', { 'Mcp-Param-Limit': '43' }, 'different'],
    ['a number in hexadecimal', { 'Mcp-Param-Limit': '0x2a' }, 'different'],
  ])('report %s', (_description, change, problem) => {
    const values = Object.entries({ ...written, ...change }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    );
    expect(checkModernHeaders(headers(Object.fromEntries(values)), frame, inputSchema)).toEqual({
      ok: false,
      mismatches: [expect.objectContaining({ header: Object.keys(change)[0], problem })],
    });
  });

  it('compare numbers as numbers', () => {
    const values = { ...written, 'Mcp-Param-Limit': '42.0' };
    expect(checkModernHeaders(headers(values), frame, inputSchema)).toEqual({ ok: true });
  });

  it('expect no header for an argument that is null, absent or beyond 53 bits', () => {
    const sparse = request('tools/call', {
      name: 'x',
      arguments: { region: null, limit: 2 ** 60 },
    });
    expect(modernHeaders(sparse, inputSchema)).toEqual({
      'Mcp-Method': 'tools/call',
      'Mcp-Name': 'x',
    });
  });

  it('ask nothing of a notification but agreement', () => {
    expect(checkModernHeaders(headers({}), notification({}))).toEqual({ ok: true });
    expect(checkModernHeaders(headers({ 'Mcp-Method': 'x' }), notification({})).ok).toBe(false);
  });
});

describe('paramHeadersOf', () => {
  const one = (property: object): unknown => ({
    properties: { ok: { type: 'string', 'x-mcp-header': 'Ok' }, bad: property },
  });
  it.each([
    ['none', { type: 'object' }, 0],
    [
      'a property that only is called so',
      { properties: { items: { type: 'string', 'x-mcp-header': 'A' } } },
      1,
    ],
    ['an empty name', one({ type: 'string', 'x-mcp-header': '' }), 0],
    ['a name that is no token', one({ type: 'string', 'x-mcp-header': 'a\r\nb' }), 0],
    ['a name that is no string', one({ type: 'string', 'x-mcp-header': 1 }), 0],
    ['an object', one({ type: 'object', 'x-mcp-header': 'A' }), 0],
    ['no type', one({ 'x-mcp-header': 'A' }), 0],
    ['the same name in another case', one({ type: 'string', 'x-mcp-header': 'OK' }), 0],
    ['below items', one({ type: 'array', items: { type: 'string', 'x-mcp-header': 'A' } }), 0],
    ['below anyOf', one({ anyOf: [{ type: 'string', 'x-mcp-header': 'A' }] }), 0],
    ['at the root', { type: 'string', 'x-mcp-header': 'A' }, 0],
    ['in an example', one({ type: 'object', default: { 'x-mcp-header': 'A' } }), 1],
  ])('%s', (_description, value, count) => {
    expect(paramHeadersOf(schema(value))).toHaveLength(count);
  });
});
