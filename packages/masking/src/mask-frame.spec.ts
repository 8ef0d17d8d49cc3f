import { describe, expect, it } from '@jest/globals';
import { parseJson } from '@holdpoint/mcp';
import {
  compileMasks,
  isProtocolField,
  type MaskOptions,
  type MaskRule,
  maskFrame,
  maskText,
  maskValue,
} from './index.ts';

const PEOPLE: MaskRule[] = [
  { detect: ['email', 'phone', 'credit-card', 'us-ssn', 'iban', 'secret'], as: 'redact' },
];
const mask = (text: string, rules: readonly MaskRule[] = PEOPLE, options?: MaskOptions) =>
  maskFrame({ text, root: parseJson(text, { mode: 'lenient' }) }, rules, options);
const result = (inner: string): string => `{"jsonrpc":"2.0","id":1,"result":${inner}}`;
const field = (pattern: string, as: MaskRule['as'] = 'redact'): MaskRule => ({
  field: pattern,
  as,
});

interface Case {
  readonly what: string;
  readonly frame: string;
  readonly masked: string;
  readonly rules?: readonly MaskRule[];
  readonly options?: MaskOptions;
}

const everywhere: readonly Case[] = [
  {
    what: 'structuredContent',
    frame: '{"structuredContent":{"a":"ada@example.com"}}',
    masked: '{"structuredContent":{"a":"[redacted:email]"}}',
  },
  {
    what: 'text',
    frame: '{"content":[{"type":"text","text":"to ada@example.com"}]}',
    masked: '{"content":[{"type":"text","text":"to [redacted:email]"}]}',
  },
  {
    what: 'JSON inside text',
    frame: String.raw`{"content":[{"type":"text","text":"{ \"a\" : \"ada\\u0040example.com\" }"}]}`,
    masked: String.raw`{"content":[{"type":"text","text":"{ \"a\" : \"[redacted:email]\" }"}]}`,
  },
  {
    what: 'JSON inside JSON inside text',
    frame: JSON.stringify({
      content: [{ text: JSON.stringify([JSON.stringify({ a: 'ada@example.com' })]) }],
    }),
    masked: JSON.stringify({
      content: [{ text: JSON.stringify([JSON.stringify({ a: '[redacted:email]' })]) }],
    }),
  },
  {
    what: 'a string literal inside text',
    frame: String.raw`{"content":[{"text":"\"ada\\u0040example.com\""}]}`,
    masked: String.raw`{"content":[{"text":"\"[redacted:email]\""}]}`,
  },
  {
    what: 'an escaped at sign',
    frame: String.raw`{"structuredContent":{"a":"ada\u0040example.com"}}`,
    masked: '{"structuredContent":{"a":"[redacted:email]"}}',
  },
  {
    what: '_meta',
    frame: '{"_meta":{"by":"ada@example.com"}}',
    masked: '{"_meta":{"by":"[redacted:email]"}}',
  },
  {
    what: 'a resource’s text',
    frame: '{"contents":[{"uri":"file:///a@b.example","text":"ada@example.com"}]}',
    masked: '{"contents":[{"uri":"file:///a@b.example","text":"[redacted:email]"}]}',
  },
  {
    what: 'an embedded resource',
    frame: '{"content":[{"type":"resource","resource":{"uri":"x:a","text":"415-555-0132"}}]}',
    masked: '{"content":[{"type":"resource","resource":{"uri":"x:a","text":"[redacted:phone]"}}]}',
  },
  {
    what: 'prompt messages',
    frame: '{"messages":[{"role":"user","content":{"type":"text","text":"123-45-6789"}}]}',
    masked: '{"messages":[{"role":"user","content":{"type":"text","text":"[redacted:us-ssn]"}}]}',
  },
  {
    what: 'an unknown member',
    frame: '{"later":[{"x":"ada@example.com"}]}',
    masked: '{"later":[{"x":"[redacted:email]"}]}',
  },
  {
    what: 'a key',
    frame: '{"structuredContent":{"ada@example.com":1}}',
    masked: '{"structuredContent":{"[redacted:email]":1}}',
  },
  {
    what: 'two keys, kept distinct',
    frame: '{"structuredContent":{"a@x.example":1,"b@x.example":2}}',
    masked: '{"structuredContent":{"[redacted:email]":1,"[redacted:email]#2":2}}',
  },
  {
    what: 'both of two duplicate keys',
    frame: '{"structuredContent":{"a":"a@x.example","a":"b@x.example"}}',
    masked: '{"structuredContent":{"a":"[redacted:email]","a":"[redacted:email]"}}',
  },
  {
    what: 'a card number as a number',
    frame: '{"structuredContent":{"n":4111111111111111}}',
    masked: '{"structuredContent":{"n":0}}',
  },
  {
    what: 'a card number as a float',
    frame: '{"structuredContent":{"n":4.111111111111111E15,"m":4111111111111111.0}}',
    masked: '{"structuredContent":{"n":0,"m":0}}',
  },
  {
    what: 'a secret known by its key',
    frame: '{"structuredContent":{"password":"hunter2","pwd":12345}}',
    masked: '{"structuredContent":{"password":"[redacted:secret]","pwd":0}}',
  },
  {
    what: 'a phone number known by its key',
    frame: '{"structuredContent":{"phone":"555-0132"}}',
    masked: '{"structuredContent":{"phone":"[redacted:phone]"}}',
  },
  {
    what: 'a JSON root that is an array',
    frame: '{"content":[{"text":"[\\"a@x.example\\"]"}]}',
    masked: '{"content":[{"text":"[\\"[redacted:email]\\"]"}]}',
  },
  {
    what: 'a short text in blob that is no base64',
    frame: '{"contents":[{"blob":"a@x.example"}]}',
    masked: '{"contents":[{"blob":"[redacted:email]"}]}',
  },
];

