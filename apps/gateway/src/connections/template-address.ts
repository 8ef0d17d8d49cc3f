/**
 * A URI template as an address that rules can be asked about: `file:///{+path}` becomes
 * `file:///%7Bpath%7D`, since braces as they are belong into no address, and a rule would err on it.
 *
 * Not for a call: what an agent reads is judged as it stands.
 */
export function addressOfTemplate(uriTemplate: string): string {
  return uriTemplate.replaceAll(
    /\{([^{}]*)\}/g,
    (_expression, variables: string) => `%7B${variables.replaceAll(/\W/g, '')}%7D`,
  );
}
