import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadAssets } from '../../../web/assets.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'assets-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const manifest = (text: string) => writeFileSync(join(dir, 'manifest.json'), text);

test('the manifest names the style sheet and the scripts', () => {
  manifest('{"css":"/assets/main-1.css","scripts":{"send":"/assets/send-1.js"}}');
  expect(loadAssets(dir)).toEqual({ css: '/assets/main-1.css', scripts: { send: '/assets/send-1.js' } });
});

test.each(['{}', 'null', '{"css":"a","scripts":{"send":1}}'])('%s is not taken for a manifest', (text) => {
  manifest(text);
  expect(() => loadAssets(dir)).toThrow('is not a manifest');
});

test('a build that is missing is said', () => {
  expect(() => loadAssets(dir)).toThrow('manifest.json');
});