const byField: readonly Case[] = [
  {
    what: 'drops a member',
    rules: [field('**.salary', 'drop')],
    frame: '{"structuredContent":{"a":1, "salary":5, "b":2}}',
    masked: '{"structuredContent":{"a":1, "b":2}}',
  },
  {
    what: 'drops the first',
    rules: [field('**.salary', 'drop')],
    frame: '{"structuredContent":{"salary":5, "b":2}}',
    masked: '{"structuredContent":{"b":2}}',
  },
  {
    what: 'drops the only',
    rules: [field('**.salary', 'drop')],
    frame: '{"structuredContent":{ "salary":5 }}',
    masked: '{"structuredContent":{  }}',
  },
  {
    what: 'drops several',
    rules: [field('*', 'drop')],
    frame: '{"structuredContent":{"a":1,"b":2}}',
    masked: '{"structuredContent":{}}',
  },
  {
    what: 'drops every duplicate',
    rules: [field('salary', 'drop')],
    frame: '{"structuredContent":{"salary":5,"a":1,"salary":6}}',
    masked: '{"structuredContent":{"a":1}}',
  },
  {
    what: 'drops items',
    rules: [field('tags.*', 'drop')],
    frame: '{"structuredContent":{"tags":[1,2]}}',
    masked: '{"structuredContent":{"tags":[]}}',
  },
  {
    what: 'redacts by type',
    rules: [field('a')],
    frame: '{"structuredContent":{"a":["x",7,true,null,{"b":"y"}]}}',
    masked:
      '{"structuredContent":{"a":["[redacted:field]",0,false,null,{"b":"[redacted:field]"}]}}',
  },
  {
    what: 'keeps a part',
    rules: [field('account', 'partial')],
    frame: '{"structuredContent":{"account":"12345678"}}',
    masked: '{"structuredContent":{"account":"****5678"}}',
  },
  {
    what: 'looks through arrays',
    rules: [field('rows.salary')],
    frame: '{"structuredContent":{"rows":[{"salary":5}]}}',
    masked: '{"structuredContent":{"rows":[{"salary":0}]}}',
  },
  {
    what: 'knows one item',
    rules: [field('rows[1]')],
    frame: '{"structuredContent":{"rows":["a","b"]}}',
    masked: '{"structuredContent":{"rows":["a","[redacted:field]"]}}',
  },
  {
    what: 'ignores case and invisible characters',
    rules: [field('**.salary')],
    frame: '{"structuredContent":{"Sal\u200bARY":"x"}}',
    masked: '{"structuredContent":{"Sal\u200bARY":"[redacted:field]"}}',
  },
  {
    what: 'reads a dotted name',
    rules: [field('a\\.b')],
    frame: '{"structuredContent":{"a.b":"x","a":{"b":"x"}}}',
    masked: '{"structuredContent":{"a.b":"[redacted:field]","a":{"b":"x"}}}',
  },
  {
    what: 'works inside JSON text',
    rules: [field('salary', 'drop')],
    frame: String.raw`{"content":[{"text":"{\"salary\":5,\"a\":1}"}]}`,
    masked: String.raw`{"content":[{"text":"{\"a\":1}"}]}`,
  },
  {
    what: 'works in error data',
    rules: [field('salary')],
    frame: '{"data":{"salary":5}}',
    masked: '{"data":{"salary":0}}',
  },
  {
    what: 'works in unknown members',
    rules: [field('rows.salary')],
    frame: '{"rows":[{"salary":5}]}',
    masked: '{"rows":[{"salary":0}]}',
  },
  {
    what: 'goes on through a string that holds JSON',
    rules: [field('a.b')],
    frame: String.raw`{"structuredContent":{"a":"{\"b\":7}"}}`,
    masked: String.raw`{"structuredContent":{"a":"{\"b\":0}"}}`,
  },
  {
    what: 'reaches the text in front of it',
    rules: [field('**.salary')],
    frame:
      '{"content":[{"text":"earns 125000 (125,000), not 1250001"}],"structuredContent":{"salary":125000}}',
    masked:
      '{"content":[{"text":"earns [redacted:field] ([redacted:field]), not 1250001"}],"structuredContent":{"salary":0}}',
  },
  {
    what: 'reaches a text twin by another name',
    rules: [field('**.note', 'drop')],
    frame: String.raw`{"structuredContent":{"note":"very private"},"content":[{"text":"{\"n\":\"so very private!\"}"}]}`,
    masked: String.raw`{"structuredContent":{},"content":[{"text":"{\"n\":\"so !\"}"}]}`,
  },
  {
    what: 'leaves short values in texts',
    rules: [field('**.n')],
    frame: '{"structuredContent":{"n":"abc"},"content":[{"text":"abc"}]}',
    masked: '{"structuredContent":{"n":"[redacted:field]"},"content":[{"text":"abc"}]}',
  },
  {
    what: 'never breaks the protocol',
    rules: [field('**', 'drop')],
    frame:
      '{"resultType":"complete","isError":false,"content":[{"type":"text","text":"x"}],"nextCursor":"c"}',
    masked:
      '{"resultType":"complete","isError":false,"content":[{"type":"text","text":"x"}],"nextCursor":"c"}',
  },
  {
    what: 'never takes a property out of a schema',
    rules: [field('**.salary', 'drop')],
    frame: '{"tools":[{"name":"t","inputSchema":{"properties":{"salary":{}}}}]}',
    masked: '{"tools":[{"name":"t","inputSchema":{"properties":{"salary":{}}}}]}',
  },
];

