import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkReceipt, receiptAsText } from '../../../server/intake/check-receipt.ts';
import { createReceiptSigner } from '../../../server/intake/receipt-signer.ts';
import { type Receipt, receiptText } from '../../../server/intake/rules/receipt.ts';
import { readReceiptText } from '../../../server/intake/rules/receipt-text.ts';
import { type ReceiptLanguage, receiptLanguages } from '../../../server/intake/rules/receipt-words.ts';
import { createSealing } from '../../../server/lib/sealing.ts';

const receipts = createReceiptSigner(createSealing(Buffer.alloc(32, 7)));
const elsewhere = createReceiptSigner(createSealing(Buffer.alloc(32, 8)));

/** As it was issued before files could be taken back. */
const first: Receipt = {
  format: 'uketori-receipt/1',
  number: '261122-7F3KQ',
  request: { id: 'req_7f3kq', title: '第3四半期のレポート' },
  submitter: { name: '山田 花子' },
  sealedAt: '2026-11-22T07:59:47.120Z',
  late: false,
  finishedBySubmitter: true,
  files: [
    {
      sentName: '検収書.pdf',
      path: '2026/検収書.pdf',
      item: '検収書',
      sizeBytes: 184_320,
      sha256: '9f'.repeat(32),
      storedAt: '2026-11-22T07:58:12.001Z',
    },
    {
      sentName: 'ガイド.txt'.normalize('NFD'),
      path: 'ガイド.txt',
      sizeBytes: 0,
      sha256: '0b'.repeat(32),
      storedAt: '2026-11-22T07:58:13.999Z',
    },
  ],
};

const sample: Receipt = {
  format: 'uketori-receipt/2',
  number: first.number,
  supplementOf: '261121-M2X9D',
  request: { ...first.request, organisation: '北野市役所' },
  submitter: first.submitter,
  sealedAt: first.sealedAt,
  issuedAt: '2026-11-22T08:03:10.000Z',
  late: false,
  finishedBySubmitter: true,
  files: first.files.slice(0, 1),
  withdrawn: [{ path: 'ガイド.txt', at: '2026-11-22T08:03:10.000Z' }],
};

interface TextOptions {
  signer?: typeof receipts;
  language?: ReceiptLanguage;
  zone?: string;
}

const textOf = (
  receipt: Receipt,
  { signer = receipts, language = 'en', zone = 'Asia/Tokyo' }: TextOptions = {},
): string => {
  const text = receiptText(receipt);
  return receiptAsText({ receipts: signer, zone }, { text, signature: signer.sign(text) }, language);
};

/** What a stranger would call a file: line ends, directions, what can't be seen, and the words of the receipt itself. */
const hostilePiece = fc.constantFrom(
  '\n',
  '\r\n',
  '\u2028',
  '\u0085',
  '\u202e',
  '\u2066',
  '\u200b',
  '\ufeff',
  '\0',
  '\u001b[2K',
  '"',
  '\\',
  '\\u000a',
  ' '.repeat(60),
  '\u3000\u3000',
  '\ud800',
  '\u{e0041}',
  '\u3099',
  `\n  SHA-256: ${'00'.repeat(32)}`,
  '\nFile 2: "b.pdf"',
  'Signature (Ed25519): AAAA',
  '電子署名 (Ed25519): ',
  '報告',
);
const words = fc
  .array(fc.oneof(hostilePiece, fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' })), {
    maxLength: 6,
  })
  .map((pieces) => pieces.join(''));
