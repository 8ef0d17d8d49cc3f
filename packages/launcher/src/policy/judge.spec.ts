import { compilePolicy, loadSqlParser, type CompiledPolicy } from '@holdpoint/policy';
import { judgeLines } from './judge.ts';

beforeAll(loadSqlParser);

const NOW = new Date('2026-11-22T15:00:00Z');

const POLICY = `
rules:
  - { id: reads, match: { tools: [query] }, unless: sql(args.sql).mutates, effect: allow }
  - { id: no-ddl, match: { tools: [query] }, when: sql(args.sql).ddl, effect: deny }
  - { id: big, match: { tools: [pay] }, when: args.account == 9007199254740993, effect: deny }
  - { id: late, match: { tools: [pay] }, when: now.getHours() >= 18, effect: deny }
  - { id: hinted, match: { tools: [drop] }, when: tool.annotations.destructiveHint == true, effect: deny }
  - { id: interns, match: { tools: [read], callers: { groups: [interns] } }, effect: deny }
  - { id: robots, match: { tools: [read], callers: { kinds: [service] } }, effect: hold }
  - { id: files, match: { resources: ['file:///etc/**'] }, effect: deny }
  - { id: persona, match: { prompts: [persona] }, when: args.name == "root", effect: deny }
  - { id: no-lists, match: { methods: [prompts/list] }, effect: deny }
  - { id: bursts, match: { tools: [send] }, when: 'count("10m") > 20', effect: deny }
  - { id: everything, match: { methods: [ping, tools/list] }, effect: hold }
`;

function compiled(yaml: string): CompiledPolicy {
  const result = compilePolicy(yaml);
  if (result.ok) return result.policy;
  throw new Error(JSON.stringify(result.issues));
}

async function judged(lines: string | Uint8Array, yaml = POLICY) {
  const bytes = typeof lines === 'string' ? new TextEncoder().encode(lines) : lines;
  async function* chunks() {
    // Small ones, so that lines and characters are cut anywhere.
    for (let at = 0; at < bytes.length; at += 7) yield bytes.subarray(at, at + 7);
    await Promise.resolve();
  }
  const answers = [];
  for await (const answer of judgeLines(compiled(yaml), chunks(), () => NOW)) answers.push(answer);
  return answers;
}

function line(method: string, params: unknown, more: Readonly<Record<string, unknown>> = {}) {
  const caller = { subject: 'etl', groups: ['data-agents'] };
  return JSON.stringify({ connection: 'prod', method, params, caller, ...more });
}

function toolCall(name: string, args: unknown, more: Readonly<Record<string, unknown>> = {}) {
  return line('tools/call', { name, arguments: args }, more);
}

const CASES: readonly (readonly [
  description: string,
  line: string,
  effect: string,
  rules: readonly string[],
])[] = [
  ['a read', toolCall('query', { sql: 'select 1' }), 'allow', ['reads']],
  ['a schema change', toolCall('query', { sql: 'drop table t' }), 'deny', ['no-ddl']],
  ['no rule: the default', toolCall('query', { sql: 'delete from t where id = 1' }), 'hold', []],
  ['an unreadable text', toolCall('query', { sql: 'selec' }), 'deny', ['no-ddl']],
  ['no arguments', line('tools/call', { name: 'query' }), 'deny', ['no-ddl']],
  [
    'a number that a double can’t hold',
    toolCall('pay', { account: 1 }).replace(':1}', ':9007199254740993}'),
    'deny',
    ['big'],
  ],
  ['its neighbour', toolCall('pay', { account: 9007199254740992 }), 'hold', []],
  [
    'a time of its own',
    toolCall('pay', { account: 1 }, { now: '2026-11-22T19:30:00+01:00' }),
    'deny',
    ['late'],
  ],
  [
    'a hint of the tool',
    toolCall('drop', {}, { tool: { name: 'drop', annotations: { destructiveHint: true } } }),
    'deny',
    ['hinted'],
  ],
  ['no tool, so its hint is an error', toolCall('drop', {}), 'deny', ['hinted']],
  ['a tool that is null', toolCall('drop', {}, { tool: null }), 'deny', ['hinted']],
  [
    'a group',
    toolCall('read', {}, { caller: { subject: 'a', groups: ['staff', 'interns'] } }),
    'deny',
    ['interns'],
  ],
  [
    'a service',
    toolCall('read', {}, { caller: { subject: 'a', groups: [], kind: 'service' } }),
    'hold',
    ['robots'],
  ],
  ['a resource', line('resources/read', { uri: 'file:///etc/passwd' }), 'deny', ['files']],
  [
    'a prompt',
    line('prompts/get', { name: 'persona', arguments: { name: 'root' } }),
    'deny',
    ['persona'],
  ],
  ['few earlier calls', toolCall('send', {}, { counts: { '10m': 20 } }), 'hold', []],
  ['many earlier calls', toolCall('send', {}, { counts: { '10m': 21 } }), 'deny', ['bursts']],
  ['earlier calls that nobody counted', toolCall('send', {}), 'deny', ['bursts']],
  ['an unknown method', line('acme/reboot', {}), 'hold', []],
  ['a method without parameters', line('acme/reboot', undefined), 'hold', []],
  ['a method that is never held, whatever a rule says', line('ping', {}), 'allow', []],
  ['a list, which is filtered and not held', line('tools/list', {}), 'allow', []],
  ['a list that a rule denies', line('prompts/list', {}), 'deny', ['no-lists']],
];

