// Guarantees that what one client of a stdio server sends and gets is never another's, that what a
// server writes beside messages hurts nobody, and that what may have run is said to have been sent.
import { isAlive, NODE, Setup, until } from '../testing/setup.ts';
import { LegacyClient, ODD_SERVER, watch } from '../testing/legacy-client.ts';

const odd = (more: object = {}, ...flags: string[]) => ({
  stdio: { command: NODE, args: [ODD_SERVER, ...flags], stopSeconds: 1, ...more },
});

const SECRET = { SECRET: { env: 'WIRE_SECRET' } };
let setup: Setup;
beforeAll(async () => {
  setup = await Setup.start(
    {
      own: odd({ env: SECRET }),
      shared: odd({ sessions: 'shared', env: SECRET }),
      few: odd({ maxSessions: 2 }),
      slow: odd({ maxSessions: 2 }, '--slow'),
      stubborn: odd({ maxSessions: 1, stopSeconds: 10 }, '--stubborn'),
      mumbling: odd({}, '--mumbles'),
      fleeting: odd({ idleSeconds: 1 }),
      dying: odd({ maxBackoffSeconds: 1 }, '--dies'),
      missing: { stdio: { command: '/nowhere/at-all' } },
    },
    { limits: { maxMessageBytes: 4 * 1024 * 1024 } },
    { ...process.env, WIRE_SECRET: 'the-password-of-a-server' },
  );
});
afterAll(() => setup.stop());

const open = (server: string) => LegacyClient.open(setup.far, server);
const processesOf = (server: string) =>
  setup.connector.status().servers.find(({ name }) => name === server)?.processes;
const pidOf = async (client: LegacyClient) => Number((await client.call('env'))['pid']);

