import { describe, expect, test } from 'vitest';
import { type Receipt, receiptText } from '../../../server/intake/rules/receipt.ts';
import { digestLetter } from '../../../server/mail/digest-letter.ts';
import type { Letter } from '../../../server/mail/letter.ts';
import { receiptLetter } from '../../../server/mail/receipt-letter.ts';
import { languages, noticeCodes } from '../../../web/i18n/index.ts';

const planted = 'planted-by-the-submitter';

const receipt: Receipt = {
  format: 'uketori-receipt/1',
  number: '261122-7F3KQ',
  request: { id: 'req_1', title: 'Reports & <papers>\r\nBcc: victim@example.org' },
  submitter: { name: planted },
  sealedAt: '2026-11-22T08:00:00.000Z',
  late: false,
  finishedBySubmitter: true,
  files: [1024, 2048].map((sizeBytes, index) => ({
    sentName: `${planted}.pdf`,
    path: `${planted}/${index}.pdf`,
    sizeBytes,
    sha256: 'ab'.repeat(32),
    storedAt: '2026-11-22T07:59:00.000Z',
  })),
};

const written = (language: 'en' | 'ja', change: Partial<Receipt> = {}): Letter =>
  receiptLetter(language, receiptText({ ...receipt, ...change }), 'Asia/Tokyo');

/** The words of a page without its tags, as one line. */
const wordsOf = (html: string): string =>
  html
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .replaceAll(/\s+/g, ' ');

describe.each(languages)('the receipt by mail in %s', (language) => {
  const letter = written(language);

  test('tells number, title, how much and when, as text and as HTML', () => {
    for (const words of [letter.text, wordsOf(letter.html)]) {
      for (const part of ['261122-7F3KQ', 'Reports & <papers> Bcc: victim@example.org', '3 KB', '17:00'])
        expect(words).toContain(part);
      expect(words).toMatch(/2 files|2ファイル/);
    }
    expect(letter.html).toContain(`lang="${language}"`);
  });

  test('has nothing of the submitter in it, no link, and a subject of ours alone', () => {
    expect(JSON.stringify(letter)).not.toContain(planted);
    expect(JSON.stringify(letter)).not.toMatch(/https?:|href|sub_/);
    expect(letter.subject).toContain('261122-7F3KQ');
    expect(letter.subject).not.toMatch(/Reports|[\r\n]/);
  });

  test('names who received, where that is known', () => {
    const organisation = '北野市役所';
    expect(letter.text).not.toContain(organisation);
    const named = written(language, { request: { ...receipt.request, organisation } });
    for (const words of [named.text, wordsOf(named.html)]) expect(words).toContain(organisation);
  });

  test('says when it was late, and when nobody had finished it', () => {
    const both = written(language, { late: true, finishedBySubmitter: false });
    expect(both.text.split('\n').length).toBe(letter.text.split('\n').length + 4);
  });
});

describe('the digest to staff', () => {
  const options = { publicUrl: new URL('https://uketori.example.org') };
  const params = {
    title: 'Reports',
    receipt: '261122-7F3KQ',
    file: planted,
    folder: planted,
    found: planted,
    name: planted,
  };

  test('tells every notice in both languages without what the submitter wrote', () => {
    const notices = noticeCodes.map((code) => ({ code, params, requestId: 'req_1' }));
    const letter = digestLetter(notices, options);
    expect(JSON.stringify(letter)).not.toContain(planted);
    expect(letter.subject).toBe(`Uketori: ${notices.length} notices / お知らせ ${notices.length}件`);
    for (const words of [letter.text, letter.html]) {
      expect(words).toContain('“Reports”');
      expect(words).toContain('「Reports」');
      expect(words).toContain('https://uketori.example.org/staff/requests/req_1');
      expect(words).toContain('https://uketori.example.org/staff/notices');
    }
  });

  test('stays short, whatever happened', () => {
    const many = Array.from({ length: 500 }, () => ({ code: 'submission.sealed', params, requestId: null }));
    const { text } = digestLetter(many, options);
    expect(text.split('\n').length).toBeLessThan(100);
    expect(text).toContain('475');
  });
});
