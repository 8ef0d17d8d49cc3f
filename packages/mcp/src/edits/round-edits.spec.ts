import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseClientFrame, parseServerFrame, type Frame } from '../frame/frame.ts';
import { applyEdits } from '../json/json-text.ts';
import {
  inputAskedIn,
  inputRequiredOf,
  mayAskForInput,
  removeParams,
  replaceParam,
  requestStateOf,
  setRequestState,
} from './round-edits.ts';

const client = (params: string): Frame =>
  parseClientFrame(
    Buffer.from(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${params}}`),
  );
function server(result: string): Frame {
  const read = parseServerFrame(`{"jsonrpc":"2.0","id":1,"result":${result}}`);
  if (read.kind === 'unreadable') throw new Error(read.reason);
  return read.frame;
}
const requests = (count: number) =>
  JSON.stringify(
    Object.fromEntries(
      Array.from({ length: count }, (_, at) => [`k${at}`, { method: 'roots/list' }]),
    ),
  );
const paramsIn = (frame: string) => frame.slice(frame.indexOf('"params":') + 9, -1);

describe('removeParams', () => {
  it.each([
    ['the first', '{"requestState":"s", "name":"q"}', '{"name":"q"}'],
    ['the last', '{"name":"q" , "requestState":"s"}', '{"name":"q"}'],
    [
      'one between',
      '{"name":"q","requestState":"s","arguments":{ "n": 1.0 }}',
      '{"name":"q","arguments":{ "n": 1.0 }}',
    ],
    ['both, at the head', '{"inputResponses":{},"requestState":"s","name":"q"}', '{"name":"q"}'],
    ['both, apart', '{"inputResponses":{},"name":"q","requestState":"s"}', '{"name":"q"}'],
    ['all there is', '{ "requestState":"s" }', '{  }'],
    [
      'nothing',
      '{"name":"q","arguments":{"requestState":"mine"}}',
      '{"name":"q","arguments":{"requestState":"mine"}}',
    ],
  ])('takes out %s', (_what, params, left) => {
    const frame = client(params);
    const text = applyEdits(frame.text, removeParams(frame, ['requestState', 'inputResponses']));
    expect(paramsIn(text)).toBe(left);
  });

  it('leaves a frame that parses, whatever stands beside', () => {
    const key = fc.constantFrom('requestState', 'inputResponses', 'a', 'b', 'c', 'd');
    fc.assert(
      fc.property(fc.uniqueArray(key), (keys) => {
        const frame = client(
          `{${keys.map((each) => `${JSON.stringify(each)} : "x"`).join(' , ')}}`,
        );
        const text = applyEdits(
          frame.text,
          removeParams(frame, ['requestState', 'inputResponses']),
        );
        const kept = keys.filter((each) => each.length === 1);
        expect(Object.keys(JSON.parse(paramsIn(text)))).toEqual(kept);
      }),
    );
  });
});

describe('requestStateOf and replaceParam', () => {
  it('read and write the state', () => {
    const frame = client('{"name":"q","requestState":"ours"}');
    expect(requestStateOf(frame)).toBe('ours');
    const text = applyEdits(frame.text, replaceParam(frame, 'requestState', 'the"irs'));
    expect(paramsIn(text)).toBe('{"name":"q","requestState":"the\\"irs"}');
    expect(requestStateOf(client('{"name":"q"}'))).toBeUndefined();
    expect(requestStateOf(client('{"requestState":7}'))).toBeNull();
  });
});

describe('inputRequiredOf', () => {
  it('reads the state and each request as a frame', () => {
    const asked = inputRequiredOf(
      server(
        '{"resultType":"input_required","requestState":"s","inputRequests":{"a\\"b":{"method":"roots/list","x":1.0}}}',
      ),
    );
    expect(asked).toEqual({
      kind: 'asks',
      requestState: 's',
      requests: [
        {
          method: 'roots/list',
          frameText: '{"jsonrpc":"2.0","id":"a\\"b","method":"roots/list","x":1.0}',
        },
      ],
    });
  });

  it.each([
    ['another kind of result', '{"resultType":"complete","requestState":"s"}'],
    ['a result without a kind', '{"inputRequests":{}}'],
    ['no object', '"input_required"'],
  ])('finds nothing in %s', (_what, result) => {
    expect(inputRequiredOf(server(result))).toBeUndefined();
  });

  // Guarantee: what one client could read in another way than the gateway did is not passed on.
  it.each([
    ['two kinds', '{"resultType":"input_required","resultType":"complete"}'],
    ['two states', '{"resultType":"input_required","requestState":"a","requestState":"b"}'],
    [
      'two sets of requests',
      '{"resultType":"input_required","inputRequests":{},"inputRequests":{}}',
    ],
    ['a state that is no text', '{"resultType":"input_required","requestState":1}'],
    ['a request without a method', '{"resultType":"input_required","inputRequests":{"a":{}}}'],
    [
      'a request with two methods',
      '{"resultType":"input_required","inputRequests":{"a":{"method":"x","method":"y"}}}',
    ],
    ['requests that are no object', '{"resultType":"input_required","inputRequests":[]}'],
    ['more requests than 64', `{"resultType":"input_required","inputRequests":${requests(65)}}`],
    [
      'a method longer than 128 characters',
      `{"resultType":"input_required","inputRequests":{"a":{"method":"${'x'.repeat(129)}"}}}`,
    ],
  ])('calls malformed: %s', (_what, result) => {
    expect(inputRequiredOf(server(result))).toEqual({ kind: 'malformed' });
  });

  it('reads as many as 64 requests', () => {
    const asked = inputRequiredOf(
      server(`{"resultType":"input_required","inputRequests":${requests(64)}}`),
    );
    expect(asked?.kind === 'asks' && asked.requests).toHaveLength(64);
  });
});

describe('inputAskedIn', () => {
  const REQUESTS = '"inputRequests":{"a":{"method":"roots/list"}}';
  const notification = (params: string): Frame => {
    const read = parseServerFrame(
      `{"jsonrpc":"2.0","method":"notifications/tasks","params":${params}}`,
    );
    if (read.kind === 'unreadable') throw new Error(read.reason);
    return read.frame;
  };

  // Guarantee: wherever a client could take it for a request of the upstream, it is seen.
  it.each([
    ['an answer', server(`{"resultType":"input_required",${REQUESTS}}`)],
    ['the state of a task', server(`{"taskId":"t","status":"input_required",${REQUESTS}}`)],
    ['a state that says otherwise', server(`{"taskId":"t","status":"working",${REQUESTS}}`)],
    ['a task inside a result', server(`{"task":{"taskId":"t",${REQUESTS}}}`)],
    ['the result of a task', server(`{"taskId":"t","result":{${REQUESTS}}}`)],
    ['a notification of a task', notification(`{"taskId":"t",${REQUESTS}}`)],
    ['a task inside a notification', notification(`{"task":{${REQUESTS}}}`)],
  ])('finds what stands in %s', (_where, frame) => {
    const asked = inputAskedIn(frame);
    expect(asked?.kind === 'asks' && asked.requests.map(({ method }) => method)).toEqual([
      'roots/list',
    ]);
  });

  it.each([
    ['no such key', server('{"taskId":"t","status":"input_required"}')],
    ['one in the data of a tool', server(`{"structuredContent":{${REQUESTS}}}`)],
    ['a notification without params', notification('{}')],
  ])('finds nothing where there is %s', (_what, frame) => {
    expect(inputAskedIn(frame)).toBeUndefined();
  });

  it.each([
    ['twice in one', server(`{"taskId":"t",${REQUESTS},${REQUESTS}}`)],
    ['in two places', server(`{${REQUESTS},"result":{${REQUESTS}}}`)],
  ])('calls malformed what stands %s', (_what, frame) => {
    expect(inputAskedIn(frame)).toEqual({ kind: 'malformed' });
  });
});

describe('setRequestState', () => {
  it.each([
    [
      'replaces',
      '{"resultType":"input_required", "requestState": "s","z":1.0}',
      '{"resultType":"input_required", "requestState": "new","z":1.0}',
    ],
    [
      'adds',
      '{ "resultType":"input_required"}',
      '{"requestState":"new", "resultType":"input_required"}',
    ],
  ])('%s it and leaves every other byte', (_what, result, expected) => {
    const frame = server(result);
    expect(applyEdits(frame.text, setRequestState(frame, 'new'))).toBe(
      `{"jsonrpc":"2.0","id":1,"result":${expected}}`,
    );
  });
});

describe('mayAskForInput', () => {
  it('knows the methods of the revision', () => {
    expect(
      ['tools/call', 'prompts/get', 'resources/read', 'completion/complete', 'tools/list'].map(
        mayAskForInput,
      ),
    ).toEqual([true, true, true, false, false]);
  });
});
