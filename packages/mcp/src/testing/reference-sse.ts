import type { SseEvent } from '../sse/sse-decoder.ts';

/** The standard's rules once more, on the whole text at once: slow, short, and written apart. */
export function decodeWholeStream(bytes: Uint8Array): SseEvent[] {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes).replace(/^\uFEFF/, '');
  const events: SseEvent[] = [];
  let block: { event?: string; id?: string; retry?: number; data?: string[] } = {};
  // What follows the last line break is a line that never ended.
  for (const line of text.split(/\r\n|\r|\n/).slice(0, -1)) {
    const [, name = '', value = ''] = /^([^:]*)(?:: ?([^]*))?$/.exec(line) ?? [];
    if (line.startsWith(':')) {
      events.push({ kind: 'comment', comment: value });
    } else if (line === '') {
      const { data, ...fields } = block;
      const said = data && { data: data.join('\n') };
      if (said || fields.id !== undefined || fields.retry !== undefined)
        events.push({ kind: 'message', ...fields, ...said });
      block = {};
    } else if (name === 'data') (block.data ??= []).push(value);
    else if (name === 'event') block.event = value;
    else if (name === 'id' && !value.includes('\0')) block.id = value;
    else if (name === 'retry' && /^\d{1,15}$/.test(value)) block.retry = Number(value);
  }
  return events;
}
