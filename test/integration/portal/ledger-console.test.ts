import { describe, expect, test } from 'vitest';
import * as tables from '../../../db/schema/index.ts';
import { destinationModules } from '../../../server/importer/destinations/registry.ts';
import { setLedger } from './ledger.ts';
import { ask } from './wire.ts';

const ledger = setLedger();
const { post, newDestination, deliveryIn, stateOf } = ledger;

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

describe('the console', () => {
  const get = async (path: string) =>
    (await ask(ledger.portal.url, { path: `/staff${path}`, headers: { cookie: ledger.cookie } })).body;

  test('sets up a destination by its form, says what is wrong beside what was entered, looks at it, and pauses it', async () => {
    const wrong = await post('/destinations/new/folder', {
      name: 'By form',
      maxConcurrent: '3',
      'config.dir': 'relative',
    });
    expect(wrong.status).toBe(422);
    expect(wrong.body).toContain('expected an absolute path');
    expect(wrong.body).toContain('value="relative"');
    const made = await post('/destinations/new/folder', {
      name: 'By form',
      maxConcurrent: '3',
      'config.dir': ledger.dir,
    });
    expect(made.status).toBe(303);
    const at = (made.headers.location ?? '').replace('/staff', '').replace('?saved', '');
    expect(await get(at)).toContain('By form');
    expect((await post(`${at}/check`)).body).toContain('Fit for deliveries');
    await post(`${at}/pause`);
    expect(await get('/destinations')).toContain('Paused');
    await post(`${at}/resume`);
    await post(`${at}/remove`);
    expect(await get('/destinations')).not.toContain('By form');
  });

  test.each([...destinationModules.values()])(
    'calls what $kind wants to be told by name, in both languages',
    async ({ kind, words }) => {
      for (const language of ['en', 'ja'] as const) {
        const read = async (path: string) =>
          (
            await ask(ledger.portal.url, {
              path: `/staff/destinations${path}`,
              headers: { cookie: `${ledger.cookie}; language=${language}` },
            })
          ).body;
        expect(await read('')).toContain(`>${words.title[language]}</a>`);
        const form = await read(`/new/${kind}`);
        expect(form).toContain(`${words.title[language]}</bdi></h1>`);
        for (const [key, { label, hint }] of Object.entries(words.settings)) {
          expect(form).toContain(`>${label[language]} <code class="mark">${key}</code></label>`);
          expect(form).toContain(escaped(hint?.[language] ?? ''));
        }
      }
    },
  );

  test('shows a delivery with its attempts and tries it again', async () => {
    const made = await newDestination();
    const id = await deliveryIn('dead', made, { name: '<b>報告.pdf' });
    await ledger.portal.db.insert(tables.deliveryAttempts).values({
      deliveryId: id,
      epoch: 1,
      outcome: 'dead',
      failureCode: 'destination.rejected',
      details: { status: 422 },
    });
    const shown = await get(`/deliveries/${id}`);
    expect(shown).toContain('報告.pdf');
    expect(shown).not.toContain('<b>報告');
    expect(shown).toContain('422');
    expect((await post(`/deliveries/${id}/replay`)).status).toBe(303);
    expect(await stateOf(id)).toBe('waiting');
    expect((await post(`/deliveries/${id}/replay`)).status).toBe(409);
    expect(await get('/deliveries?state=waiting')).toContain(id);
  });
});
