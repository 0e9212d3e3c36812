import { inflateSync } from 'node:zlib';
import type { LogoType } from '../../../db/schema/people.ts';

/**
 * Whether a logo is drawn so bright on nothing that it is made for a dark ground, as far as that can be told: of an SVG
 * by the colours that its text names, of a PNG by what is not transparent. One that brings its own ground never is.
 */
export const isPale = (bytes: Buffer, type: LogoType): boolean => {
  if (type === 'image/svg+xml') return allBright(colorsOfSvg(bytes.toString('utf8')));
  if (type !== 'image/png') return false;
  try {
    return isPalePng(bytes);
  } catch {
    // Broken, or made to mislead: what it looks like is up to browsers.
    return false;
  }
};

type Rgb = readonly [number, number, number];

const bright = 0.7;

/** From 0 to 1, as eyes weigh it. */
const brightnessOf = ([red, green, blue]: Rgb): number => (0.3 * red + 0.59 * green + 0.11 * blue) / 255;

const allBright = (colors: readonly Rgb[]): boolean =>
  colors.length > 0 && colors.every((color) => brightnessOf(color) > bright);

const named: Record<string, Rgb> = { white: [255, 255, 255], black: [0, 0, 0] };

const colorsOfSvg = (text: string): Rgb[] => {
  const colors = text.matchAll(
    /(?:fill|stroke|stop-color|color)\s*[=:]\s*["']?\s*(#[0-9a-f]{3,8}|rgba?\([^)]*\)|[a-z]+)/gi,
  );
  return [...colors].flatMap(([, said = '']) => colorOf(said.toLowerCase()) ?? []);
};

/** @returns nothing for `none` and the like; black, which is not bright, for a colour that is not understood */
const colorOf = (said: string): [Rgb] | undefined => {
  if (['none', 'transparent', 'inherit', 'currentcolor', 'url'].includes(said)) return undefined;
  const hex = /^#([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})$/.exec(said)?.[1];
  if (hex !== undefined) {
    const digits = hex.length < 6 ? hex.replaceAll(/./g, '$&$&') : hex;
    const part = (at: number): number => Number.parseInt(digits.slice(at, at + 2), 16);
    return [[part(0), part(2), part(4)]];
  }
  const [red, green, blue] = [...said.matchAll(/\d+(?:\.\d+)?%?/g)].map(([part]) =>
    part.endsWith('%') ? (Number.parseFloat(part) * 255) / 100 : Number(part),
  );
  if (red !== undefined && green !== undefined && blue !== undefined) return [[red, green, blue]];
  return [named[said] ?? [0, 0, 0]];
};

/** Looked at in one go, within a tenth of a second or two. */
const mostPixels = 1_000_000;

const isPalePng = (png: Buffer): boolean => {
  const chunks = chunksOf(png);
  const [header] = chunks.get('IHDR') ?? [];
  if (header === undefined) return false;
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const [depth, kind, interlaced] = [header[8], header[9], header[12]];
  if (kind === 3) return isPalePalette(chunks);
  // Grey and colour, with transparency.
  const pixelBytes = kind === 4 ? 2 : kind === 6 ? 4 : 0;
  if (pixelBytes === 0 || depth !== 8 || interlaced !== 0 || width * height > mostPixels) return false;
  const lineBytes = width * pixelBytes;
  const lines = inflateSync(Buffer.concat(chunks.get('IDAT') ?? []), {
    maxOutputLength: (lineBytes + 1) * height,
  });
  const seen = { light: 0, all: 0 };
  let above: Uint8Array = new Uint8Array(lineBytes);
  for (let y = 0; y < height; y += 1) {
    const start = y * (lineBytes + 1);
    above = unfiltered(
      lines[start] ?? 0,
      lines.subarray(start + 1, start + 1 + lineBytes),
      above,
      pixelBytes,
    );
    for (let x = 0; x < lineBytes; x += pixelBytes) {
      const [first = 0, second = 0, third = 0, fourth = 0] = above.subarray(x, x + pixelBytes);
      const [color, alpha]: [Rgb, number] =
        kind === 4 ? [[first, first, first], second] : [[first, second, third], fourth];
      seen.light += brightnessOf(color) * alpha;
      seen.all += alpha;
    }
  }
  const share = seen.all / (255 * width * height);
  return seen.all > 0 && share < 0.95 && seen.light / seen.all > bright;
};

const chunksOf = (png: Buffer): Map<string, Buffer[]> => {
  const chunks = new Map<string, Buffer[]>();
  for (let at = 8; at + 8 <= png.length; ) {
    const bytes = png.readUInt32BE(at);
    const name = png.toString('latin1', at + 4, at + 8);
    chunks.set(name, [...(chunks.get(name) ?? []), png.subarray(at + 8, at + 8 + bytes)]);
    at += bytes + 12;
  }
  return chunks;
};

const isPalePalette = (chunks: ReadonlyMap<string, Buffer[]>): boolean => {
  const [colors = Buffer.alloc(0)] = chunks.get('PLTE') ?? [];
  const [alphas] = chunks.get('tRNS') ?? [];
  if (alphas === undefined) return false;
  const drawn: Rgb[] = [];
  for (let n = 0; n * 3 + 2 < colors.length; n += 1)
    if ((alphas[n] ?? 255) > 64)
      drawn.push([colors[n * 3] ?? 0, colors[n * 3 + 1] ?? 0, colors[n * 3 + 2] ?? 0]);
  return allBright(drawn);
};

/** One line of a PNG as it was before it was filtered (ISO/IEC 15948, 9.2). */
const unfiltered = (filter: number, line: Uint8Array, above: Uint8Array, pixelBytes: number): Uint8Array => {
  const plain = new Uint8Array(line.length);
  for (let x = 0; x < line.length; x += 1) {
    const left = x < pixelBytes ? 0 : (plain[x - pixelBytes] ?? 0);
    const up = above[x] ?? 0;
    const corner = x < pixelBytes ? 0 : (above[x - pixelBytes] ?? 0);
    plain[x] = (line[x] ?? 0) + guessOf(filter, left, up, corner);
  }
  return plain;
};

const guessOf = (filter: number, left: number, up: number, corner: number): number => {
  if (filter === 1) return left;
  if (filter === 2) return up;
  if (filter === 3) return (left + up) >> 1;
  return filter === 4 ? paeth(left, up, corner) : 0;
};

const paeth = (left: number, up: number, corner: number): number => {
  const guess = left + up - corner;
  const toLeft = Math.abs(guess - left);
  const toUp = Math.abs(guess - up);
  const toCorner = Math.abs(guess - corner);
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
};
