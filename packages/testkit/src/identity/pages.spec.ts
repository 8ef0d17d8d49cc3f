import { consentPage, html, loginPage } from './pages.ts';

const HOSTILE = `"><script>alert(1)</script>'`;

describe('the sign-in pages', () => {
  // Guarantee: nothing a client registered about itself becomes markup.
  it('escape what a client says about itself', () => {
    const page = consentPage({
      nonce: 'n',
      confirmAction: '/c',
      abortAction: '/a',
      switchHref: '/s',
      clientName: HOSTILE,
      redirectHost: HOSTILE,
      person: HOSTILE,
      resources: [HOSTILE],
    });
    expect(page).not.toContain('<script>alert');
    expect(page).toContain('&lt;script&gt;');
  });

  it('escape the address somebody typed, inside its attribute', () => {
    const page = loginPage({ nonce: 'n', action: '/l', people: [], email: HOSTILE, failed: true });
    expect(page).toContain('value="&quot;&gt;&lt;script&gt;');
  });

  it('leave nested templates as they are', () => {
    expect(html`<b>${html`<i>${'&'}</i>`}</b>`.source).toBe('<b><i>&amp;</i></b>');
  });
});