const schema = {
  type: 'object',
  required: ['salary', 'email', 'nested', 'maybe'],
  properties: {
    salary: { type: 'integer' },
    email: { $ref: '#/$defs/mail' },
    nested: { $ref: '#/$defs/nested' },
    maybe: { anyOf: [{ type: 'string' }, { type: 'null' }] },
    rows: {
      type: 'array',
      items: { type: 'object', required: ['s'], properties: { s: { type: 'boolean' } } },
    },
    loop: { $ref: '#/properties/loop' },
  },
  $defs: {
    mail: { type: 'string', format: 'email' },
    nested: { type: 'object', required: ['x'], properties: { x: { type: 'string' } } },
  },
};
const bySchema: readonly Case[] = [
  {
    what: 'a required number is emptied',
    rules: [field('salary', 'drop')],
    frame: '{"salary":5}',
    masked: '{"salary":0}',
  },
  {
    what: 'a required object keeps what it requires',
    rules: [field('nested', 'drop')],
    frame: '{"nested":{"x":"y"}}',
    masked: '{"nested":{"x":""}}',
  },
  {
    what: 'a nullable one becomes null',
    rules: [field('maybe', 'drop')],
    frame: '{"maybe":"y"}',
    masked: '{"maybe":null}',
  },
  {
    what: 'a required member of an item',
    rules: [field('**.s', 'drop')],
    frame: '{"rows":[{"s":true}]}',
    masked: '{"rows":[{"s":false}]}',
  },
  {
    what: 'an optional one is removed',
    rules: [field('rows', 'drop')],
    frame: '{"rows":[]}',
    masked: '{}',
  },
  {
    what: 'an address stays an address',
    frame: '{"email":"ada@example.com"}',
    masked: '{"email":"redacted@example.invalid"}',
  },
  {
    what: 'a reference to itself comes to an end',
    frame: '{"loop":"ada@example.com"}',
    masked: '{"loop":"[redacted:email]"}',
  },
];

