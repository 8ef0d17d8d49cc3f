import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Frame, parseClientFrame, parseServerFrame } from '../frame/frame.ts';
import { applyEdits } from '../json/json-text.ts';
import {
  createdTaskIdOf,
  declaresTasks,
  inputRequestsIn,
  inputResponsesIn,
  mayBecomeTask,
  nextRoundText,
  replaceTaskParam,
  taskAcknowledged,
  taskCreated,
  taskEnded,
  type TaskFacts,
  taskIdOf,
  taskNeedsInput,
  taskState,
  withTaskId,
} from './tasks.ts';

const id = { raw: '7', value: 7 };
const task: TaskFacts = {
  taskId: 't-1',
  message: 'Waiting for “dba”.',
  createdAt: new Date('2026-07-28T10:00:00Z'),
  lastUpdatedAt: new Date('2026-07-28T10:01:00Z'),
  ttlMs: 3_600_000,
  pollIntervalMs: 5000,
};
const told = {
  taskId: 't-1',
  statusMessage: 'Waiting for “dba”.',
  createdAt: '2026-07-28T10:00:00.000Z',
  lastUpdatedAt: '2026-07-28T10:01:00.000Z',
  ttlMs: 3_600_000,
  pollIntervalMs: 5000,
};

const client = (text: string): Frame => parseClientFrame(new TextEncoder().encode(text));

function server(text: string): Frame {
  const read = parseServerFrame(text);
  if (read.kind === 'unreadable') throw new Error(read.reason);
  return read.frame;
}

describe('declaresTasks', () => {
  it.each([
    ['an empty object', '{"extensions":{"io.modelcontextprotocol/tasks":{}}}', true],
    ['settings', '{"extensions":{"io.modelcontextprotocol/tasks":{"x":1}}}', true],
    ['another extension', '{"extensions":{"io.modelcontextprotocol/ui":{}}}', false],
    ['the earlier capability', '{"tasks":{}}', false],
    ['null', '{"extensions":{"io.modelcontextprotocol/tasks":null}}', false],
    ['nothing', '{}', false],
  ])('%s', (_what, capabilities, expected) => {
    const { message } = client(
      `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"_meta":{"io.modelcontextprotocol/clientCapabilities":${capabilities}}}}`,
    );
    expect(declaresTasks(message)).toBe(expected);
  });

  it('only a tool call may become a task', () => {
    expect(['tools/call', 'prompts/get', 'resources/read'].filter(mayBecomeTask)).toEqual([
      'tools/call',
    ]);
  });
});

describe('what a client is told of a task', () => {
  it('is a handle first, then a state', () => {
    expect(JSON.parse(taskCreated(id, task, { 'x/y': 1 }))).toEqual({
      jsonrpc: '2.0',
      id: 7,
      result: { resultType: 'task', status: 'working', ...told, _meta: { 'x/y': 1 } },
    });
    expect(JSON.parse(taskState(id, task, 'cancelled')).result).toEqual({
      resultType: 'complete',
      status: 'cancelled',
      ...told,
    });
    expect(taskAcknowledged(id)).toBe(
      '{"jsonrpc":"2.0","id":7,"result":{"resultType":"complete"}}',
    );
  });

  it.each([
    ['result', '{"isError":true,"n":1.00}', 'completed'],
    ['error', '{"code":-32603,"message":"no","data":1e2}', 'failed'],
  ])('a %s goes inside byte for byte', (key, value, status) => {
    const text = taskEnded(id, task, server(`{"jsonrpc":"2.0","id":1,"${key}":${value}}`));
    expect(text).toContain(`"${key}":${value}}}`);
    expect(JSON.parse(text)).toMatchObject({
      id: 7,
      result: { resultType: 'complete', status, ...told },
    });
  });

  it('is no answer where there is none', () => {
    expect(() =>
      taskEnded(id, task, server('{"jsonrpc":"2.0","method":"notifications/tasks"}')),
    ).toThrow(expect.objectContaining({ code: 'invalid_envelope' }));
  });
});

describe('a task that needs input', () => {
  const asks = server(
    '{"jsonrpc":"2.0","id":1,"result":{"resultType":"input_required","requestState":"s","inputRequests":{"a":{"method":"elicitation/create","n":1.0},"b":{}}}}',
  );

  it('asks for it byte for byte', () => {
    const text = taskNeedsInput(id, task, inputRequestsIn(asks));
    expect(text).toContain(
      '"inputRequests":{"a":{"method":"elicitation/create","n":1.0},"b":{}}}}',
    );
    expect(JSON.parse(text).result).toMatchObject({ status: 'input_required', taskId: 't-1' });
    expect(inputRequestsIn(server('{"jsonrpc":"2.0","id":1,"result":{}}')).size).toBe(0);
  });

  it('goes on with the first request and what it was given', () => {
    const first = client(
      '{"jsonrpc":"2.0", "id":1,"method":"tools/call","params":{ "name":"x","requestState":"old","arguments":{"n":1.00} }}',
    );
    const update = client(
      '{"jsonrpc":"2.0","id":2,"method":"tasks/update","params":{"taskId":"t","inputResponses":{"a":{"action":"accept","n":2.0}}}}',
    );
    expect(nextRoundText(first, inputResponsesIn(update), 'new')).toBe(
      '{"jsonrpc":"2.0", "id":1,"method":"tools/call","params":{"name":"x","arguments":{"n":1.00},"inputResponses":{"a":{"action":"accept","n":2.0}},"requestState":"new"}}',
    );
    expect(() =>
      nextRoundText(client('{"jsonrpc":"2.0","id":1,"method":"x"}'), new Map(), 's'),
    ).toThrow(expect.objectContaining({ code: 'invalid_params' }));
  });
});

describe('ids of tasks', () => {
  it('are found where they belong', () => {
    const get = client('{"jsonrpc":"2.0","id":1,"method":"tasks/get","params":{"taskId":"a"}}');
    expect(taskIdOf(get.message)).toBe('a');
    const created = (result: string) =>
      createdTaskIdOf(server(`{"jsonrpc":"2.0","id":1,"result":${result}}`));
    expect(created('{"resultType":"task","taskId":"up"}')).toBe('up');
    expect(created('{"resultType":"complete","taskId":"up"}')).toBeUndefined();
    expect(created('{"resultType":"task","taskId":1}')).toBeUndefined();
  });

  it('are replaced, and nothing else is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.json(), (taskId, value) => {
        const rest = `"other":${value}`;
        const get = client(
          `{"jsonrpc":"2.0","id":1,"method":"tasks/get","params":{"taskId":"a","x":1.0}}`,
        );
        const quoted = JSON.stringify(taskId);
        expect(JSON.parse(applyEdits(get.text, replaceTaskParam(get, taskId))).params).toEqual({
          taskId: JSON.parse(quoted),
          x: 1,
        });
        const answer = server(`{"jsonrpc":"2.0","id":1,"result":{"taskId":"a",${rest}}}`);
        expect(withTaskId(answer, 'b')).toBe(
          `{"jsonrpc":"2.0","id":1,"result":{"taskId":"b",${rest}}}`,
        );
      }),
    );
  });
});
