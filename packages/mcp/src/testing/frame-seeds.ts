const META =
  '{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{},"io.modelcontextprotocol/clientInfo":{"name":"fuzz","version":"1"}}';

const message = (rest: string) => `{"jsonrpc":"2.0",${rest}}`;
const request = (id: string, method: string, params: string) =>
  message(`"id":${id},"method":"${method}","params":${params}`);

/** Valid frames of a client, of every kind, that a run of mutations starts from. */
export const FRAME_SEEDS: readonly [string, ...string[]] = [
  request('1', 'tools/call', '{"name":"read","arguments":{"safe":true}}'),
  request('2', 'tools/call', '{"name":"write","arguments":{"safe":true,"text":"a\\u0000b"}}'),
  request('"c"', 'tools/call', '{"name":"forbidden","arguments":{"safe":false}}'),
  request('3', 'tools/call', `{"_meta":${META},"name":"read","arguments":{"safe":true}}`),
  request(
    '4',
    'tools/call',
    '{"arguments":{"safe":false,"a":[1,2.5,-0,1e3,{"b":null}]},"name":"read"}',
  ),
  request(
    '"\\u0061"',
    'tools/call',
    '{"name":"wri\\u0074e","arguments":{"k":"K ſ 😀 \\ud83d\\ude00"}}',
  ),
  request(
    '5',
    'initialize',
    '{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"f","version":"1"}}',
  ),
  request('6', 'resources/read', '{"uri":"file:///etc/passwd"}'),
  request('7', 'prompts/get', '{"name":"p","arguments":{"x":"y"}}'),
  request(
    '8',
    'completion/complete',
    '{"ref":{"type":"ref/prompt","name":"p"},"argument":{"name":"n","value":"v"}}',
  ),
  request('9007199254740991', 'tools/list', '{"cursor":"c"}'),
  request('10', 'logging/setLevel', '{"level":"debug"}'),
  request('11', 'tasks/get', '{"taskId":"t"}'),
  request('12', 'x/unheard-of', '[1,2,{"a":{"b":{"c":[[[]]]}}}]'),
  message('"id":13,"method":"ping"'),
  message('"method":"notifications/initialized"'),
  message('"method":"notifications/cancelled","params":{"requestId":1,"reason":"r"}'),
  message('"method":"notifications/progress","params":{"progressToken":"p","progress":1.0}'),
  message('"id":"s1","result":{"action":"accept","content":{"a":1}}'),
  message('"id":2,"error":{"code":-32601,"message":"no","data":[true,false]}'),
];

/** Streams of an upstream. */
export const STREAM_SEEDS: readonly [string, ...string[]] = [
  'event: message\nid: 7\ndata: {"jsonrpc":"2.0","id":1,"result":{}}\n\n',
  ': waiting\r\n\r\nretry: 3000\r\nid: \r\n\r\ndata: {"a":\r\ndata: 1}\r\n\r\n',
  'data: a\rdata: b\r\rdata\n\nid: x\u0000y\ndata:  two\n\n',
  '\uFEFFdata: first\n\ndata:😀\n\nunknown: field\n\nevent: ping\n\ndata: cut',
  'retry: 99999999999999999999\nretry: 12x\ndata:{}\n\n:\n:comment\ndata: 1\n\n',
];

/** Values of `Mcp-*` headers, plain and encoded. */
export const HEADER_SEEDS: readonly [string, ...string[]] = [
  'read',
  'tools/call',
  '=?base64?cmVhZA==?=',
  '=?base64?R3LDvMOfZQ==?=',
  '=?base64??=',
  ' \tread \t',
  '2026-07-28',
  '-12.50',
];
