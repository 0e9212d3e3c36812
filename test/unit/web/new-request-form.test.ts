import { expect, test } from 'vitest';
import {
  emptyNewRequest,
  itemList,
  questionList,
  readNewRequest,
} from '../../../web/pages/staff/new-request-form.ts';

const form = (entries: [string, string][]): FormData => {
  const data = new FormData();
  for (const [name, value] of entries) data.append(name, value);
  return data;
};

test('what was typed is read back as it was typed', () => {
  const { values, action } = readNewRequest(
    form([
      ['title', ' Reports '],
      ['maxFiles', 'many'],
      ['destinationIds', 'dst_1'],
      ['destinationIds', 'dst_2'],
      ['question.0.label', 'Company'],
      ['question.0.kind', 'choice'],
      ['question.0.choices', 'a\r\nb'],
      ['question.0.required', 'yes'],
      ['question.1.label', ''],
      ['question.1.kind', 'nonsense'],
    ]),
  );
  expect(action).toBeUndefined();
  expect(values).toMatchObject({
    title: ' Reports ',
    maxFiles: 'many',
    takeBackMinutes: '',
    destinationIds: ['dst_1', 'dst_2'],
    questions: [
      { label: 'Company', kind: 'choice', required: true, choices: 'a\r\nb' },
      { label: '', kind: 'text', required: false, choices: '' },
    ],
  });
});

test('asking for more rows opens nothing and adds three', () => {
  const { values, action } = readNewRequest(
    form([
      ['action', questionList.more],
      ['question.0.label', 'Company'],
    ]),
  );
  expect(action).toBe('more-question');
  expect(values.questions.map((row) => row.label)).toEqual(['Company', '', '', '']);
});

test('asking for more items adds three that are required, and leaves the questions alone', () => {
  const { values, action } = readNewRequest(
    form([
      ['action', itemList.more],
      ['item.0.label', 'Tax certificate'],
      ['item.0.maxFiles', 'x'],
    ]),
  );
  expect(action).toBe('more-item');
  expect(values.items.map(({ label, required }) => [label, required])).toEqual([
    ['Tax certificate', false],
    ['', true],
    ['', true],
    ['', true],
  ]);
  expect([values.items[0]?.maxFiles, values.questions]).toEqual(['x', []]);
});

test('a form can not be blown up with rows', () => {
  const rows = Array.from({ length: 500 }, (_, index): [string, string] => [`question.${index}.label`, 'x']);
  expect(readNewRequest(form([...rows, ['action', questionList.more]])).values.questions).toHaveLength(30);
  const items = Array.from({ length: 500 }, (_, index): [string, string] => [`item.${index}.label`, 'x']);
  expect(readNewRequest(form([...items, ['action', itemList.more]])).values.items).toHaveLength(50);
});

test('an empty form has three blank rows, and a take-back window', () => {
  const values = emptyNewRequest('Asia/Tokyo');
  expect(values.questions).toHaveLength(3);
  expect(values).toMatchObject({ takeBackMinutes: '10', deadlineZone: 'Asia/Tokyo', destinationIds: [] });
});