const frames: readonly Case[] = [
  {
    what: 'an error',
    frame:
      '{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"no ada@example.com","data":"a@x.example"}}',
    masked:
      '{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"no [redacted:email]","data":"[redacted:email]"}}',
  },
  {
    what: 'a log message',
    frame:
      '{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":{"m":"a@x.example"}}}',
    masked:
      '{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":{"m":"[redacted:email]"}}}',
  },
  {
    what: 'a progress message',
    frame:
      '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"a@x.example","progress":4111111111111111,"message":"a@x.example"}}',
    masked:
      '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"a@x.example","progress":4111111111111111,"message":"[redacted:email]"}}',
  },
  {
    what: 'an elicitation',
    frame:
      '{"jsonrpc":"2.0","id":"a@x.example","method":"elicitation/create","params":{"message":"Is it a@x.example?"}}',
    masked:
      '{"jsonrpc":"2.0","id":"a@x.example","method":"elicitation/create","params":{"message":"Is it [redacted:email]?"}}',
  },
  {
    what: 'an input request',
    frame:
      '{"jsonrpc":"2.0","id":1,"result":{"resultType":"input_required","requestState":"a@x.example","inputRequests":{"q":{"method":"elicitation/create","params":{"message":"a@x.example"}}}}}',
    masked:
      '{"jsonrpc":"2.0","id":1,"result":{"resultType":"input_required","requestState":"a@x.example","inputRequests":{"q":{"method":"elicitation/create","params":{"message":"[redacted:email]"}}}}}',
  },
  {
    what: 'a batch',
    frame: '[{"jsonrpc":"2.0","id":4111111111111111,"result":{"x":"a@x.example"}}]',
    masked: '[{"jsonrpc":"2.0","id":4111111111111111,"result":{"x":"[redacted:email]"}}]',
  },
];

describe('maskFrame', () => {
  it.each(everywhere)('masks $what', ({ frame, masked }) => {
    expect(mask(result(frame)).text).toBe(result(masked));
  });

  it.each(frames)('masks $what', ({ frame, masked }) => {
    expect(mask(frame).text).toBe(masked);
  });

  it.each(byField)('by field: $what', ({ frame, masked, rules }) => {
    expect(mask(result(frame), rules).text).toBe(result(masked));
  });

  it.each(bySchema)('with a schema: $what', ({ frame, masked, rules }) => {
    const twins = (json: string): string =>
      result(
        `{"structuredContent":${json},"content":[{"type":"text","text":${JSON.stringify(json)}}]}`,
      );
    // Guarantee: both twins read the same.
    expect(mask(twins(frame), rules, { outputSchema: schema }).text).toBe(twins(masked));
  });

  it('leaves an image alone', () => {
    const data = 'iVBORw0KGgo4111111111111111AAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAA';
    const frame = result(
      `{"content":[{"type":"image","mimeType":"image/png","data":"${data.slice(0, 64)}"}]}`,
    );
    expect(mask(frame)).toEqual({
      text: frame,
      hits: [],
      hitCount: 0,
      changed: false,
      overBudget: null,
    });
  });

  it('withholds a text that is nested too deeply to be read', () => {
    let text = 'ada@example.com';
    for (let level = 0; level < 10; level += 1) text = JSON.stringify([text]);
    const masked = mask(result(JSON.stringify({ content: [{ text }] })));
    expect(masked.text).not.toContain('ada');
    expect(masked.hits).toMatchObject([{ by: 'limit', ruleIndex: -1 }]);
  });

  it('says where and by which rule, and never what', () => {
    // Guarantee: a hit can be shown to anyone who may see the masked answer.
    const frame = result(
      '{"structuredContent":{"a@x.example":{"list":["415-555-0132"]},"salary":98765}}',
    );
    const { hits } = mask(frame, [...PEOPLE, field('**.salary', 'drop')]);
    expect(hits).toEqual([
      {
        path: 'result.structuredContent.[redacted:email].list.0',
        by: 'phone',
        as: 'redact',
        ruleIndex: 0,
      },
      { path: 'result.structuredContent.salary', by: '**.salary', as: 'drop', ruleIndex: 1 },
      {
        path: 'result.structuredContent.[redacted:email]',
        by: 'email',
        as: 'redact',
        ruleIndex: 0,
      },
    ]);
  });

  it('takes compiled rules and own protected paths', () => {
    const frame = result('{"x":"a@x.example","y":"a@x.example"}');
    const root = parseJson(frame, { mode: 'lenient' });
    const masked = maskFrame({ text: frame, root }, compileMasks(PEOPLE), {
      protectedPaths: (path) => path.at(-1) === 'x',
    });
    expect(masked.text).toBe(result('{"x":"a@x.example","y":"[redacted:email]"}'));
  });

  it('changes nothing without rules', () => {
    const frame = result('{"x":"a@x.example"}');
    expect(mask(frame, [])).toEqual({
      text: frame,
      hits: [],
      hitCount: 0,
      changed: false,
      overBudget: null,
    });
  });
});

