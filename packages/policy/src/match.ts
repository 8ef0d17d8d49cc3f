import type { ListedCall } from './call.ts';
import { compileGlob, type GlobKind, type GlobTest } from './glob.ts';
import { PolicyError } from './policy-error.ts';
import type { MatchDocument } from './schema.ts';

/**
 * Whether a rule is about a call.
 *
 * @throws PolicyError `uri_not_normal` where the address has several spellings and the rule picks
 * resources by pattern.
 */
export type CallMatcher = (call: ListedCall) => boolean;

/**
 * Compiles a rule's `match`. Keys are combined with "and", the entries of a list with "or". The
 * three selectors of targets (`tools`, `resources`, `prompts`) are alternatives, each of them
 * about its own methods.
 */
export function compileMatch(match: MatchDocument): CallMatcher {
  const connections = anyOf(match.connections);
  const methods = anyOf(match.methods);
  const callers = compileCallers(match.callers ?? {});
  const target = compileTarget(match);
  return (call) =>
    connections(call.connection.name) &&
    methods(call.method) &&
    callers(call.caller) &&
    // Last, since it is the one that can fail.
    target(call);
}

function compileCallers(
  document: NonNullable<MatchDocument['callers']>,
): (caller: ListedCall['caller']) => boolean {
  const group = anyOf(document.groups);
  const subject = anyOf(document.subjects);
  const client = anyOf(document.clients);
  const kinds = document.kinds;
  return (caller) =>
    (document.groups === undefined || caller.groups.some(group)) &&
    subject(caller.subject) &&
    (kinds === undefined || kinds.includes(caller.kind)) &&
    (document.clients === undefined || (caller.clientId !== undefined && client(caller.clientId)));
}

function compileTarget(match: MatchDocument): CallMatcher {
  const { tools, resources, prompts } = match;
  if (tools === undefined && resources === undefined && prompts === undefined) return () => true;
  const tool = anyOf(tools);
  const resource = compileResource(resources ?? []);
  const prompt = anyOf(prompts);
  return ({ method, target }) => {
    if (method === 'tools/call') {
      return tools !== undefined && target.name !== undefined && tool(target.name);
    }
    if (method === 'prompts/get') {
      return prompts !== undefined && target.name !== undefined && prompt(target.name);
    }
    if (method.startsWith('resources/')) {
      return resources !== undefined && target.uri !== undefined && resource(target.uri);
    }
    return false;
  };
}

function compileResource(patterns: readonly string[]): GlobTest {
  if (patterns.some((pattern) => pattern === '*' || pattern === '**')) return () => true;
  const test = anyOf(patterns, 'path');
  return (uri) => {
    if (!isNormal(uri)) {
      throw new PolicyError(
        'uri_not_normal',
        'The resource address is not in its normal form, so no pattern can be trusted with it.',
      );
    }
    return test(uri);
  };
}

/**
 * `file:///pub/../etc/x`, `FILE:///etc/x` and `file:///%65tc/x` mean `file:///etc/x` to an
 * upstream, but not to a pattern.
 */
function isNormal(uri: string): boolean {
  const scheme = /^[^:/?#]*/.exec(uri)?.[0] ?? '';
  const authority = /^[^:/?#]*:\/\/([^/?#]*)/.exec(uri)?.[1] ?? '';
  if (/[A-Z]/.test(scheme + authority)) return false;
  if (/[\\\s\p{Cc}]/u.test(uri)) return false;
  if (/(?:^|[/:])\.{1,2}(?:[/?#]|$)/.test(uri)) return false;
  // Escapes of letters, digits, `-`, `.`, `_`, `~` and of the slashes, and broken ones.
  return !/%(?:2[DEFdef]|3[0-9]|4[1-9A-Fa-f]|5[0-9AaCcFf]|6[1-9A-Fa-f]|7[0-9AaEe]|(?![0-9A-Fa-f]{2}))/.test(
    uri,
  );
}

function anyOf(patterns: readonly string[] | undefined, kind?: GlobKind): GlobTest {
  if (patterns === undefined) return () => true;
  const tests = patterns.map((pattern) => compileGlob(pattern, kind));
  return (text) => tests.some((test) => test(text));
}