describe.each(['own', 'shared'])('a session (%s)', (server) => {
  it('keeps every character of a message that is not an id', async () => {
    const client = await open(server);
    const odd =
      '{"jsonrpc":"2.0", "id":"\\u0061", "method":"line","params":{"n":1.0,"big":9007199254740993,"e":1E+2}}';
    const watched = client.send(odd.replaceAll(' ', '\n\r'));
    await until(() => watched.ended, 'the answer');
    const [message] = watched.messages;
    expect(message).toMatchObject({ id: 'a' });
    const { result } = message as { result: { line: string } };
    expect(result.line).toContain(
      '"method":"line","params":{"n":1.0,"big":9007199254740993,"e":1E+2}}',
    );
    expect(watched.text.startsWith('{"jsonrpc":"2.0","id":"\\u0061"')).toBe(true);
  });

  it('gets its progress under its own token, then its answer, in one stream', async () => {
    const [one, two] = [await open(server), await open(server)];
    const params = { _meta: { progressToken: 'mine' } };
    const both = [one, two].map((client) => client.start('progress', params, 7));
    await until(() => both.every(({ ended }) => ended), 'both answers');
    for (const { messages, headers } of both) {
      expect(headers['content-type']).toBe('text/event-stream');
      expect(messages.slice(0, 2)).toMatchObject([
        { params: { progressToken: 'mine', progress: 1 } },
        { params: { progressToken: 'mine', progress: 2 } },
      ]);
      expect(messages[2]).toMatchObject({ id: 7 });
      expect(messages).toHaveLength(3);
    }
  });

  it('answers what the server asks during its call, and nobody else may', async () => {
    const [asked, other] = [await open(server), await open(server)];
    const call = asked.start('ask', {}, 5);
    await until(() => call.messages.length === 1, 'the question');
    expect(call.messages).toEqual([{ jsonrpc: '2.0', id: 'from-server', method: 'roots/list' }]);
    const reply = (who: string) =>
      JSON.stringify({ jsonrpc: '2.0', id: 'from-server', result: { who } });
    other.send(reply('other'));
    const sent = asked.send(reply('asked'));
    await until(() => call.ended && sent.ended, 'the answer');
    expect(sent.status).toBe(202);
    expect(call.messages[1]).toMatchObject({
      id: 5,
      result: { reply: { result: { who: 'asked' } } },
    });
  });

  it('gets over whatever the server writes beside messages', async () => {
    const client = await open(server);
    expect(await client.call('garbage')).toEqual({ survived: true });
    expect(await client.call('long', { bytes: 5 * 1024 * 1024 })).toEqual({ survived: true });
    const text = setup.lines.join('');
    expect(text).toContain('Listening on port 3000!');
    expect(text).not.toContain('\u001b');
    expect(text).toContain('was left out');
  });

  it('hides a secret also where a line is cut', async () => {
    const client = await open(server);
    await client.call('mumble');
    expect(setup.lines.join('')).not.toContain('the-pass');
  });

  it('gets large answers whole', async () => {
    const client = await open(server);
    const bytes = 3 * 1024 * 1024;
    expect(String((await client.call('large', { bytes }))['text'])).toHaveLength(bytes);
  });

  it('does not wait for an answer that is no message', async () => {
    const call = (await open(server)).start('broken');
    await until(() => call.reset !== undefined, 'the reset');
    expect(call.reset).toMatchObject({ code: 'server_failed', sent: true });
  });

  it('tells the server that nobody waits any more, by the id that it knows', async () => {
    const client = await open(server);
    const call = client.start('hang', {}, 'abc');
    await until(async () => JSON.stringify(await client.call('seen')).includes('hang'), 'the call');
    call.stream?.reset({ code: 'cancelled', sent: true, message: '' });
    const lines = async () => (await client.call('seen', {}, 2))['seen'] as string[];
    await until(
      async () => (await lines()).some((line) => line.includes('notifications/cancelled')),
      'cancelled',
    );
    const seen = (await lines()).map((line) => JSON.parse(line));
    const hung = seen.findLast(({ method }) => method === 'hang');
    const cancelled = seen.findLast(({ method }) => method === 'notifications/cancelled');
    expect(cancelled.params.requestId).toBe(hung.id);
  });

  it('cancels its own calls by its own ids, and never another client’s', async () => {
    const [one, two] = [await open(server), await open(server)];
    one.start('hang', {}, 'same');
    two.start('hang', {}, 'same');
    const cancel = {
      jsonrpc: '2.0',
      method: 'notifications/cancelled',
      params: { requestId: 'same' },
    };
    const sent = two.send(JSON.stringify(cancel));
    await until(() => sent.ended, 'the notification');
    const seen = ((await two.call('seen'))['seen'] as string[]).map((line) => JSON.parse(line));
    const [hung] = seen.filter(({ method }) => method === 'hang').slice(-1);
    const last = seen.findLast(({ method }) => method === 'notifications/cancelled');
    expect(last.params.requestId).toBe(hung.id);
  });

  it('drops an answer that comes after its call was given up', async () => {
    const client = await open(server);
    const call = client.start('later', {}, 'old');
    await until(
      async () => JSON.stringify(await client.call('seen')).includes('later'),
      'the call',
    );
    call.stream?.reset({ code: 'cancelled', sent: true, message: '' });
    expect(await client.call('now', {}, 'new')).toEqual({});
    expect(setup.far.link.tunnel.isClosed).toBe(false);
  });

  it('ends when it is deleted, and its id is worth nothing afterwards', async () => {
    const client = await open(server);
    expect(await client.end()).toBe(200);
    const call = client.start('line');
    await until(() => call.ended, 'the answer');
    expect(call.status).toBe(404);
  });

  it('is needed by everything but initialize', async () => {
    const call = new LegacyClient(setup.far, server).start('line');
    await until(() => call.ended, 'the answer');
    expect(call.status).toBe(400);
  });

  it('has one stream for what belongs to no call', async () => {
    const client = await open(server);
    const [first, second] = [client.listen(), client.listen()];
    await until(() => first.status !== 0 && second.ended, 'both');
    expect([first.status, second.status]).toEqual([200, 409]);
    first.stream?.reset({ code: 'cancelled', sent: true, message: '' });
    const again = client.listen();
    await until(() => again.status !== 0, 'the stream');
    expect(again.status).toBe(200);
    again.stream?.reset({ code: 'cancelled', sent: true, message: '' });
  });

  it('loses its calls as sent when the server dies, and begins anew', async () => {
    const client = await open(server);
    const [call, waiting, stream] = [
      client.start('hang'),
      client.start('hang', {}, 2),
      client.listen(),
    ];
    await until(() => stream.status === 200, 'the stream');
    const killer = client.start('die', {}, 3);
    await until(
      () => [call, waiting, killer, stream].every(({ reset }) => reset !== undefined),
      'resets',
    );
    for (const { reset } of [call, waiting, killer]) {
      expect(reset).toMatchObject({ code: 'server_failed', sent: true });
    }
    const after = client.start('line');
    await until(() => after.ended, 'the answer');
    expect(after.status).toBe(404);
    await until(async () => (await client.initialize().catch(() => '')) !== '', 'a new session');
    expect(await client.call('say')).toEqual({});
  });
});

