import type { Person } from './directory.ts';

/** HTML that is already escaped. */
export class Html {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }
}

type Piece = string | Html | readonly Html[];

/** A template tag that escapes every interpolated string. */
export function html(parts: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
  const source = parts.reduce((text, part, index) => {
    const piece = pieces[index - 1];
    return text + (piece === undefined ? '' : render(piece)) + part;
  });
  return new Html(source);
}

function render(piece: Piece): string {
  if (typeof piece === 'string') return escape(piece);
  return piece instanceof Html ? piece.source : piece.map((each) => each.source).join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

const STYLE = `
:root { color-scheme: light dark; --ink: #16181d; --soft: #565c68; --paper: #f6f6f4; --card: #fff;
  --line: #d8d9d4; --accent: #1f5fbf; --on-accent: #fff; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #eceef2; --soft: #a3a9b6; --paper: #14161a;
  --card: #1d2026; --line: #363b45; --accent: #8ab4f8; --on-accent: #10213d; --bad: #f2b8b5; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem 1rem;
  background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { width: 100%; max-width: 26rem; background: var(--card); border: 1px solid var(--line);
  border-radius: 12px; padding: 1.75rem; }
h1 { font-size: 1.3rem; line-height: 1.3; margin: 0 0 .25rem; }
h2 { font-size: .95rem; margin: 1.5rem 0 .5rem; }
p { margin: .25rem 0 1rem; color: var(--soft); overflow-wrap: anywhere; }
strong { color: var(--ink); }
label { display: block; font-weight: 600; margin: .75rem 0 .25rem; }
input { width: 100%; font: inherit; padding: .6rem .7rem; border-radius: 8px;
  border: 1px solid var(--soft); background: var(--paper); color: var(--ink); }
button { font: inherit; font-weight: 600; min-height: 2.75rem; padding: .5rem 1rem;
  border-radius: 8px; border: 1px solid var(--line); background: none; color: var(--ink);
  cursor: pointer; }
button.primary { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
.actions { display: flex; flex-wrap: wrap; gap: .75rem; margin-top: 1.25rem; }
ul { list-style: none; margin: 0; padding: 0; display: grid; gap: .4rem; }
li button { width: 100%; text-align: left; font-weight: 400; }
li small { display: block; color: var(--soft); }
a { color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
[role=alert] { color: var(--bad); font-weight: 600; }
`;

/** The page frame. The nonce is the one its Content-Security-Policy allows. */
function page(title: string, nonce: string, body: Html, script = ''): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · Demo identity provider</title>
        <style nonce="${nonce}">
          ${new Html(STYLE)}
        </style>
      </head>
      <body>
        <main>${body}</main>
        ${
          script === ''
            ? ''
            : html`<script nonce="${nonce}">
                ${new Html(script)};
              </script>`
        }
      </body>
    </html>`.source;
}

const FILL_SCRIPT = `
for (const button of document.querySelectorAll('button[data-email]')) {
  button.addEventListener('click', () => {
    document.getElementById('email').value = button.dataset.email;
    document.getElementById('password').focus();
  });
}`;

export interface LoginPage {
  readonly nonce: string;
  readonly action: string;
  readonly people: readonly Pick<Person, 'name' | 'email' | 'groups'>[];
  readonly email?: string;
  readonly failed?: boolean;
}

/**
 * Sign-in. It lists the demo accounts but never their passwords: those are printed in the terminal,
 * so that whoever merely reaches the port (an agent, say) can't sign in as a reviewer.
 */
export function loginPage(model: LoginPage): string {
  const body = html`<h1>Sign in</h1>
    <p>Demo identity provider. The passwords were printed where the stack was started.</p>
    ${model.failed === true ? html`<p role="alert">That e-mail and password don't match.</p>` : ''}
    <form method="post" action="${model.action}">
      <label for="email">E-mail</label>
      <input
        id="email"
        name="email"
        type="email"
        autocomplete="username"
        required
        value="${model.email ?? ''}"
      />
      <label for="password">Password</label>
      <input
        id="password"
        name="password"
        type="password"
        autocomplete="current-password"
        required
      />
      <div class="actions"><button class="primary" type="submit">Sign in</button></div>
    </form>
    <h2 id="accounts">Demo accounts</h2>
    <ul aria-labelledby="accounts">
      ${model.people.map(
        (person) =>
          html`<li>
            <button type="button" data-email="${person.email}">
              ${person.email}<small>${person.groups.join(', ') || 'no groups'}</small>
            </button>
          </li>`,
      )}
    </ul>`;
  return page('Sign in', model.nonce, body, FILL_SCRIPT);
}

export interface ConsentPage {
  readonly nonce: string;
  readonly confirmAction: string;
  readonly abortAction: string;
  readonly switchHref: string;
  readonly clientName: string;
  readonly redirectHost: string;
  readonly person: string;
  readonly resources: readonly string[];
}

/** Consent for a program that isn't ours. Its name is its own claim, so where it leads is shown. */
export function consentPage(model: ConsentPage): string {
  const body = html`<h1>Let ${model.clientName} act as you?</h1>
    <p>
      You are <strong>${model.person}</strong>.
      <a href="${model.switchHref}">Use another account</a>
    </p>
    <p>
      The program <strong>${model.clientName}</strong> at
      <strong>${model.redirectHost}</strong> asks to make calls in your
      name${model.resources.length === 0 ? '.' : ' through:'}
    </p>
    ${model.resources.map((resource) => html`<p><strong>${resource}</strong></p>`)}
    <p>Its calls count as yours: someone else has to approve them.</p>
    <div class="actions">
      <form method="post" action="${model.confirmAction}">
        <button class="primary" type="submit">Allow</button>
      </form>
      <form method="post" action="${model.abortAction}"><button type="submit">Cancel</button></form>
    </div>`;
  return page('Consent', model.nonce, body);
}

/** A page that only says something. */
export function messagePage(nonce: string, title: string, text: string): string {
  return page(
    title,
    nonce,
    html`<h1>${title}</h1>
      <p>${text}</p>`,
  );
}

/** Asks before signing out. The form is the provider's own, with its cross-site token. */
export function logoutPage(nonce: string, form: string): string {
  const body = html`<h1>Sign out of the demo identity provider?</h1>
    ${new Html(form)}
    <div class="actions">
      <button class="primary" type="submit" form="op.logoutForm" name="logout" value="yes">
        Sign out
      </button>
      <button type="submit" form="op.logoutForm">Stay signed in</button>
    </div>`;
  return page('Sign out', nonce, body);
}
