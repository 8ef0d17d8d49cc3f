import { appendFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { z } from 'zod';

/**
 * An MCP server over stdio without an SDK. Its witness is a file, which outlives it: a line for each
 * start and each run. A call whose key ends in "hangs" runs and is never answered.
 */
const file = z.string().parse(process.env['HOLDPOINT_RUNS']);
const note = (what: string) => appendFileSync(file, `${process.pid} ${what}\n`);

const messageSchema = z.looseObject({
  id: z.union([z.string(), z.number()]).optional(),
  method: z.string().optional(),
  params: z
    .looseObject({
      name: z.string().optional(),
      arguments: z.looseObject({ key: z.string() }).optional(),
    })
    .optional(),
});
type Message = z.infer<typeof messageSchema>;

function answerTo({ method, params }: Message): object | undefined {
  switch (method) {
    case 'initialize':
      return {
        result: {
          protocolVersion: '2025-11-25',
          capabilities: { tools: {} },
          serverInfo: { name: 'counting-stdio', version: '1.0.0' },
        },
      };
    case 'tools/list':
      return {
        result: {
          tools: ['pay', 'note'].map((name) => ({ name, inputSchema: { type: 'object' } })),
        },
      };
    case 'tools/call': {
      const key = params?.arguments?.key ?? '';
      note(`ran ${key}`);
      if (key.endsWith('hangs')) return undefined;
      const content = [{ type: 'text', text: `ran ${key}` }];
      return { result: { resultType: 'complete', content } };
    }
    default:
      return { error: { code: -32601, message: 'Not here' } };
  }
}

note('started');
createInterface({ input: process.stdin }).on('line', (line) => {
  const message = messageSchema.parse(JSON.parse(line));
  if (message.id === undefined || message.method === undefined) return;
  const answer = answerTo(message);
  if (answer === undefined) return;
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id: message.id, ...answer })}\n`);
});