describe('sessions of their own', () => {
  it('have a process each, which ends with them', async () => {
    const [one, two] = [await open('own'), await open('own')];
    const pids = [await pidOf(one), await pidOf(two)];
    expect(new Set(pids).size).toBe(2);
    await one.end();
    await until(() => !isAlive(pids[0] ?? 0), 'the process is gone');
    expect(isAlive(pids[1] ?? 0)).toBe(true);
  });

  it('crash alone, and keep nobody from getting one', async () => {
    for (let crash = 0; crash < 3; crash += 1) {
      const call = (await open('own')).start('die');
      await until(() => call.reset !== undefined, 'the crash');
    }
    expect(await (await open('own')).call('say')).toEqual({});
  });

  it('see ids as their client wrote them', async () => {
    const result = await (await open('own')).call('line', {}, 'x');
    expect(String(result['line'])).toContain('"id":"x"');
  });

  it('give way when there are too many, the longest unused first, and never one at work', async () => {
    const busy = await open('few');
    const call = busy.start('hang');
    await until(
      async () => JSON.stringify(await busy.call('seen', {}, 2)).includes('hang'),
      'a call',
    );
    const idle = await open('few');
    await open('few');
    const after = idle.start('line');
    await until(() => after.ended, 'the answer');
    expect(after.status).toBe(404);
    const last = await open('few');
    last.start('hang');
    await expect(open('few')).rejects.toThrow(/"busy","sent":false/);
    expect(call.reset).toBeUndefined();
  });

  it('are no more than allowed while their processes are still greeting', async () => {
    const greeting = [open('slow'), open('slow')];
    await until(() => processesOf('slow') === 2, 'both processes');
    await expect(open('slow')).rejects.toThrow(/"busy","sent":false/);
    expect(processesOf('slow')).toBe(2);
    await Promise.all(greeting);
  });

  it('leave no more processes than allowed that take their time to end', async () => {
    const comeAndGo = async () => {
      for (let times = 0; times < 40; times += 1) await open('stubborn');
    };
    await expect(comeAndGo()).rejects.toThrow(/"busy","sent":false.*still ending/);
    expect(processesOf('stubborn')).toBe(17);
    await until(() => (processesOf('stubborn') ?? 0) < 17, 'the first one’s end');
    await open('stubborn');
  });

  it('leave no process of a greeting that is no message', async () => {
    await expect(open('mumbling')).rejects.toThrow(/no valid message/);
    await until(() => processesOf('mumbling') === 0, 'its end');
  });

  it('end by themselves when nobody uses them', async () => {
    const client = await open('fleeting');
    const pid = await pidOf(client);
    await until(() => !isAlive(pid), 'the process is gone');
  });
});

