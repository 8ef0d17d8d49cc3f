/** A picture inside a text: base64, bare or in a `data:` URL. Its type is what its bytes say. */
export interface EncodedImage {
  /** `null` for what is no raster picture that a browser may draw here. */
  readonly type: RasterType | null;
  /** What the argument, or what stands beside it, says that it is. */
  readonly declared: string | null;
  readonly base64: string;
  readonly bytes: number;
  /** As its header says, which is what a browser would make room for. */
  readonly size: { readonly width: number; readonly height: number } | null;
}

export type RasterType = 'image/png' | 'image/jpeg' | 'image/gif' | 'image/webp';

const DATA_URL = /^data:([a-z0-9.+/-]*)(?:;[a-z0-9=.+-]+)*;base64,/i;
const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;
/** Shorter than any picture; a word may be base64 too. */
const LEAST = 40;
/** Of base64 in lines: 64 and 76 are usual. */
const LEAST_LINE = 60;
/** Enough of a picture to know its type and, of most, its size. */
const HEADER = 64 * 1024;

/**
 * @param declared - a media type from beside the argument
 * @returns `null` for a text that is no picture and isn't said to be one
 */
export function readImage(text: string, declared: string | undefined): EncodedImage | null {
  const url = DATA_URL.exec(text.slice(0, 200));
  const said = url?.[1] || declared || null;
  const base64 = withoutBreaks(url === null ? text : text.slice(url[0].length));
  const claims = said !== null && /^image\//i.test(said);
  if (!claims && url === null && !/^(?:iVBORw0KGgo|\/9j\/|R0lGOD|UklGR)/.test(base64)) return null;
  if (base64.length < (claims ? LEAST / 2 : LEAST) || !BASE64.test(base64)) return null;
  const head = bytesOf(base64.slice(0, HEADER));
  const type = head === null ? null : rasterType(head);
  if (type === null && !claims) return null;
  const padding = /=*$/.exec(base64.slice(-2))?.[0].length ?? 0;
  return {
    type,
    declared: said,
    base64: standard(base64),
    bytes: Math.floor((base64.length * 3) / 4) - padding,
    size: head === null || type === null ? null : sizeOf(type, head),
  };
}

/**
 * Some programs break base64 into lines, each as long as the others. Words or commands that only begin as
 * a picture does keep their spaces and breaks, and so are none.
 */
function withoutBreaks(text: string): string {
  const lines = text.trimEnd().split(/\r?\n/);
  const [first = '', ...rest] = lines;
  if (rest.length > 0 && first.length < LEAST_LINE) return text;
  const isEven = rest.every((line, at) =>
    at < rest.length - 1 ? line.length === first.length : line.length <= first.length,
  );
  return isEven ? lines.join('') : text;
}

const standard = (base64: string) => base64.replaceAll('-', '+').replaceAll('_', '/');

function bytesOf(base64: string): Uint8Array | null {
  try {
    const whole = standard(base64.slice(0, base64.length - (base64.length % 4)));
    return Uint8Array.from(atob(whole), (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
}

const MAGIC: readonly (readonly [RasterType, (bytes: Uint8Array) => boolean])[] = [
  ['image/png', (bytes) => startsWith(bytes, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])],
  ['image/jpeg', (bytes) => startsWith(bytes, [0xff, 0xd8, 0xff])],
  ['image/gif', (bytes) => startsWith(bytes, [0x47, 0x49, 0x46, 0x38])],
  [
    'image/webp',
    (bytes) =>
      startsWith(bytes, [0x52, 0x49, 0x46, 0x46]) &&
      startsWith(bytes.subarray(8), [0x57, 0x45, 0x42, 0x50]),
  ],
];

function rasterType(bytes: Uint8Array): RasterType | null {
  return MAGIC.find(([, matches]) => matches(bytes))?.[0] ?? null;
}

function startsWith(bytes: Uint8Array, start: readonly number[]): boolean {
  return start.every((byte, index) => bytes[index] === byte);
}

function sizeOf(type: RasterType, bytes: Uint8Array): EncodedImage['size'] {
  const view = new DataView(bytes.buffer);
  try {
    switch (type) {
      case 'image/png':
        return { width: view.getUint32(16), height: view.getUint32(20) };
      case 'image/gif':
        return { width: view.getUint16(6, true), height: view.getUint16(8, true) };
      case 'image/jpeg':
        return jpegSize(view);
      case 'image/webp':
        return webpSize(view);
      default:
        return type satisfies never;
    }
  } catch {
    // A header that ends early has no size.
    return null;
  }
}

/** ITU T.81: segments up to the first start of frame, which has the size. */
function jpegSize(view: DataView): EncodedImage['size'] {
  for (let at = 2; view.getUint8(at) === 0xff;) {
    const marker = view.getUint8(at + 1);
    const isStartOfFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isStartOfFrame) return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    at += 2 + view.getUint16(at + 2);
  }
  return null;
}

/** RFC 9649: lossy, lossless, or with an extended header. */
function webpSize(view: DataView): EncodedImage['size'] {
  switch (view.getUint32(12)) {
    case 0x56503820:
      return {
        width: view.getUint16(26, true) & 0x3fff,
        height: view.getUint16(28, true) & 0x3fff,
      };
    case 0x5650384c: {
      const bits = view.getUint32(21, true);
      return { width: (bits & 0x3fff) + 1, height: ((bits >> 14) & 0x3fff) + 1 };
    }
    case 0x56503858: {
      const three = (at: number) => view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
      return { width: three(24) + 1, height: three(27) + 1 };
    }
    default:
      return null;
  }
}
