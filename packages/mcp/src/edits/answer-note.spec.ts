import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseServerFrame } from '../frame/frame.ts';
import { applyEdits } from '../json/json-text.ts';
import { noteInAnswer } from './answer-note.ts';

const NOTE = { text: 'A “note”', key: 'holdpoint/edited', value: '{"n":1.0}' };
const BLOCK = '{"type":"text","text":"A “note”"}';
const META = '"_meta":{"holdpoint/edited":{"n":1.0}}';

function noted(answer: string): string {
  const read = parseServerFrame(`{"jsonrpc":"2.0","id":1,${answer}}`);
  if (read.kind === 'unreadable') throw new Error(read.reason);
  const text = applyEdits(read.frame.text, noteInAnswer(read.frame, NOTE));
  return text.slice('{"jsonrpc":"2.0","id":1,'.length, -1);
}

describe('noteInAnswer', () => {
  const cases = [
    {
      what: 'behind the blocks of the upstream',
      answer: '"result":{"content":[{"type":"text","text":"a"}]}',
      expected: `"result":{${META},"content":[{"type":"text","text":"a"},${BLOCK}]}`,
    },
    {
      what: 'in an empty list of blocks',
      answer: '"result":{"content":[]}',
      expected: `"result":{${META},"content":[${BLOCK}]}`,
    },
    {
      what: 'beside what the upstream says in _meta',
      answer: '"result":{"_meta":{"a":1},"content":[]}',
      expected: `"result":{"_meta":{"holdpoint/edited":{"n":1.0},"a":1},"content":[${BLOCK}]}`,
    },
    {
      what: 'only in _meta where a round ends and not the call',
      answer: '"result":{"resultType":"input_required","requestState":"s"}',
      expected: `"result":{${META},"resultType":"input_required","requestState":"s"}`,
    },
    {
      what: 'in the message of an error',
      answer: '"error":{"code":-32602,"message":"No."}',
      expected: '"error":{"code":-32602,"message":"No. A “note”"}',
    },
    {
      what: 'nowhere in what is no answer',
      answer: '"method":"ping"',
      expected: '"method":"ping"',
    },
  ];
  it.each(cases)('stands $what', ({ answer, expected }) => {
    expect(noted(answer)).toBe(expected);
  });

  it('leaves structuredContent and every block of the upstream as they were', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.array(fc.jsonValue()), (structured, blocks) => {
        const answer = JSON.stringify({ structuredContent: structured, content: blocks });
        const now = JSON.parse(`{${noted(`"result":${answer}`)}}`) as {
          result: { structuredContent: unknown; content: unknown[] };
        };
        const before: unknown = JSON.parse(answer);
        expect({
          structuredContent: now.result.structuredContent,
          content: now.result.content.slice(0, -1),
        }).toEqual(before);
      }),
    );
  });
});