describe('a shared process', () => {
  it('is one, whose ids and tokens are unique', async () => {
    const [one, two] = [await open('shared'), await open('shared')];
    expect(await pidOf(one)).toBe(await pidOf(two));
    const calls = [one, two].map((client) => client.start('later', {}, 1));
    await until(async () => {
      const seen = (await one.call('seen', {}, 9))['seen'] as string[];
      return seen.filter((line) => line.includes('"later"')).length >= 2;
    }, 'both calls');
    await one.call('now', {}, 2);
    await until(() => calls.every(({ ended }) => ended), 'both answers');
    for (const call of calls)
      expect(call.messages).toEqual([{ jsonrpc: '2.0', id: 1, result: { late: true } }]);
  });

  it('is initialized once, and everybody gets that answer under their own id', async () => {
    const before = await open('shared');
    const again = new LegacyClient(setup.far, 'shared');
    expect(await again.initialize()).toMatchObject({ id: 'first', result: { serverInfo: {} } });
    expect(again.session).not.toBe(before.session);
    const seen = (await again.call('seen'))['seen'] as string[];
    expect(seen.filter((line) => line.includes('"initialize"'))).toHaveLength(1);
  });

  it('is answered no more than it reads', async () => {
    const { got } = await (await open('shared')).call('pester', { bytes: 80 });
    expect(got).toBeGreaterThan(0);
    // What waits for it is bounded; beside it there is what pipes hold.
    expect(got).toBeLessThan(60);
  });

  it('tells every listener of changed lists, and only who asked of a resource', async () => {
    const [one, two] = [await open('shared'), await open('shared')];
    const streams = [one.listen(), two.listen()];
    await until(() => streams.every(({ status }) => status === 200), 'both streams');
    two.start('resources/subscribe', { uri: 'a:b' }, 4);
    await one.call('say', { name: 'notifications/resources/updated' }, 5);
    await one.call('say', { name: 'notifications/tools/list_changed' }, 6);
    await until(() => streams.every(({ text }) => text.includes('list_changed')), 'the change');
    expect(streams.map(({ text }) => text.includes('resources/updated'))).toEqual([false, true]);
    for (const { stream } of streams) stream?.reset({ code: 'cancelled', sent: true, message: '' });
  });

  it('is told that it can’t be known whom it asks, when several are at work', async () => {
    const [one, two] = [await open('shared'), await open('shared')];
    const hanging = two.start('hang', {}, 1);
    await until(
      async () => JSON.stringify(await one.call('seen', {}, 8)).includes('hang'),
      'a call',
    );
    const call = one.start('ask', {}, 2);
    await until(() => call.ended, 'the answer');
    expect(call.messages).toMatchObject([{ result: { reply: { error: { code: -31010 } } } }]);
    hanging.stream?.reset({ code: 'cancelled', sent: true, message: '' });
  });
});

describe('a server that can’t run', () => {
  it.each(['missing', 'dying'])(
    'fails what needs it as not sent, and says why: %s',
    async (name) => {
      const fault = async () => {
        const failure: unknown = await open(name).catch((error: unknown) => error);
        return failure instanceof Error ? failure.message : '';
      };
      await until(async () => (await fault()).includes('keeps failing'), 'the backoff');
      expect(await fault()).toContain('"code":"unavailable","sent":false');
      const state = setup.connector.status().servers.find((one) => one.name === name);
      expect(state).toMatchObject({ state: 'backing-off', processes: 0 });
      expect(state?.lastError).toMatch(name === 'missing' ? /can't be started/ : /exit code 3/);
      expect(state?.restarts).toBeGreaterThan(0);
    },
  );
});

describe('what is no message', () => {
  it.each(['{', '[]', '"text"', '{"jsonrpc":"2.0","id":1,"id":2,"method":"line"}'])(
    'never reaches the server: %s',
    async (body) => {
      const call = (await open('own')).send(body);
      await until(() => call.ended, 'the answer');
      expect(call.status).toBe(400);
    },
  );

  it('is refused unsent when it is too long', async () => {
    const client = await open('own');
    const call = client.send('x'.repeat(4 * 1024 * 1024 + 1));
    await until(() => call.reset !== undefined, 'the reset');
    expect(call.reset).toMatchObject({ code: 'refused', sent: false });
  });

  it('of another server than the file lists starts nothing', async () => {
    const head = { server: 'bash', method: 'POST' as const, headers: {} };
    const call = watch(setup.far, head, '{}');
    await until(() => call.reset !== undefined, 'the reset');
    expect(call.reset).toMatchObject({ code: 'unknown_server', sent: false });
  });
});
