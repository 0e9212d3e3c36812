import { deflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { logoTypeOf } from '../../../server/intake/rules/logo.ts';
import { isPale } from '../../../server/intake/rules/pale.ts';

const svg = (inside: string) => Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg">${inside}</svg>`);

describe('a logo is a picture by its content', () => {
  test.each([
    ['a PNG', Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1'), 'image/png'],
    ['a JPEG', Buffer.from('\xff\xd8\xff\xe0', 'latin1'), 'image/jpeg'],
    ['a GIF', Buffer.from('GIF89a'), 'image/gif'],
    ['a WebP', Buffer.from('RIFF\x01\0\0\0WEBPVP8 ', 'latin1'), 'image/webp'],
    ['an SVG', svg(''), 'image/svg+xml'],
    [
      'an SVG after what XML allows',
      Buffer.from(
        '\uFEFF<?xml version="1.0"?>\n<!-- > a logo <html> -->\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x" [\n<!ENTITY a "b">\n]>\n<svg/>',
      ),
      'image/svg+xml',
    ],
    [
      'an SVG with a prefix',
      Buffer.from('<svg:svg xmlns:svg="http://www.w3.org/2000/svg"/>'),
      'image/svg+xml',
    ],
    ['a page', Buffer.from('<!DOCTYPE html><html><svg></svg></html>'), undefined],
    ['a page that says it is an SVG', Buffer.from('<!-- <svg> --><html></html>'), undefined],
    ['a script', Buffer.from('alert("<svg>")'), undefined],
    ['nothing', Buffer.alloc(0), undefined],
    ['an unended comment', Buffer.from(`<!--${'<!--'.repeat(50_000)}`), undefined],
  ])('%s', (_what, bytes, type) => {
    expect(logoTypeOf(bytes)).toBe(type);
  });
});

describe('a logo is pale when it is made for a dark ground: an SVG', () => {
  test.each([
    ['white lines', '<path fill="#fff" stroke="none"/>', true],
    [
      'white by style',
      '<style>.a{fill:white}</style><path class="a" style="stroke:rgb(250, 250, 240)"/>',
      true,
    ],
    ['white and a dark word', '<path fill="#ffffff"/><path fill="#003366"/>', false],
    ['dark', '<path fill="#036"/>', false],
    ['black, as what has no colour is', '<path/>', false],
    ['a colour by a name', '<path fill="navy"/>', false],
    ['white with a pattern', '<path fill="#fff"/><path fill="url(#bad)"/>', true],
  ])('%s', (_what, inside, expected) => {
    expect(isPale(svg(inside), 'image/svg+xml')).toBe(expected);
  });
});

type Pixel = readonly number[];

const chunk = (name: string, data: Buffer): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  return Buffer.concat([length, Buffer.from(name), data, Buffer.alloc(4)]);
};

/** Each line is written with a filter of its own. */
const png = (kind: number, lines: Pixel[][], more: Buffer[] = []): Buffer => {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(lines[0]?.length ?? 0, 0);
  header.writeUInt32BE(lines.length, 4);
  header.set([8, kind], 8);
  const pixelBytes = lines[0]?.[0]?.length ?? 1;
  let above: number[] = [];
  const filtered = lines.map((line, index) => {
    const bytes = line.flat();
    const filter = index % 5;
    const out = bytes.map((byte, x) => {
      const [left, up, corner] = [bytes[x - pixelBytes] ?? 0, above[x] ?? 0, above[x - pixelBytes] ?? 0];
      const far = [left, up, corner].map((each) => Math.abs(left + up - corner - each));
      const nearest = [left, up, corner][far.indexOf(Math.min(...far))] ?? 0;
      return byte - ([0, left, up, (left + up) >> 1, nearest][filter] ?? 0);
    });
    above = bytes;
    return [filter, ...out.map((byte) => byte & 255)];
  });
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    ...more,
    chunk('IDAT', deflateSync(Buffer.from(filtered.flat()))),
  ]);
};

const drawn = (pixel: Pixel, nothing: Pixel) =>
  Array.from({ length: 10 }, (_, y) =>
    Array.from({ length: 7 }, (_, x) => ((x + y) % 2 === 0 ? pixel : nothing)),
  );

describe('a PNG', () => {
  test.each([
    ['white on nothing', png(6, drawn([255, 250, 245, 255], [0, 0, 0, 0])), true],
    ['dark on nothing', png(6, drawn([20, 40, 90, 255], [255, 255, 255, 0])), false],
    ['white on its own dark ground', png(6, drawn([255, 255, 255, 255], [20, 40, 90, 255])), false],
    ['dark on its own white ground', png(6, drawn([250, 250, 250, 255], [255, 255, 255, 255])), false],
    ['white, in greys', png(4, drawn([255, 255], [0, 0])), true],
    ['dark, in greys', png(4, drawn([30, 255], [255, 0])), false],
    ['without transparency', png(2, drawn([255, 255, 255], [250, 250, 250])), false],
    [
      'white, of a palette',
      png(3, drawn([1], [0]), [
        chunk('PLTE', Buffer.from([0, 0, 0, 255, 255, 255])),
        chunk('tRNS', Buffer.from([0, 255])),
      ]),
      true,
    ],
    [
      'dark, of a palette',
      png(3, drawn([1], [0]), [
        chunk('PLTE', Buffer.from([0, 0, 0, 40, 40, 40])),
        chunk('tRNS', Buffer.from([0, 255])),
      ]),
      false,
    ],
    ['cut short', png(6, drawn([255, 255, 255, 255], [0, 0, 0, 0])).subarray(0, 60), false],
  ])('%s', (_what, bytes, expected) => {
    expect(isPale(bytes, 'image/png')).toBe(expected);
  });

  test('one that grows beyond its size when it is unpacked is not unpacked further', () => {
    const bomb = Buffer.concat([
      png(6, drawn([255, 255, 255, 255], [0, 0, 0, 0])).subarray(0, 33),
      chunk('IDAT', deflateSync(Buffer.alloc(50_000_000))),
    ]);
    expect(isPale(bomb, 'image/png')).toBe(false);
  });
});
