/**
 * The page's CSP nonce, for what adds its own style element. Read from a script's property: the
 * browser hides it from attributes, and it then need not be passed through the page's data.
 */
export function pageNonce(): string {
  return document.querySelector<HTMLScriptElement>('script[nonce]')?.nonce ?? '';
}