const FAULTS: readonly (readonly [description: string, line: string | Uint8Array, code: string])[] =
  [
    ['no JSON', 'select 1', 'invalid_json'],
    ['an array', '[]', 'bad_call'],
    ['something behind the call', `${toolCall('query', {})} 1`, 'trailing_content'],
    [
      // Guarantees that no upstream parser sees another call than the one that was judged.
      'a key twice',
      toolCall('query', {}).replace('"name"', '"name":"pay","name"'),
      'duplicate_key',
    ],
    [
      'a key of the parameters in another case',
      line('tools/call', { NAME: 'query' }),
      'ambiguous_key',
    ],
    ['half a surrogate pair', toolCall('query', { sql: '\ud800' }), 'lone_surrogate'],
    ['bytes that aren’t UTF-8', Uint8Array.of(0x7b, 0xff, 0x7d), 'invalid_utf8'],
    ['a method with a space', line('tools/call ', {}), 'invalid_method'],
    ['parameters that are a text', line('tools/call', 'query'), 'invalid_params'],
    ['no connection', line('ping', {}, { connection: undefined }), 'bad_call'],
    ['no groups', line('ping', {}, { caller: { subject: 'a' } }), 'bad_call'],
    ['a count that is none', line('ping', {}, { counts: { '10m': -1 } }), 'bad_call'],
    ['a time that is none', line('ping', {}, { now: 'soon' }), 'bad_call'],
  ];

describe('judgeLines', () => {
  it.each(CASES)('judges %s', async (_, text, effect, rules) => {
    expect(await judged(text)).toEqual([{ effect, rules, explanation: expect.any(String) }]);
  });

  // Guarantees that what the endpoint refuses isn't taken for something that passes.
  it.each(FAULTS)('refuses %s', async (_, text, code) => {
    expect(await judged(text)).toEqual([
      {
        effect: 'deny',
        rules: [],
        explanation: expect.stringMatching(/^Denied: this is no call that can be read\. \S/),
        error: { code, message: expect.any(String) },
        line: 1,
      },
    ]);
  });

  it.each(['allow', 'hold', 'deny'])('lets the file’s default stand in: %s', async (effect) => {
    const yaml = `default: ${effect}\nrules: []`;
    expect(await judged(toolCall('é', {}), yaml)).toMatchObject([{ effect, rules: [] }]);
  });

  it('reads a file that begins with a byte order mark', async () => {
    expect(await judged(`\ufeff${line('ping', {})}`)).toMatchObject([{ effect: 'allow' }]);
    const answers = await judged(`${line('ping', {})}\n\ufeff${line('ping', {})}`);
    expect(answers).toMatchObject([{ effect: 'allow' }, { effect: 'deny' }]);
  });

  it('goes on after a bad line, counts every line and passes over blank ones', async () => {
    const text = `\r\n${line('ping', {})}\r\nnope\n \n${line('ping', {})}`;
    expect(await judged(text)).toMatchObject([
      { effect: 'allow' },
      { effect: 'deny', line: 3 },
      { effect: 'allow' },
    ]);
  });

  it('has nothing to say about an empty file', async () => {
    expect(await judged('')).toEqual([]);
  });
});
