import type { ListedCall } from './call.ts';
import { compileGlob, isLiteral, type GlobKind, type GlobTest } from './glob.ts';
import { PolicyError } from './policy-error.ts';
import type { MatchDocument } from './schema.ts';

/** What is called, whoever calls. */
export interface CallSubject {
  readonly connection: { readonly name: string };
  readonly method: string;
  readonly target: { readonly name?: string; readonly uri?: string };
}

/**
 * Whether a rule is about a call.
 *
 * @throws PolicyError `uri_not_normal` where the address has several spellings and the rule picks
 * resources by pattern; `target_unknown` where the call doesn't say what it calls and the rule asks.
 */
export type CallMatcher = (call: ListedCall) => boolean;

/** The same of what is called, whoever calls. */
export type SubjectMatcher = (subject: CallSubject) => boolean;

/** A rule's `match`, ready to be asked. */
export interface CompiledMatch {
  /** By connection, method and name: never fails, and the same for every such call. */
  readonly concerns: SubjectMatcher;
  /** The same with the resource's address. Fails as {@link CallMatcher}. */
  readonly mayMatch: SubjectMatcher;
  readonly matches: CallMatcher;
  /** The same of a call that it concerns. */
  readonly isAbout: CallMatcher;
}

/**
 * Compiles a rule's `match`. Keys are combined with "and", the entries of a list with "or". The
 * three selectors of targets (`tools`, `resources`, `prompts`) are alternatives, each of them
 * about its own methods.
 */
export function compileMatch(match: MatchDocument): CompiledMatch {
  const connections = anyOf(match.connections);
  const methods = anyOf(match.methods);
  const callers = compileCallers(match.callers ?? {});
  const named = compileNamed(match);
  const picksByTarget = [match.tools, match.resources, match.prompts].some(
    (patterns) => patterns !== undefined,
  );
  const resource = compileResource(match);
  const picks: SubjectMatcher = (subject) => {
    if (picksByTarget) refuseUnknownTarget(subject);
    return resource(subject);
  };
  const concerns: SubjectMatcher = (subject) =>
    connections(subject.connection.name) && methods(subject.method) && named(subject);
  // What is picked last, since that can fail.
  const isAbout: CallMatcher = (call) => callers(call.caller) && picks(call);
  return {
    concerns,
    mayMatch: (subject) => concerns(subject) && picks(subject),
    matches: (call) => concerns(call) && isAbout(call),
    isAbout,
  };
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

/**
 * Whether the tool or prompt is one of those; of a resource, whether there are any. True also where
 * the name can't be read: {@link refuseUnknownTarget} errs on it.
 */
function compileNamed({ tools, resources, prompts }: MatchDocument): SubjectMatcher {
  if (tools === undefined && resources === undefined && prompts === undefined) return () => true;
  const tool = anyOf(tools);
  const prompt = anyOf(prompts);
  return ({ method, target: { name } }) => {
    if (method === 'tools/call') return tools !== undefined && (name === undefined || tool(name));
    if (method === 'prompts/get') {
      return prompts !== undefined && (name === undefined || prompt(name));
    }
    return isOfResources(method) && resources !== undefined;
  };
}

const TARGETS: ReadonlyMap<string, 'name' | 'uri'> = new Map([
  ['tools/call', 'name'],
  ['prompts/get', 'name'],
  ['resources/read', 'uri'],
  ['resources/subscribe', 'uri'],
  ['resources/unsubscribe', 'uri'],
]);

/**
 * A name or address that is missing, a list or a number is none to a pattern. An upstream may still
 * take `["drop"]` for `drop`, which no pattern would catch.
 */
function refuseUnknownTarget({ method, target }: CallSubject): void {
  const needed = TARGETS.get(method);
  if (needed === undefined || target[needed] !== undefined) return;
  throw new PolicyError(
    'target_unknown',
    `The call has no text as its "${needed}", so no pattern can be trusted with it.`,
  );
}

function isOfResources(method: string): boolean {
  return method.startsWith('resources/');
}

function compileResource({ resources }: MatchDocument): SubjectMatcher {
  if (resources === undefined) return () => true;
  const isAny = resources.some((pattern) => pattern === '*' || pattern === '**');
  const test = anyOf(resources, 'path');
  return ({ method, target: { uri } }) => {
    if (!isOfResources(method)) return true;
    if (uri === undefined || isAny) return uri !== undefined;
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
 * `file:///pub/../etc/x`, `FILE:///etc/x`, `file:///%65tc/x` and `file:////etc/x` mean
 * `file:///etc/x` to an upstream, but not to a pattern.
 */
function isNormal(uri: string): boolean {
  const scheme = /^[^:/?#]*/.exec(uri)?.[0] ?? '';
  const authority = /^[^:/?#]*:\/\/([^/?#]*)/.exec(uri)?.[1] ?? '';
  if (/[A-Z]/.test(scheme + authority)) return false;
  if (/[\\\s\p{Cc}]/u.test(uri)) return false;
  if (/(?:^|[/:])\.{1,2}(?:[/?#]|$)/.test(uri)) return false;
  if (WITH_A_HOST.has(scheme) && !isWithPlainHost(uri, scheme, authority)) return false;
  // Escapes of letters, digits, `-`, `.`, `_`, `~` and of the slashes, and broken ones.
  return !/%(?:2[DEFdef]|3[0-9]|4[1-9A-Fa-f]|5[0-9AaCcFf]|6[1-9A-Fa-f]|7[0-9AaEe]|(?![0-9A-Fa-f]{2}))/.test(
    uri,
  );
}

/** Schemes whose host can be written in several ways, all of which upstreams understand. */
const WITH_A_HOST = new Set(['file', 'http', 'https', 'ws', 'wss', 'ftp']);

/** `!$&'()*+,:;=@`, which a path has as they are, and letters of an escape that are not capitals. */
const NEEDLESS = /%(?:2[146-9ABC]|3[ABD]|40|[a-f]|[0-9A-F][a-f])/;

/**
 * Neither `file:/etc/x` nor `file://localhost/etc/x`, `https://user@host/x`, `https://host:443/x`,
 * `http://2130706433/x`, `https://host./x` or `https://host?x`; no needless escape in the path, and no
 * `#…` or empty `?`, which don't say what is fetched. A file has no empty segment, which a file system
 * skips, and nothing behind its path, which is left away.
 */
function isWithPlainHost(uri: string, scheme: string, authority: string): boolean {
  const start = `${scheme}://${authority}`;
  if (!uri.startsWith(`${start}/`) || authority.endsWith('.') || !URL.canParse(uri)) return false;
  const { host, href } = new URL(uri);
  if (host !== authority || href !== uri) return false;
  if (NEEDLESS.test(uri.replace(/[?#].*$/s, ''))) return false;
  if (/#|\?$/.test(uri)) return false;
  return scheme !== 'file' || !/\/\/|[?|]/.test(uri.slice(start.length));
}

function anyOf(patterns: readonly string[] | undefined, kind?: GlobKind): GlobTest {
  if (patterns === undefined) return () => true;
  const literals = new Set(patterns.filter(isLiteral));
  const tests = patterns
    .filter((pattern) => !isLiteral(pattern))
    .map((pattern) => compileGlob(pattern, kind));
  return (text) => literals.has(text) || tests.some((test) => test(text));
}
