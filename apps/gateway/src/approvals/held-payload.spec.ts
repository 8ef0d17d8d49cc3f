import { describe, expect, it } from '@jest/globals';
import { argumentsTextOf, otherParamsTextOf } from './held-payload.ts';

/** Guarantee: whatever of a call the upstream gets, a reviewer sees. */
describe('what a reviewer sees of a call', () => {
  const cases: readonly {
    readonly description: string;
    readonly params: string;
    readonly args: string;
    readonly others: string | null;
  }[] = [
    {
      description: 'name and arguments only',
      params: '{"name":"query","arguments":{"sql":"x"}}',
      args: '{"sql":"x"}',
      others: null,
    },
    {
      description: 'a param of nobody’s',
      params: '{"name":"query","arguments":{},"extra":{"n": 1.0}}',
      args: '{}',
      others: '{"extra":{"n": 1.0}}',
    },
    {
      description: 'what only says how the message travels',
      params:
        '{"name":"query","arguments":{},"_meta":{"progressToken":7,"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}',
      args: '{}',
      others: null,
    },
    {
      description: 'a message to the upstream in _meta, beside how it travels',
      params:
        '{"name":"query","arguments":{},"_meta":{"progressToken":7,"example.com/as": "root"}}',
      args: '{}',
      others: '{"_meta":{"example.com/as": "root"}}',
    },
    {
      description: 'no arguments: all of it',
      params: '{"uri":"file:///x","_meta":{"example.com/as":"root"}}',
      args: '{"uri":"file:///x","_meta":{"example.com/as":"root"}}',
      others: null,
    },
  ];

  it.each(cases)('$description', ({ params, args, others }) => {
    const frame = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${params}}`;
    expect(argumentsTextOf(frame)).toBe(args);
    expect(otherParamsTextOf(frame)).toBe(others);
  });
});
