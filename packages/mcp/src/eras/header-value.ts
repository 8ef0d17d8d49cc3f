import { decodeUtf8 } from '../json/json-text.ts';

const SENTINEL_START = '=?base64?';
const SENTINEL_END = '?=';
const PLAIN = /^[\t\x20-\x7e]+$/;
const CANONICAL_BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * A value as an HTTP field value (revision 2026-07-28, "Value Encoding"): plain ASCII as
 * it is, anything a field would change or that looks encoded as `=?base64?…?=`.
 */
export function encodeHeaderValue(value: string): string {
  if (PLAIN.test(value) && value.trim() === value && !isEncoded(value)) return value;
  let binary = '';
  for (const byte of new TextEncoder().encode(value)) binary += String.fromCharCode(byte);
  return `${SENTINEL_START}${btoa(binary)}${SENTINEL_END}`;
}

/** The value of a field, or `undefined` when what it claims to be Base64 is not. */
export function decodeHeaderValue(field: string): string | undefined {
  const value = trimOptionalWhiteSpace(field);
  if (!isEncoded(value)) return value;
  const base64 = value.slice(SENTINEL_START.length, -SENTINEL_END.length);
  if (!CANONICAL_BASE64.test(base64)) return undefined;
  try {
    return decodeUtf8(Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)));
  } catch {
    return undefined;
  }
}

function isEncoded(value: string): boolean {
  return (
    value.length >= SENTINEL_START.length + SENTINEL_END.length &&
    value.startsWith(SENTINEL_START) &&
    value.endsWith(SENTINEL_END)
  );
}

/** RFC 9110 section 5.6.3: spaces and tabs only. */
function trimOptionalWhiteSpace(field: string): string {
  let [start, end] = [0, field.length];
  while (field[start] === ' ' || field[start] === '\t') start += 1;
  while (end > start && (field[end - 1] === ' ' || field[end - 1] === '\t')) end -= 1;
  return field.slice(start, end);
}
