import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Frame, parseServerFrame } from '../frame/frame.ts';
import { progressNotification, replaceResultId, rpcError, toolErrorResult } from './answers.ts';

const id = { raw: '"\\u0061"', value: 'a' };

function server(text: string): Frame {
  const read = parseServerFrame(text);
  if (read.kind === 'unreadable') throw new Error(read.reason);
  return read.frame;
}

describe('own answers', () => {
  it('tell a model why its call did not run', () => {
    expect(toolErrorResult(id, 'Denied: "no"', 'legacy')).toBe(
      '{"jsonrpc":"2.0","id":"\\u0061","result":{"content":[{"type":"text","text":"Denied: \\"no\\""}],"isError":true}}',
    );
    expect(JSON.parse(toolErrorResult(id, 'x', 'modern', { approval: 'a1' }))).toEqual({
      jsonrpc: '2.0',
      id: 'a',
      result: {
        resultType: 'complete',
        content: [{ type: 'text', text: 'x' }],
        isError: true,
        _meta: { approval: 'a1' },
      },
    });
  });

  it('are JSON-RPC errors elsewhere', () => {
    expect(rpcError(null, -32700, 'x')).toBe(
      '{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"x"}}',
    );
    expect(rpcError(id, 4001, 'x', { approval: 'a1' })).toContain('"data":{"approval":"a1"}');
  });

  it('keep ids, tokens and any text whole', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(server(toolErrorResult(id, text, 'legacy')).message).toMatchObject({ id });
        const progress = progressNotification('1.0', 2, text);
        expect(JSON.parse(progress)).toMatchObject({ params: { progress: 2, message: text } });
        expect(progress).toContain('"progressToken":1.0,');
      }),
    );
  });
});

describe('replaceResultId', () => {
  it('changes the id and no other byte', () => {
    const frame = server('{ "id" : 1 , "x-new": 1.0, "result": {"id": 1, "id": 2} }');
    expect(replaceResultId(frame, id)).toBe(
      '{ "id" : "\\u0061" , "x-new": 1.0, "result": {"id": 1, "id": 2} }',
    );
  });

  it('changes every id that an upstream wrote', () => {
    expect(replaceResultId(server('{"id":1,"result":{},"id":2}'), id)).toBe(
      '{"id":"\\u0061","result":{},"id":"\\u0061"}',
    );
  });

  it('refuses a frame without one', () => {
    expect(() => replaceResultId(server('{"error":{}}'), id)).toThrow(
      expect.objectContaining({ code: 'invalid_id' }),
    );
  });
});
