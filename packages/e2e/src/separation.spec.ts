import { codeOf, type Person } from './world/person.ts';
import { clearInbox, heldCall } from './world/admin.ts';
import { expect, test } from './world/fixtures.ts';
import { connectAgent } from './world/stock-agent.ts';
import { personToken, serviceToken } from './world/tokens.ts';
import { send, WireAgent } from './world/wire-agent.ts';
import { freshOrderId, type World } from './world/world.ts';

/** Refused for who sends it, before anyone asks what was shown. */
const APPROVE = {
  verdict: 'approve',
  step: 0,
  shown: { digest: '0'.repeat(64), lastSame: null },
};

test.afterEach(({ world }) => clearInbox(world));

// Guarantee: a verdict never comes from the caller's own person.
test('a person’s own call is not theirs to approve, and the page says why', async ({
  world,
  openAs,
}) => {
  const before = await world.production.executions();
  const leaving = new AbortController();
  const agent = await WireAgent.connect(world, { token: await personToken(world, 'sam') });
  const order = freshOrderId();
  const call = agent.query(`DELETE FROM orders WHERE id = ${order}`, leaving.signal);
  const ended = call.catch(() => undefined);
  const held = await heldCall(world, `id = ${order}`);
  expect(held.caller).toMatchObject({ kind: 'person', displayName: 'Sam Osei' });

  const page = await openAs('sam');
  await page.goto(`/inbox/${held.id}`);
  await expect(page.getByText('This verdict is not yours to give.')).toBeVisible();
  await expect(page.getByText('own_call')).toBeVisible();
  await expect(page.getByTestId('approve')).toHaveCount(0);
  await expect(page.getByTestId('deny')).toHaveCount(0);

  await expectRefused(await world.person('sam'), held.id, 403, 'own_call');
  expect(await world.production.executions()).toBe(before);
  leaving.abort();
  await ended;
});

// Guarantee: a verdict never comes from the owner of the calling service identity.
test('the owner of a service identity can’t approve its calls', async ({ world, openAs }) => {
  const { held, ended } = await holdAs(world, 'demo-agent');
  const page = await openAs('sam');
  await page.goto(`/inbox/${held.id}`);
  await expect(page.getByText('This verdict is not yours to give.')).toBeVisible();
  await expect(page.getByText('own_service')).toBeVisible();
  await expect(page.getByTestId('approve')).toHaveCount(0);
  await expectRefused(await world.person('sam'), held.id, 403, 'own_service');
  await ended();
});

// Guarantee: a hold of a service identity that nobody owns can't be approved by anyone.
test('nobody can approve a call of a service identity without an owner', async ({
  world,
  openAs,
}) => {
  const { held, ended } = await holdAs(world, 'unowned-agent');
  const page = await openAs('avery');
  await page.goto(`/inbox/${held.id}`);
  await expect(page.getByText('unowned_service')).toBeVisible();
  for (const name of ['avery', 'morgan'] as const) {
    await expectRefused(await world.person(name), held.id, 403, 'unowned_service');
  }
  await ended();
});

// Guarantee: only reviewers give verdicts. Reading everything doesn't make one.
test('an auditor and a person without a role give no verdict', async ({ world }) => {
  const { held, ended } = await holdAs(world, 'demo-agent');
  await expectRefused(await world.person('jordan'), held.id, 403, 'forbidden');
  await expectRefused(await world.person('casey'), held.id, 403, 'no_role');
  await ended();
});

// Guarantee: verdict routes take only the console's session. An agent's token opens nothing there.
test('an agent’s token is refused on the verdict route', async ({ world }) => {
  const { held, ended } = await holdAs(world, 'demo-agent');
  for (const token of [
    await serviceToken(world, 'demo-agent'),
    await personToken(world, 'avery'),
  ]) {
    const answer = await fetch(`${world.started.console}/api/approvals/${held.id}/verdict`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        origin: world.started.console,
      },
      body: JSON.stringify(APPROVE),
    });
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({ error: { code: 'not_signed_in' } });
  }
  await ended();
});

// Guarantee: the MCP endpoint ignores cookies. A reviewer's session makes no calls.
test('a console session is no credential on the MCP endpoint', async ({ world }) => {
  const { cookies } = await (await world.person('avery')).storageState();
  const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  const answer = await send(world.started.mcp, '{"jsonrpc":"2.0","id":1,"method":"ping"}', {
    cookie,
  });
  expect(answer.status).toBe(401);
});

const FORGERIES: readonly { readonly what: string; readonly headers: Record<string, string> }[] = [
  { what: 'a wrong CSRF token', headers: { 'x-csrf-token': 'AAAA' } },
  { what: 'an empty CSRF token', headers: { 'x-csrf-token': '' } },
  { what: 'another origin', headers: { origin: 'https://evil.example' } },
  { what: 'an opaque origin', headers: { origin: 'null' } },
];

for (const { what, headers } of FORGERIES) {
  // Guarantee: a write must come from the console's own page, with the session's token.
  test(`a verdict with ${what} is refused`, async ({ world }) => {
    const { held, ended } = await holdAs(world, 'demo-agent');
    const avery = await world.person('avery');
    const path = `/api/approvals/${held.id}/verdict`;
    const answer = await avery.write('POST', path, APPROVE, headers);
    expect(answer.status).toBe(403);
    expect(codeOf(answer)).toBe('csrf');
    await ended();
  });
}

async function expectRefused(
  person: Person,
  id: string,
  status: number,
  code: string,
): Promise<void> {
  const answer = await person.write('POST', `/api/approvals/${id}/verdict`, APPROVE);
  expect({ status: answer.status, code: codeOf(answer) }).toEqual({ status, code });
}

/** A held call of this agent; `ended` proves that it never ran. */
async function holdAs(world: World, clientId: string) {
  const before = await world.production.executions();
  const agent = await connectAgent(world, 'modern', { clientId });
  const order = freshOrderId();
  const leaving = new AbortController();
  const call = agent
    .call('query', { sql: `DELETE FROM orders WHERE id = ${order}` }, leaving.signal)
    .catch(() => undefined);
  const held = await heldCall(world, `id = ${order}`);
  const ended = async () => {
    expect(await world.production.executions()).toBe(before);
    leaving.abort();
    await call;
    await agent.close();
  };
  return { held, ended };
}
