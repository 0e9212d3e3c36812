import { describe, expect, onTestFinished, test } from 'vitest';
import type { Nextcloud } from '../../../server/nextcloud/index.ts';
import { type StandinTheming, startStandin } from '../../standins/nextcloud/standin.ts';
import { clientOf, ocs, serve } from './small-server.ts';

const themed = async (theming: StandinTheming): Promise<Nextcloud> => {
  const standin = await startStandin({ theming });
  onTestFinished(() => standin.close());
  return clientOf(standin.url);
};

const svg = '<svg xmlns="http://www.w3.org/2000/svg"/>';

test('what an administrator has set is told, and its logo can be read', async () => {
  const logo = { type: 'image/svg+xml', body: svg };
  const nextcloud = await themed({ name: '北野市役所', color: '#A4CC3A', logo });
  const theming = await nextcloud.theming();
  expect(theming).toEqual({
    name: '北野市役所',
    color: '#a4cc3a',
    logoPath: expect.stringMatching(/^\/apps\/theming\/image\/logo\?useSvg=1&v=\d+$/) as string,
  });
  expect(String(await nextcloud.logo(theming.logoPath ?? '', { maxBytes: 100 }))).toBe(svg);
});

test('what is stock is nobody’s', async () => {
  const nextcloud = await themed({});
  expect(await nextcloud.theming()).toEqual({ name: undefined, color: undefined, logoPath: undefined });
});

describe('what a server tells is not trusted', () => {
  const told = async (theming: unknown, path = '') => {
    const { url } = await serve((_request, response) => response.end(ocs({ capabilities: { theming } })));
    return clientOf(`${url}${path}`).theming();
  };

  test.each([
    ['a name of many lines', { name: ' A\n\tB ' }, 'A B'],
    ['a name that turns the writing', { name: 'A\u202Eb\u0000c' }, 'Abc'],
    ['a very long one', { name: 'あ'.repeat(500) }, `${'あ'.repeat(119)}…`],
    ['one that is empty', { name: ' \u200B ' }, undefined],
    ['one that is no text', { name: 7 }, undefined],
    ['the product’s', { name: 'Cloud Co', productName: 'Cloud Co' }, undefined],
  ])('%s', async (_what, theming, name) => {
    expect((await told(theming)).name).toBe(name);
  });

  test.each([
    ['#1a2B3c', '#1a2b3c'],
    ['#fff', undefined],
    ['red', undefined],
    ['#1a2b3c;}body{display:none', undefined],
    ['#00679e', undefined],
    [undefined, undefined],
  ])('the colour %s', async (color, expected) => {
    expect((await told({ color })).color).toBe(expected);
  });

  test.each([
    ['https://elsewhere.example/apps/theming/image/logo?v=2', '/apps/theming/image/logo?v=2'],
    ['/cloud/apps/theming/image/logo?v=2', '/apps/theming/image/logo?v=2'],
    ['http://a/cloud/core/img/logo/logo.svg?v=3', undefined],
    [`http://a/${'x'.repeat(600)}`, undefined],
    ['http://[', undefined],
    [['/logo'], undefined],
  ])('a logo at %s is asked of this server, if at all', async (logo, expected) => {
    expect((await told({ logo }, '/cloud')).logoPath).toBe(expected);
  });

  test.each([[undefined], [null], [[]], ['x']])('a theme that is %s', async (theming) => {
    expect(await told(theming)).toEqual({ name: undefined, color: undefined, logoPath: undefined });
  });
});
