import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type Provider from 'oidc-provider';
import { z } from 'zod';
import { findByPassword, type Person } from './directory.ts';
import { consentPage, loginPage, messagePage } from './pages.ts';
import { secureHtml } from './secure-html.ts';

const FORM_LIMIT_BYTES = 4_096;
const FAILED_LOGIN_DELAY_MS = 400;
const ROUTE = /^\/interaction\/([\w-]+)(?:\/(login|confirm|abort|switch))?$/;

const interactionParams = z.object({
  client_id: z.string(),
  redirect_uri: z.string(),
});
const missingConsent = z.object({
  missingOIDCScope: z.array(z.string()).default([]),
  missingOIDCClaims: z.array(z.string()).default([]),
  missingResourceScopes: z.record(z.string(), z.array(z.string())).default({}),
});

type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>;

/**
 * Serves the sign-in and consent pages.
 *
 * @returns whether the path (without the mount prefix) was one of them.
 */
export async function handleInteraction(
  provider: Provider,
  people: readonly Person[],
  path: string,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<boolean> {
  const [, , step] = ROUTE.exec(path) ?? [];
  if (!ROUTE.test(path)) return false;
  try {
    const interaction = await provider.interactionDetails(req, res);
    const view = { provider, people, req, res, interaction };
    if (req.method === 'POST') await submit(view, step);
    else await show(view, step);
  } catch (error) {
    console.error(error);
    respond(res, 400, (nonce) =>
      messagePage(nonce, 'This sign-in has expired', 'Go back and start it again.'),
    );
  }
  return true;
}

interface View {
  readonly provider: Provider;
  readonly people: readonly Person[];
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly interaction: Interaction;
}

async function show(view: View, step: string | undefined): Promise<void> {
  if (view.interaction.prompt.name === 'login' || step === 'switch') showLogin(view);
  else await showConsent(view);
}

async function submit(view: View, step: string | undefined): Promise<void> {
  const { provider, req, res } = view;
  if (step === 'login') {
    await login(view);
  } else if (step === 'confirm' && view.interaction.prompt.name === 'consent') {
    const grantId = await saveGrant(view);
    await provider.interactionFinished(
      req,
      res,
      { consent: { grantId } },
      { mergeWithLastSubmission: true },
    );
  } else {
    const result = { error: 'access_denied', error_description: 'The person said no.' };
    await provider.interactionFinished(req, res, result, { mergeWithLastSubmission: false });
  }
}

async function login(view: View): Promise<void> {
  const form = await readForm(view.req);
  const email = form.get('email') ?? '';
  const person = findByPassword(view.people, email, form.get('password') ?? '');
  if (person === undefined) {
    await sleep(FAILED_LOGIN_DELAY_MS);
    showLogin(view, { email, failed: true });
    return;
  }
  await view.provider.interactionFinished(
    view.req,
    view.res,
    { login: { accountId: person.sub } },
    { mergeWithLastSubmission: false },
  );
}

function showLogin(view: View, filled: { email?: string; failed?: boolean } = {}): void {
  const action = `/oidc/interaction/${view.interaction.uid}/login`;
  respond(
    view.res,
    filled.failed === true ? 401 : 200,
    (nonce) => loginPage({ nonce, action, people: view.people, ...filled }),
    redirectTargets(view.interaction),
  );
}

async function showConsent(view: View): Promise<void> {
  const { interaction, provider } = view;
  const params = interactionParams.parse(interaction.params);
  const client = await provider.Client.find(params.client_id);
  const person = view.people.find((each) => each.sub === interaction.session?.accountId);
  const base = `/oidc/interaction/${interaction.uid}`;
  respond(
    view.res,
    200,
    (nonce) =>
      consentPage({
        nonce,
        confirmAction: `${base}/confirm`,
        abortAction: `${base}/abort`,
        switchHref: `${base}/switch`,
        clientName: client?.clientName ?? params.client_id,
        redirectHost: new URL(params.redirect_uri).host,
        person: person?.email ?? 'signed in',
        resources: requestedResources(interaction),
      }),
    redirectTargets(interaction),
  );
}

async function saveGrant({ provider, interaction }: View): Promise<string> {
  const { client_id: clientId } = interactionParams.parse(interaction.params);
  const accountId = interaction.session?.accountId;
  if (accountId === undefined) throw new Error('consent without a signed-in person');
  const existing =
    interaction.grantId === undefined ? undefined : await provider.Grant.find(interaction.grantId);
  const grant = existing ?? new provider.Grant({ accountId, clientId });
  const missing = missingConsent.parse(interaction.prompt.details);
  grant.addOIDCScope(missing.missingOIDCScope.join(' '));
  grant.addOIDCClaims(missing.missingOIDCClaims);
  for (const [resource, scopes] of Object.entries(missing.missingResourceScopes)) {
    grant.addResourceScope(resource, scopes.join(' '));
  }
  return grant.save();
}

function requestedResources(interaction: Interaction): string[] {
  return z
    .union([z.array(z.string()), z.string().transform((each) => [each])])
    .catch([])
    .parse(interaction.params['resource']);
}

function redirectTargets(interaction: Interaction): string[] {
  const { redirect_uri: address } = interactionParams.parse(interaction.params);
  const { origin, protocol } = new URL(address);
  return [origin === 'null' ? protocol : origin];
}

function respond(
  res: ServerResponse,
  status: number,
  render: (nonce: string) => string,
  formTargets: readonly string[] = [],
): void {
  res.statusCode = status;
  res.end(secureHtml(res, render, formTargets));
}

async function readForm(req: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > FORM_LIMIT_BYTES) throw new Error('form too large');
    chunks.push(bytes);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
}
