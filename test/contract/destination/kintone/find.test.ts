import { expect, test } from 'vitest';
import { contextOf, deliveryOf, fileOf } from '../deliveries.ts';
import { findConfig, form } from './harness.ts';
import { closeAfterEach, namesIn, openKintone, recordsOf } from './support.ts';

closeAfterEach();

const a = () => fileOf('a.txt', Buffer.from('a'));
const answering = (value: string) => ({ answers: [{ key: 'number', label: 'Customer number', value }] });

test('several deliveries go into one record, each with its mark, beside what was there', async () => {
  const { standin, app, open } = await openKintone();
  app.add({ Customer: { value: '42' }, Deliveries: { value: 'a line of staff' } });
  const note = await standin.files.put('a.txt', Buffer.from('x'));
  app.setAttachments(1, 'Files', () => [note]);
  const deliveries = [deliveryOf([a()]), deliveryOf([a()])];
  for (const delivery of deliveries) await open(findConfig).deliver(delivery, contextOf());
  for (const delivery of deliveries) {
    const delivered = await open(findConfig).deliver(delivery, contextOf());
    expect(delivered).toMatchObject({ alreadyThere: true, place: 'app 1, record 1' });
  }
  // One name three times: kintone allows it, and none is taken for another.
  expect(namesIn(app, 1)).toEqual(['a.txt', 'a.txt', 'a.txt']);
  expect(recordsOf(app)[0]?.values.get('Deliveries')).toBe(
    ['a line of staff', ...deliveries.map(({ key }) => key)].join('\n'),
  );
});

test('somebody else’s file of the same name and bytes does not count as delivered', async () => {
  const { standin, app, open } = await openKintone();
  app.add({ Customer: { value: '42' } });
  const same = await standin.files.put('a.txt', Buffer.from('a'));
  app.setAttachments(1, 'Files', () => [same]);
  const delivery = deliveryOf([a()]);
  expect(await open(findConfig).probe(delivery, contextOf())).toBeUndefined();
  await open(findConfig).deliver(delivery, contextOf());
  expect(namesIn(app, 1)).toEqual(['a.txt', 'a.txt']);
});

test('what somebody attaches at the last moment is kept: the record is read again', async () => {
  const { standin, app, open, asked } = await openKintone();
  app.add({ Customer: { value: '42' } });
  const note = await standin.files.put('note.txt', Buffer.from('of staff'));
  standin.beforeWrite = () => {
    standin.beforeWrite = undefined;
    app.setAttachments(1, 'Files', (files) => [...files, note]);
  };
  const file = a();
  await open(findConfig).deliver(deliveryOf([file]), contextOf());
  expect(namesIn(app, 1)).toEqual(['note.txt', 'a.txt']);
  expect(file.opened).toBe(1);
  expect(asked().filter((call) => call === 'PUT record')).toHaveLength(2);
});

test('a record that is never left alone is tried again later', async () => {
  const { standin, app, open } = await openKintone();
  app.add({ Customer: { value: '42' } });
  standin.beforeWrite = () => app.setAttachments(1, 'Files', (files) => files);
  await expect(open(findConfig).deliver(deliveryOf([a()]), contextOf())).rejects.toMatchObject({
    code: 'destination.conflict',
    retry: 'later',
  });
  expect(namesIn(app, 1)).toEqual([]);
});

test('no record, or more than one, of the value: staff decide, and nothing is sent', async () => {
  const { app, open, asked } = await openKintone({
    form: { ...form, Customer: { type: 'SINGLE_LINE_TEXT', unique: false } },
  });
  const delivered = () => open(findConfig).deliver(deliveryOf([a()]), contextOf());
  await expect(delivered()).rejects.toMatchObject({ code: 'destination.rejected', retry: 'never' });
  app.add({ Customer: { value: '42' } });
  app.add({ Customer: { value: '42' } });
  await expect(delivered()).rejects.toMatchObject({ code: 'destination.conflict', retry: 'never' });
  expect(asked()).not.toContain('POST file');
  app.records.delete(2);
  expect((await delivered()).place).toBe('app 1, record 1');
});

test.each([
  ['nothing', ' '],
  ['a value that differs in case', 'ABC'],
  ['a value that tries to widen the search', '" or Customer != "'],
  ['a value with a line break', 'abc\n'.repeat(2)],
])('%s finds no record of another', async (_, value) => {
  const { app, open } = await openKintone();
  app.add({ Customer: { value: 'abc' } });
  app.add({ Customer: { value: '' } });
  await expect(
    open(findConfig).deliver(deliveryOf([a()], answering(value)), contextOf()),
  ).rejects.toMatchObject({ code: 'destination.rejected', retry: 'never' });
  await open(findConfig).deliver(deliveryOf([a()], answering('abc')), contextOf());
  expect(namesIn(app, 1)).toEqual(['a.txt']);
});

test('a value with quotes and backslashes finds its own record', async () => {
  const { app, open } = await openKintone();
  const value = String.raw`Müller \"& Söhne"\\`;
  app.add({ Customer: { value } });
  await open(findConfig).deliver(deliveryOf([a()], answering(value)), contextOf());
  expect(namesIn(app, 1)).toEqual(['a.txt']);
});

test('a number finds its record however it is written', async () => {
  const { app, open } = await openKintone();
  app.add({ Amount: { value: '42' } });
  const config = { ...findConfig, record: { mode: 'find', field: 'Amount', value: '{answer:number}' } };
  await open(config).deliver(deliveryOf([a()], answering('042')), contextOf());
  expect(namesIn(app, 1)).toEqual(['a.txt']);
});

test('an answer that is lost leaves the delivery in its record, even when that gets another value', async () => {
  const { standin, app, open } = await openKintone();
  app.add({ Customer: { value: '42' } });
  const delivery = deliveryOf([a()]);
  const context = contextOf();
  standin.fault('answer-lost', 'write');
  await expect(open(findConfig).deliver(delivery, context)).rejects.toMatchObject({
    code: 'destination.unavailable',
    retry: 'later',
  });
  app.update(1, undefined, { Customer: { value: '43' } });
  app.add({ Customer: { value: '42' } });
  expect(await open(findConfig).probe(delivery, context)).toMatchObject({ place: 'app 1, record 1' });
  await open(findConfig).deliver(delivery, context);
  expect([namesIn(app, 1), namesIn(app, 2)]).toEqual([['a.txt'], []]);
});
