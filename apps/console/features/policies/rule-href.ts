/** Where one rule stands in one version: what a decision names is read as it was written then. */
export function ruleHref(version: number, ruleId: string): string {
  return `/policies/versions/${version}?rule=${encodeURIComponent(ruleId)}`;
}