describe('JSON in the middle of a text', () => {
  const rules = [field('**.salary', 'drop')];
  it.each([
    ['behind prose', 'Rows: [{"salary":5,"a":1}] done', 'Rows: [{"a":1}] done'],
    ['in a code block', '```json\n{"salary":5,"a":"}"}\n```', '```json\n{"a":"}"}\n```'],
    ['line by line', '{"salary":5,"a":1}\n{"salary":6,"a":2}', '{"a":1}\n{"a":2}'],
    ['behind brackets that never close', '[see {note {"salary":5,"a":1}', '[see {note {"a":1}'],
    [
      'behind a stray quote',
      '{ it says "so: {"salary":5,"a":1}\n',
      '{ it says "so: {"salary":5,"a":1}\n',
    ],
    ['inside brackets of prose', '(see [as in {"salary":5,"a":1}])', '(see [as in {"a":1}])'],
    ['none', 'if (a[0] > {b}) return "[";', 'if (a[0] > {b}) return "[";'],
  ])('is masked by field %s', (_, text, masked) => {
    expect(maskText(text, rules).text).toBe(masked);
  });

  it.each(['[', '{', '[{', '[{}', '{"a', '[]', '{"salary":1}', '[{"a":"'])(
    'comes to an end on a megabyte of %s',
    (unit) => {
      const text = `x ${unit.repeat(Math.ceil(1_000_000 / unit.length))}`;
      expect(typeof maskText(text, rules).text).toBe('string');
    },
  );
});

describe('isProtocolField', () => {
  it.each([
    ['jsonrpc', true],
    ['id', true],
    ['result.content.0.type', true],
    ['result.content.0.text', false],
    ['result.content.0.mimeType', true],
    ['result.resultType', true],
    ['result.nextCursor', true],
    ['params.progressToken', true],
    ['result.structuredContent.id', false],
    ['result.structuredContent.uri', false],
    ['result.contents.0.uri', true],
    ['result.task.taskId', true],
    ['result.rows.0.type', false],
    ['error.code', true],
    ['error.message', false],
  ])('%s: %s', (path, expected) => {
    const keys = path.split('.').map((key) => (/^\d+$/.test(key) ? Number(key) : key));
    expect(isProtocolField(keys)).toBe(expected);
  });

  it('keeps what the protocol reserves in _meta', () => {
    expect(isProtocolField(['result', '_meta', 'io.modelcontextprotocol/related-task', 'x'])).toBe(
      true,
    );
  });
});

