import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { inspectContent } from '../../../server/intake/inspect.ts';
import { checkContent, endingOf, headBytes } from '../../../server/intake/rules/content.ts';
import { Failure, isFailure } from '../../../server/lib/failure.ts';

const bytes = (...parts: (string | number[] | Buffer)[]): Buffer =>
  Buffer.concat(
    parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part))),
  );

/** The first entry of a ZIP, not compressed. */
const zipOf = (name: string, content: string): Buffer => {
  const header = Buffer.alloc(30);
  header.write('PK\x03\x04', 'latin1');
  header.writeUInt16LE(20, 4);
  for (const at of [18, 22]) header.writeUInt32LE(content.length, at);
  header.writeUInt16LE(name.length, 26);
  return bytes(header, name, content);
};

const officeOf = (kind: string): Buffer =>
  zipOf(
    '[Content_Types].xml',
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">' +
      `<Override PartName="/x" ContentType="application/vnd.openxmlformats-officedocument.${kind}.main+xml"/></Types>`,
  );

/** ISO media: MP4 and its like. */
const mediaOf = (brand: string): Buffer => bytes([0, 0, 0, 24], `ftyp${brand}`, Buffer.alloc(12));

const utf16 = (text: string): Buffer => bytes([0xff, 0xfe], Buffer.from(text, 'utf16le'));

/** How files really begin. */
const real = {
  pdf: bytes('%PDF-1.7\n%', [0xe2, 0xe3, 0xcf, 0xd3], '\n1 0 obj\n'),
  pdfBehindJunk: bytes('HTTP/1.1 200 OK\r\n\r\n', Buffer.alloc(500, 0x20), '%PDF-1.4\n'),
  pdfTooFarBehind: bytes(Buffer.alloc(2_000, 0x20), '%PDF-1.4\n'),
  png: bytes([0x89], 'PNG\r\n', [0x1a, 0x0a], [0, 0, 0, 13], 'IHDR', Buffer.alloc(17)),
  jpg: bytes([0xff, 0xd8, 0xff, 0xe0, 0, 16], 'JFIF', Buffer.alloc(12)),
  gif: bytes('GIF89a', Buffer.alloc(20)),
  heic: mediaOf('heic'),
  mp4: mediaOf('isom'),
  mov: mediaOf('qt  '),
  docx: officeOf('wordprocessingml.document'),
  xlsx: officeOf('spreadsheetml.sheet'),
  odt: zipOf('mimetype', 'application/vnd.oasis.opendocument.text'),
  zip: zipOf('a.txt', 'hello'),
  /** The list of contents stands behind a large picture. */
  docxWithPictureFirst: zipOf('word/media/image1.png', '\x01'.repeat(100_000)),
  cfb: bytes([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1], Buffer.alloc(504)),
  exe: bytes('MZ', [0x90, 0, 3, 0, 0, 0, 4, 0, 0, 0, 0xff, 0xff], Buffer.alloc(500)),
  elf: bytes([0x7f], 'ELF', [2, 1, 1], Buffer.alloc(57)),
  rtf: bytes('{\\rtf1\\ansi'),
  html: bytes('<html xmlns:x="urn:schemas-microsoft-com:office:excel"><table><tr><td>1'),
  xml: bytes('<?xml version="1.0"?><Workbook/>'),
  csv: bytes('name,amount\r\n', [0x8e, 0x52, 0x93, 0x63], ',100\r\n'),
  gz: bytes([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3], randomBytes(50)),
};

const outcomeOf = async (name: string, head: Buffer, allowedTypes = [endingOf(name)]): Promise<string> => {
  try {
    await inspectContent(name, head, allowedTypes);
  } catch (error) {
    if (isFailure(error)) return error.code;
    throw error;
  }
  return 'taken';
};

describe('the ending of a name', () => {
  test.each([
    ['a.pdf', 'pdf'],
    ['A.PDF', 'pdf'],
    ['a.tar.gz', 'gz'],
    ['.htaccess', 'htaccess'],
    ['a', ''],
    ['a.', ''],
    ['請求書.Xlsx', 'xlsx'],
  ])('of %s is %j', (name, ending) => {
    expect(endingOf(name)).toBe(ending);
  });
});

