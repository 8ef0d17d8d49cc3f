import type { Frame } from '../frame/frame.ts';
import { paramsOf } from '../frame/message.ts';
import { member } from '../json/json-node.ts';
import type { TextEdit } from '../json/json-text.ts';

/**
 * Edits that put other arguments into a `tools/call`, as exactly this JSON text, and leave every other
 * byte as it came. Headers that repeat an argument are written from the frame that comes of it.
 *
 * @param argumentsText - a JSON object that the strict parser has passed
 */
export function replaceArguments({ message }: Frame, argumentsText: string): TextEdit[] {
  const params = paramsOf(message);
  if (params?.kind !== 'object') return [];
  const present = member(params, 'arguments');
  if (present) return [{ start: present.start, end: present.end, text: argumentsText }];
  const at = params.start + 1;
  const comma = params.members.length > 0 ? ',' : '';
  return [{ start: at, end: at, text: `"arguments":${argumentsText}${comma}` }];
}