describe('maskValue and maskText', () => {
  it('mask plain values with paths from their root', () => {
    const value = { salary: 5, mail: 'a@x.example', big: 12345678901234567890n };
    expect(maskValue(value, [...PEOPLE, field('salary', 'drop')])).toMatchObject({
      value: { mail: '[redacted:email]', big: '12345678901234567890' },
      changed: true,
    });
  });

  it('take undefined for nothing', () => {
    expect(maskValue(undefined, PEOPLE)).toMatchObject({ value: null, hits: [], changed: false });
  });

  it('mask JSON in a text', () => {
    expect(maskText('{"salary":5,"b":1}', [field('salary', 'drop')]).text).toBe('{"b":1}');
  });
});

describe('compileMasks', () => {
  it.each([
    ['unknown_detector', '{"detect":["e-mail"],"as":"redact"}'],
    ['no_detectors', '{"detect":[],"as":"redact"}'],
    ['unknown_form', '{"field":"a","as":"hash"}'],
    ['unknown_form', '{"field":"a","as":"toString"}'],
    ['bad_field_pattern', '{"field":"a..b","as":"drop"}'],
    ['bad_field_pattern', '{"field":"","as":"drop"}'],
  ])('refuses with %s: %s', (code, json) => {
    const rule: MaskRule = JSON.parse(json);
    expect(() => compileMasks([rule])).toThrow(expect.objectContaining({ code, ruleIndex: 0 }));
  });
});

/** Guarantee: however a member's name is written, what it holds is masked where else it stands. */
describe('a field rule finds its name', () => {
  const spellings: readonly { readonly description: string; readonly key: string }[] = [
    { description: 'as it is', key: 'salary' },
    { description: 'in capitals', key: 'SALARY' },
    { description: 'with a letter escaped', key: String.raw`s\u0061lary` },
    { description: 'with an escaped backspace in it', key: String.raw`sal\bary` },
    { description: 'with an invisible character in it', key: 'sal\u200bary' },
    { description: 'in full-width letters', key: 'ｓａｌａｒｙ' },
  ];

  it.each(spellings)('$description', ({ key }) => {
    const text = `{"result":{"content":[{"type":"text","text":"earns 48211 a year"}],"structuredContent":{"${key}":48211}}}`;
    const { text: masked } = maskFrame({ text, root: parseJson(text, { mode: 'lenient' }) }, [
      { field: '**.salary', as: 'redact' },
    ]);
    expect(masked).not.toContain('48211');
  });

  it.each(spellings)('$description, in JSON inside a text', ({ key }) => {
    const inner = JSON.stringify(`{"${key}":48211}`);
    const text = `{"result":{"content":[{"type":"text","text":"earns 48211"},{"type":"text","text":${inner}}]}}`;
    const { text: masked } = maskFrame({ text, root: parseJson(text, { mode: 'lenient' }) }, [
      { field: 'salary', as: 'redact' },
    ]);
    expect(masked).not.toContain('48211');
  });

  it.each([
    ['prénom', 'NFC', 'NFD', 'as it is'],
    ['prénom', 'NFD', 'NFC', 'as it is'],
    ['prénom', 'NFC', 'NFD', 'in capitals'],
    ['prénom', 'NFC', 'NFD', 'with an invisible character before each mark'],
    ['가격', 'NFC', 'NFD', 'as it is'],
    ['prénom'.repeat(200), 'NFC', 'NFD', 'as it is'],
  ] as const)('%s in form %s, though it comes in form %s, %s', (name, asked, came, how) => {
    const form = name.normalize(came);
    const key =
      how === 'as it is'
        ? form
        : how === 'in capitals'
          ? form.toUpperCase()
          : form.replace(/\p{M}/gu, '\u200b$&');
    const text = `{"result":{"structuredContent":{"${key}":"48211"}}}`;
    const { text: masked } = maskFrame({ text, root: parseJson(text, { mode: 'lenient' }) }, [
      { field: `**.${name.normalize(asked)}`, as: 'redact' },
    ]);
    expect(masked).not.toContain('48211');
  });

  it('also where it is an index, or any name', () => {
    const text = '{"result":{"content":[{"text":"48211"}],"structuredContent":{"rows":[48211]}}}';
    for (const pattern of ['rows.0', 'rows.*', '**']) {
      const { text: masked } = maskFrame({ text, root: parseJson(text, { mode: 'lenient' }) }, [
        { field: pattern, as: 'redact' },
      ]);
      expect(masked).not.toContain('48211');
    }
  });
});