describe('a file that is what its name says', () => {
  test.each<[string, Buffer]>([
    ['a.pdf', real.pdf],
    ['a.PDF', real.pdf],
    ['a.png', real.png],
    ['a.jpg', real.jpg],
    ['a.jpeg', real.jpg],
    ['a.gif', real.gif],
    ['a.heic', real.heic],
    ['a.heif', real.heic],
    ['a.mp4', real.mp4],
    ['a.m4v', real.mp4],
    ['a.mov', real.mov],
    ['a.docx', real.docx],
    ['a.xlsx', real.xlsx],
    ['a.odt', real.odt],
    ['a.zip', real.zip],
    ['a.gz', real.gz],
    ['a.tar.gz', real.gz],
    ['a.tgz', real.gz],
    ['a.doc', real.cfb],
    ['a.xls', real.cfb],
    ['a.ppt', real.cfb],
    ['a.msg', real.cfb],
    ['a.rtf', real.rtf],
    ['a.csv', real.csv],
    ['a.txt', real.csv],
    ['a.html', real.html],
    ['a.xml', real.xml],
    ['a.svg', real.xml],
  ])('is taken: %s', async (name, head) => {
    expect(await outcomeOf(name, head)).toBe('taken');
  });

  test.each<[string, string, Buffer]>([
    ['a document whose list of contents is not at its beginning', 'a.docx', real.docxWithPictureFirst],
    ['a document under a password', 'a.docx', real.cfb],
    ['a table under a password', 'a.xlsx', real.cfb],
    ['slides under a password', 'a.pptx', real.cfb],
    ['a table that some system wrote as a web page', 'a.xls', real.html],
    ['a table that some system wrote as XML', 'a.xls', real.xml],
    ['a table that some system wrote as a text', 'a.xls', real.csv],
    ['a text document that is rich text', 'a.doc', real.rtf],
    ['a PDF behind something else', 'a.pdf', real.pdfBehindJunk],
    ['a drawing that is a PDF inside', 'a.ai', real.pdf],
    ['a table in UTF-16, as spreadsheets write it', 'a.csv', utf16('name\tamount\r\n山田\t100\r\n')],
    ['a text in UTF-16', 'a.txt', utf16('memo\r\n')],
    [
      'a table whose first column has a name that begins like a picture',
      'a.csv',
      bytes('BMI,age\r\n22,40\r\n'),
    ],
    ['a table whose first column has a name that begins like music', 'a.csv', bytes('ID3,name\r\n1,x\r\n')],
    ['a text that begins like a model', 'a.txt', bytes('solid evidence of progress\r\n')],
    ['a binary table', 'a.xlsb', officeOf('ms-excel.sheet.binary')],
    [
      'sound whose ending has another spelling',
      'a.aiff',
      bytes('FORM', Buffer.alloc(4), 'AIFF', Buffer.alloc(20)),
    ],
    ['a film whose ending has another spelling', 'a.mpeg', bytes([0, 0, 1, 0xba, 0x44], Buffer.alloc(20))],
    [
      'music whose ending has another spelling',
      'a.midi',
      bytes('MThd', [0, 0, 0, 6, 0, 1], Buffer.alloc(20)),
    ],
    ['a signature in armour', 'a.asc', bytes('-----BEGIN PGP MESSAGE-----\n\nabc')],
  ])('is taken: %s', async (_case, name, head) => {
    expect(await outcomeOf(name, head)).toBe('taken');
  });

  test('is taken by its beginning alone, however long it is', async () => {
    expect(await outcomeOf('a.pdf', bytes(real.pdf, randomBytes(10 * headBytes)))).toBe('taken');
    expect(await outcomeOf('a.docx', real.docxWithPictureFirst.subarray(0, headBytes))).toBe('taken');
  });

  test('of no bytes at all is of any type', async () => {
    for (const name of ['a.pdf', 'a.docx', 'a.csv', 'a.unheard-of'])
      expect(await outcomeOf(name, Buffer.alloc(0))).toBe('taken');
  });

  test('of which nothing can be told is taken for what it says, unless it could always be told', async () => {
    for (const name of ['a.csv', 'a.txt', 'a.dxf', 'a.unheard-of'])
      expect(await outcomeOf(name, bytes('plain words'))).toBe('taken');
  });
});

describe('a file that is something else', () => {
  test.each<[string, Buffer]>([
    ['a.pdf', real.exe],
    ['a.csv', real.exe],
    ['a.txt', real.elf],
    ['a.xls', real.exe],
    ['a.docx', real.exe],
    ['a.jpg', real.pdf],
    ['a.pdf', real.zip],
    ['a.pdf', real.docx],
    ['a.docx', real.pdf],
    ['a.png', real.jpg],
    ['a.mp4', real.png],
    ['a.zip', real.cfb],
    ['a.jpg', real.heic],
  ])('is refused: %s', async (name, head) => {
    expect(await outcomeOf(name, head)).toBe('upload.content-other');
  });

  test.each(
    'pdf png jpg jpeg gif webp tif tiff psd heic zip docx xlsx pptx odt ods odp 7z gz mp4 mov'.split(' '),
  )('is refused, for what it says could be told: words called a.%s', async (ending) => {
    expect(await outcomeOf(`a.${ending}`, bytes('plain words, and no such file'))).toBe(
      'upload.content-other',
    );
  });

  test('is refused: a PDF that begins too far behind its beginning', async () => {
    expect(await outcomeOf('a.pdf', real.pdfTooFarBehind)).toBe('upload.content-other');
  });

  test('is not refused where any type is taken', async () => {
    expect(await outcomeOf('a.pdf', real.exe, [])).toBe('taken');
    expect(await outcomeOf('a.pdf', real.exe, ['pdf', 'exe'])).toBe('upload.content-other');
  });

  test('is told with its name and the ending that it has', () => {
    const refused = () => checkContent('請求書.PDF', { ending: 'exe', isText: false }, ['pdf']);
    expect(refused).toThrow(Failure);
    expect(refused).toThrow(
      expect.objectContaining({
        code: 'upload.content-other',
        retry: 'never',
        params: { name: '請求書.PDF', ending: '.pdf' },
      }) as Error,
    );
  });

  test('that misleads whoever looks inside ends nothing else', async () => {
    // A ZIP whose first entry claims to be 4 GiB long, and media whose box claims no length.
    const endless = Buffer.from(real.zip);
    endless.writeUInt32LE(0xffffffff, 18);
    expect(await outcomeOf('a.pdf', endless)).toBe('upload.content-other');
    for (let cutAt = 1; cutAt < 60; cutAt += 1)
      for (const head of Object.values(real))
        expect(['taken', 'upload.content-other']).toContain(
          await outcomeOf('a.pdf', head.subarray(0, cutAt)),
        );
  });
});
