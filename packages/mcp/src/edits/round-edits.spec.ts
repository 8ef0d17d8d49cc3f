import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseClientFrame, parseServerFrame, type Frame } from '../frame/frame.ts';
import { applyEdits } from '../json/json-text.ts';
import {
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
  ])('calls malformed: %s', (_what, result) => {
    expect(inputRequiredOf(server(result))).toEqual({ kind: 'malformed' });
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
