import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ConnectionRegistry } from '../connections/connection-registry.ts';
import { ToolCatalogue } from '../connections/tool-catalogue.ts';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { toolCall } from '../testing/agent.ts';
import { startMcpBench, until, type McpBench } from '../testing/mcp-bench.ts';
import { event, json, stream, textResult } from '../testing/scripted-upstream.ts';
import { ApprovalContextView } from './approval-context.ts';
import { Conversation } from './conversation.ts';

let bench: McpBench;

beforeAll(async () => {
  bench = await startMcpBench();
});
afterAll(() => bench.close());

const sampling = (id: string, text: string) =>
  event(
    `{"jsonrpc":"2.0","id":"${id}","method":"sampling/createMessage","params":{"messages":[],"maxTokens":1,"systemPrompt":"${text}"}}`,
  );

describe('what a connection asked while a held call ran', () => {
  it('opens on one page however long it is: what is left out is said', async () => {
    const agent = await bench.agent();
    await agent.initialize();
    bench.upstream.on('tools/call', (asked, response) => {
      stream(response);
      response.write(sampling('short', 'first'));
      for (let n = 0; n < 4; n += 1) response.write(sampling(`long-${n}`, 'y'.repeat(400_000)));
      response.write(sampling('last', 'last'));
      response.end(event(textResult(asked.id, 'done')));
    });
    const held = await agent.post(toolCall(1, 'write', '{"n":1}'));
    const id = await bench.decide('approve');
    await held.last();

    const said = await bench.context.get(Conversation).of(id, true);
    expect(said.map(({ text, tooLong }) => [text !== null, tooLong])).toEqual([
      [true, false],
      [true, false],
      [true, false],
      [false, true],
      [false, true],
      [true, false],
    ]);
    expect(said.at(-1)?.text).toContain('"last"');
  });
});

const REVIEWER: SignedInPerson = {
  key: 'http://people.example.com|avery',
  name: 'Avery',
  email: 'avery@people.example.com',
  issuer: 'http://people.example.com',
  subject: 'avery',
  groups: ['reviewers'],
  groupsAt: Date.now(),
  roles: ['reviewer'],
};

describe('what stands around a held call', () => {
  const around = (id: string, person = REVIEWER) =>
    bench.context.get(ApprovalContextView).of(id, person);

  it('tells the earlier calls, the last approval with its arguments, and the caller’s record', async () => {
    bench.upstream.on('tools/call', (asked, response) => {
      json(response, textResult(asked.id, 'done'));
    });
    const agent = await bench.agent('around');
    await agent.initialize();
    await (await agent.post(toolCall(1, 'read'))).last();
    await (await agent.post(toolCall(2, 'forbidden'))).last();
    const first = await agent.post(toolCall(3, 'write', '{"n":41}'));
    const approved = await bench.decide('approve');
    await first.last();
    const second = await agent.post(toolCall(4, 'write', '{"n":42}'));
    const { id } = await bench.approval('held');

    // An agent has its answer a moment before that is on the record.
    const context = await until(async () => {
      const found = await around(id);
      return found.earlier.every(({ outcome }) => outcome !== 'answered') && found;
    }, 'each answer is recorded as delivered');
    expect(context.earlier.map(({ target, outcome }) => [target, outcome])).toEqual([
      ['write', 'delivered'],
      ['forbidden', 'refused'],
      ['read', 'delivered'],
    ]);
    expect(context.earlier[0]?.approvalId).toBe(approved);
    expect(context.earlierMore).toBe(false);
    expect(context.lastApproved).toMatchObject({
      approvalId: approved,
      sameCaller: true,
      identical: false,
      by: ['Riley'],
      argumentsText: '{"n":41}',
      withheld: null,
    });
    expect(context.definition).toMatchObject({
      item: { kind: 'tool', name: 'write' },
      changedSinceHeld: false,
      changedSinceApproved: false,
      missingSince: null,
    });
    expect(context.caller).toMatchObject({ held: 2, approved: 1, denied: 0, atLeast: false });
    expect(context.caller.calls).toBeGreaterThanOrEqual(3);
    await bench.decide('deny', id);
    await second.last();
  });

  // Guarantee: the payload of another approval is opened only to those whom its own page opens it to.
  it('keeps the arguments of the last approval from who may not open it', async () => {
    const agent = await bench.agent('around');
    await agent.initialize();
    const held = await agent.post(toolCall(1, 'write', '{"n":43}'));
    const { id } = await bench.approval('held');
    for (const person of [
      { ...REVIEWER, groups: ['others'] },
      { ...REVIEWER, groups: [], roles: ['admin'] as const },
      { ...REVIEWER, groups: ['reviewers'], roles: ['auditor'] as const },
    ]) {
      const { lastApproved } = await around(id, { ...person, roles: [...person.roles] });
      expect(lastApproved).toMatchObject({ argumentsText: null, withheld: 'role' });
    }
    await bench.decide('deny', id);
    await held.last();
  });

  it('sees a definition that changed since the last approval', async () => {
    const agent = await bench.agent('around');
    await agent.initialize();
    const before = bench.upstream.tools.get('write');
    bench.upstream.tools.set('write', {
      name: 'write',
      description: 'Writes more.',
      inputSchema: { type: 'object' },
    });
    const connection = bench.context.get(ConnectionRegistry).bySlug('demo');
    if (connection === undefined || before === undefined) throw new Error('There is no such tool.');
    await bench.context.get(ToolCatalogue).refresh(connection);
    const held = await agent.post(toolCall(1, 'write', '{"n":44}'));
    const { id } = await bench.approval('held');
    expect((await around(id)).definition).toMatchObject({
      changedSinceHeld: false,
      changedSinceApproved: true,
      word: null,
    });
    await bench.decide('deny', id);
    await held.last();
    bench.upstream.tools.set('write', before);
    await bench.context.get(ToolCatalogue).refresh(connection);
  });

  it('is not there for an approval that isn’t', async () => {
    await expect(around('01990000-0000-7000-8000-000000000000')).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});
