import { expect, test } from 'vitest';
import { planPaths, safeName } from '../../../server/importer/destinations/names.ts';
import { fillTemplate, templateSchema } from '../../../server/importer/destinations/template.ts';
import { deliveryOf, fileOf } from '../../contract/destination/deliveries.ts';

const delivery = deliveryOf([fileOf('sub/a.txt', Buffer.from('a'))], {
  receiptNumber: '261122-7F3KQ',
  request: { id: 'req_1', title: 'a/../b' },
  submitter: { name: '山田', email: null },
  sealedAt: new Date('2026-11-22T23:59:00Z'),
});

test('a slash in a title makes no folder', () => {
  const { folders } = fillTemplate('{request}/x {number}', delivery);
  expect(folders).toEqual(['a/../b', 'x 261122-7F3KQ']);
  expect(folders.map(safeName)).toEqual(['a_.._b', 'x 261122-7F3KQ']);
});

test('the name of a file is a segment of its own, unless the template says where it belongs', () => {
  const own = fillTemplate('{year}-{month}-{day}/{receipt}', delivery);
  expect([own.folders, own.nameOf('a.txt')]).toEqual([['2026-11-22', '261122-7F3KQ 山田'], 'a.txt']);
  const within = fillTemplate('in/{number} {name}', delivery);
  expect([within.folders, within.nameOf('a.txt')]).toEqual([['in'], '261122-7F3KQ a.txt']);
  expect(fillTemplate('{number}-{name}', delivery).folders).toEqual([]);
});

test('what a file is called never fills in a placeholder', () => {
  expect(fillTemplate('{number}-{name}', delivery).nameOf('{request}')).toBe('261122-7F3KQ-{request}');
});

test('a file is named after its checklist item, and one of none has nothing in that place', () => {
  const { nameOf } = fillTemplate('{number}/{item} - {name}', delivery);
  expect(nameOf('a.txt', '納税証明書')).toBe('納税証明書 - a.txt');
  expect(nameOf('a.txt')).toBe('a.txt');
  expect(nameOf('{number}', '{name}')).toBe('{name} - {number}');
  const plan = planPaths([{ id: 'fil_1', path: 'Tax/a.txt', item: 'Tax' }], { nameOf });
  expect(plan.of('fil_1')).toEqual({ folders: ['Tax'], name: 'Tax - a.txt' });
});

test('where there are no folders, those that were sent become part of the name', () => {
  const plan = planPaths(delivery.files, {
    flat: true,
    nameOf: fillTemplate('{number} {name}', delivery).nameOf,
  });
  expect(plan.of(delivery.files[0]?.id ?? '')).toEqual({ folders: [], name: '261122-7F3KQ sub - a.txt' });
});

test.each([
  ['{request}', 'two submissions would meet'],
  ['../{receipt}', '. or ..'],
  ['/{receipt}', 'none of them empty'],
  ['{receipt}/{password}', 'no placeholders but'],
  ['{name}/{receipt}', '{name} only after'],
  ['{receipt', 'no placeholders but'],
  ['{receipt}/{item}/{name}', '{item} only beside {name}'],
  ['{receipt}/{item}', '{item} only beside {name}'],
])('%s is refused with the rule', (template, rule) => {
  const parsed = templateSchema('{receipt}').safeParse(template);
  expect(parsed.error?.issues.map(({ message }) => message).join()).toContain(rule);
});

test('where something lies beside the files, each submission needs a folder', () => {
  const schema = templateSchema('{receipt}', { ownFolder: true });
  expect(schema.safeParse('in/{receipt} {name}').success).toBe(false);
  expect(schema.safeParse('in/{receipt}/{name}').success).toBe(true);
  expect(templateSchema('{receipt}').safeParse('in/{receipt} {name}').success).toBe(true);
});