const moment = fc
  .date({ min: new Date('1970-01-01'), max: new Date('2999-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString());
const name = fc.stringMatching(/^[A-Za-z0-9_-]{1,20}$/);
const firstFormat: fc.Arbitrary<Receipt> = fc.record({
  format: fc.constant('uketori-receipt/1' as const),
  number: name,
  request: fc.record({ id: name, title: words }),
  submitter: fc.record({ name: words }),
  sealedAt: moment,
  late: fc.boolean(),
  finishedBySubmitter: fc.boolean(),
  files: fc.array(
    fc.record({
      sentName: words,
      path: words,
      item: fc.option(words, { nil: undefined }),
      sizeBytes: fc.nat(),
      sha256: fc.stringMatching(/^[0-9a-f]{64}$/),
      storedAt: moment,
    }),
    { maxLength: 4 },
  ),
});
const withdrawn = fc.array(fc.record({ path: words, at: moment }), { maxLength: 3 });
/** With its keys in the order in which they are signed. */
const secondFormat: fc.Arbitrary<Receipt> = fc
  .tuple(
    firstFormat,
    fc.option(name, { nil: undefined }),
    fc.option(words, { nil: undefined }),
    moment,
    withdrawn,
  )
  .map(
    ([
      { number, request, submitter, sealedAt, files, ...others },
      supplementOf,
      organisation,
      issuedAt,
      withdrawn,
    ]) => ({
      format: 'uketori-receipt/2',
      number,
      ...(supplementOf === undefined ? {} : { supplementOf }),
      request: { ...request, ...(organisation === undefined ? {} : { organisation }) },
      submitter,
      sealedAt,
      issuedAt,
      late: others.late,
      finishedBySubmitter: others.finishedBySubmitter,
      files,
      withdrawn,
    }),
  );
const anyReceipt = fc.oneof(firstFormat, secondFormat);
const language = fc.constantFrom(...receiptLanguages);
const zone = fc.constantFrom('UTC', 'Asia/Tokyo', 'America/St_Johns', 'Pacific/Chatham');

describe('a receipt as text', () => {
  test('reads back to what was signed, whatever strangers wrote into it', () => {
    fc.assert(
      fc.property(anyReceipt, language, zone, (receipt, language, zone) => {
        const text = textOf(receipt, { language, zone });
        expect(checkReceipt(receipts, text)).toEqual({
          genuine: true,
          receipt: JSON.parse(receiptText(receipt)),
        });
        expect(readReceiptText(text)).toMatchObject({ language });
      }),
      { numRuns: 150 },
    );
  }, 60_000);

  test('has as many lines as it has facts, and nothing in it that can not be seen', () => {
    fc.assert(
      fc.property(anyReceipt, language, (receipt, language) => {
        const text = textOf(receipt, { language });
        const other = receipt.files.filter(
          (file) => file.sentName !== file.path.slice(file.path.lastIndexOf('/') + 1),
        ).length;
        const items = receipt.files.filter((file) => file.item !== undefined).length;
        const more =
          (receipt.supplementOf === undefined ? 0 : 1) +
          (receipt.issuedAt === undefined ? 0 : 1) +
          (receipt.request.organisation === undefined ? 0 : 1) +
          (receipt.withdrawn?.length ?? 0) * 3 +
          (receipt.files.length === 0 && (receipt.withdrawn?.length ?? 0) > 0 ? 1 : 0);
        expect(text.split('\n')).toHaveLength(10 + receipt.files.length * 5 + other + items + more + 3);
        expect(text.split(/[\r\n\v\f\u0085\u2028\u2029]/)).toHaveLength(text.split('\n').length);
        expect(text).not.toMatch(/[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\p{Cs}]|\p{Cc}(?<!\n)| {2}/u);
      }),
    );
  });

  test('is not genuine with one byte changed, taken away or added, anywhere', () => {
    for (const language of receiptLanguages) {
      const bytes = Buffer.from(textOf(sample, { language }));
      expect(checkReceipt(receipts, bytes).genuine).toBe(true);
      const stillGenuine: string[] = [];
      const look = (what: string, changed: Buffer) => {
        if (checkReceipt(receipts, changed).genuine) stillGenuine.push(what);
      };
      // The last byte ends the last line: copying loses it, and it says nothing.
      for (let at = 0; at < bytes.length - 1; at += 1) {
        const [before, byte, after] = [
          bytes.subarray(0, at),
          bytes.subarray(at, at + 1),
          bytes.subarray(at + 1),
        ];
        for (const bit of [1, 32, 128])
          look(`byte ${at} ^ ${bit}`, Buffer.concat([before, Buffer.of((byte[0] ?? 0) ^ bit), after]));
        look(`without byte ${at}`, Buffer.concat([before, after]));
        look(`a space after byte ${at}`, Buffer.concat([before, byte, Buffer.from(' '), after]));
      }
      expect(stillGenuine).toEqual([]);
    }
  }, 60_000);

  test('stays genuine as it is copied and saved: with a mark of byte order, CRLF, empty lines around it', () => {
    const text = textOf(sample);
    for (const same of [`\ufeff${text}`, text.replaceAll('\n', '\r\n'), text.trimEnd(), `\n\n${text}\n\n`])
      expect(checkReceipt(receipts, same).genuine).toBe(true);
    for (const other of [text.replaceAll('\n', '\r'), `x${text}`, `${text}x`, `${text}\n${text}`, ` ${text}`])
      expect(checkReceipt(receipts, other)).toEqual({ genuine: false, reason: 'unreadable' });
  });

  test('of another installation, or with the words of another receipt, has a signature that does not fit', () => {
    const foreign = { genuine: false, reason: 'signature' };
    expect(checkReceipt(receipts, textOf(sample, { signer: elsewhere }))).toEqual(foreign);
    const other = textOf({ ...sample, number: '261122-AAAAA' });
    const signatureIn = (text: string) => /Ed25519\): (\S+)/.exec(text)?.[1] ?? '';
    const mixed = textOf(sample).replace(signatureIn(textOf(sample)), signatureIn(other));
    expect(checkReceipt(receipts, mixed)).toEqual(foreign);
    expect(checkReceipt(receipts, textOf(sample).replace('For: "第3', 'For: "第4'))).toEqual(foreign);
  });

  test('does not mix its languages', () => {
    const [en, ja] = [textOf(sample), textOf(sample, { language: 'ja' })];
    expect(ja).toContain('受取番号: 261122-7F3KQ');
    expect(checkReceipt(receipts, ja).genuine).toBe(true);
    const mixed = [en.split('\n')[0], ...ja.split('\n').slice(1)].join('\n');
    expect(checkReceipt(receipts, mixed)).toEqual({ genuine: false, reason: 'unreadable' });
  });

  test('of the first format is what it always was', () => {
    const [head, signature] = textOf(first).split('Signature (Ed25519): ');
    expect(signature).toMatch(/^[\w-]{86}\n$/);
    expect(head).toBe(`Receipt (uketori-receipt-text/1 en)

Receipt number: 261122-7F3KQ
Request ID: req_7f3kq
For: "第3四半期のレポート"
From: "山田 花子"
Completed: 2026-11-22 16:59:47.120 +09:00
After the deadline: no
Finished by the sender: yes
Files: 2 (184320 bytes)

File 1: "2026/検収書.pdf"
Item: "検収書"
Size: 184320 bytes
SHA-256: ${'9f'.repeat(32)}
Stored: 2026-11-22 16:58:12.001 +09:00

File 2: "ガイド.txt"
Sent as: "カ\\u3099イト\\u3099.txt"
Size: 0 bytes
SHA-256: ${'0b'.repeat(32)}
Stored: 2026-11-22 16:58:13.999 +09:00

`);
  });

  test('says what it adds to, when it was issued, and what was taken back', () => {
    const lines = textOf(sample).split('\n');
    expect(lines[0]).toBe('Receipt (uketori-receipt-text/2 en)');
    expect(lines.slice(2, 4)).toEqual(['Receipt number: 261122-7F3KQ', 'Adds to receipt: 261121-M2X9D']);
    expect(lines.slice(5, 7)).toEqual(['For: "第3四半期のレポート"', 'Received by: "北野市役所"']);
    expect(lines).toContain('Issued: 2026-11-22 17:03:10.000 +09:00');
    expect(lines.slice(-6, -3)).toEqual([
      '',
      'Taken back 1: "ガイド.txt"',
      'Taken back at: 2026-11-22 17:03:10.000 +09:00',
    ]);
    expect(textOf(sample, { language: 'ja' })).toContain(
      '取り下げ 1: "ガイド.txt"\n取り下げ日時: 2026-11-22',
    );
  });

  test('says that nothing is left on it, and only then', () => {
    const note = 'Note: all files have been taken back';
    const emptied = textOf({ ...sample, files: [] });
    expect(emptied).toContain(`Files: 0 (0 bytes)\n${note}`);
    expect(checkReceipt(receipts, emptied).genuine).toBe(true);
    expect(textOf(sample)).not.toContain('Note: ');
    for (const other of [
      emptied.replace(/Note: .*\n/, ''),
      textOf(sample).replace(/^(Files: .*\n)/m, `$1${/Note: .*\n/.exec(emptied)?.[0] ?? ''}`),
    ])
      expect(checkReceipt(receipts, other)).toEqual({ genuine: false, reason: 'unreadable' });
  });

  test('of one format does not pass for the other', () => {
    for (const [receipt, from, to] of [
      [first, '1', '2'],
      [sample, '2', '1'],
    ] as const) {
      const text = textOf(receipt).replace(`receipt-text/${from} `, `receipt-text/${to} `);
      expect(checkReceipt(receipts, text)).toEqual({ genuine: false, reason: 'unreadable' });
    }
  });

  test('that is anything else is refused in a time that grows with its length alone', () => {
    const size = 4 * 1024 * 1024;
    const start = 'Receipt (uketori-receipt-text/1 en)\n\n';
    const startedMs = performance.now();
    for (const text of [
      '',
      '\n'.repeat(size),
      `${'\n'.repeat(size)}x`,
      start + '\r\n'.repeat(size / 2),
      `${start}Receipt number: ${'-'.repeat(size)}!`,
    ])
      expect(checkReceipt(receipts, text)).toEqual({ genuine: false, reason: 'unreadable' });
    expect(performance.now() - startedMs).toBeLessThan(30_000);
  }, 60_000);
});
