import type { ReceiptPageProps } from '../../../web/pages/public/receipt.tsx';
import type { SecretField, SettingField } from '../../../web/pages/staff/destination.tsx';
import type { ShownDestination } from '../../../web/pages/staff/destinations.tsx';
import type { ShownNotice } from '../../../web/pages/staff/notices.tsx';
import type { StaffRequestPageProps } from '../../../web/pages/staff/request.tsx';
import type { RequestListItem, RequestsPageProps } from '../../../web/pages/staff/requests.tsx';
import type { ShownRequest } from '../../../web/pages/staff/shown-request.ts';
import type { ShownSubmission } from '../../../web/pages/staff/submission.tsx';

const at = (time: string): Date => new Date(`2026-11-22T${time}Z`);
const sha256 = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
const link = 'https://files.example.org/r/3zqSxNf0V5uQmT8kYw2LrA';
const title = '2026年度 第3四半期 取引先別レポートの提出';

/** What has no place to break it at: somebody types it. */
export const unbroken = 'W'.repeat(200);

export const noneOfView: RequestsPageProps['counts'] = {
  all: 0,
  open: 0,
  closed: 0,
  archived: 0,
  overdue: 0,
  'due-soon': 0,
  arriving: 0,
  failed: 0,
  empty: 0,
};

/** What a scanner says of a file that is for testing scanners. */
const found = { result: 'found', found: 'Win.Test.EICAR_HDB-1' } as const;

export const receipt: ReceiptPageProps['receipt'] = {
  number: '261122-7F3KQ',
  requestTitle: title,
  organisation: '北野市役所 総務部',
  submitterName: '株式会社ヤマダ商事 山田 花子',
  files: [
    {
      name: '2026/検収書.pdf',
      item: '検収書',
      sizeBytes: 184_320,
      sha256,
      storedAt: at('07:58:12'),
      state: 'imported',
      importedAt: at('07:59:58'),
    },
    {
      name: '月次レポート 2026年10月分（最終版・役員確認済み）.xlsx',
      sizeBytes: 2_411_724,
      sha256: sha256.replaceAll('0', 'b'),
      storedAt: at('07:58:31'),
      state: 'stored',
    },
    {
      name: '現場の動画.mp4',
      sizeBytes: 1_288_490_188,
      sha256: sha256.replaceAll('a', '3'),
      storedAt: at('07:59:44'),
      state: 'stored',
    },
  ],
  sealedAt: at('07:59:47'),
  issuedAt: at('07:59:47'),
  withdrawn: [],
  finishedBySubmitter: true,
  late: false,
  signature: 'kq0u6Y8F0lYt0mJrQ2p5oWl0uXh3nVd8Zb1sEaTgC4vRwPiOyLk7NfMhDjBxGqSz2ce9HA5tKUVI3W6JnQ1pCw',
};

export const requests: RequestListItem[] = [
  {
    id: 'req_1',
    title,
    state: 'open',
    link,
    deadline: { at: new Date('2026-11-25T08:00:00Z'), zone: 'Asia/Tokyo' },
    submissions: { sealed: 12, underWay: 1 },
    files: 87,
    dead: 1,
    proof: { state: 'proven', provenAt: at('07:59:48') },
  },
  {
    id: 'req_2',
    title: 'Photos of the building site, Hamburg',
    state: 'open',
    link,
    submissions: { sealed: 1, underWay: 0 },
    files: 1,
    dead: 0,
    proof: { state: 'refused', provenAt: at('07:41:00') },
  },
  {
    id: 'req_3',
    title: 'Tenders 2026',
    state: 'closed',
    deadline: { at: new Date('2026-10-01T15:00:00Z'), zone: 'Europe/Berlin' },
    submissions: { sealed: 4, underWay: 0 },
    files: 31,
    dead: 0,
  },
];

export const unresolved: ShownNotice[] = [
  {
    id: 'ntc_1',
    level: 'problem',
    code: 'share.not-upload-only',
    subject: 'req_2',
    params: { title: 'Photos of the building site, Hamburg', problem: 'permissions' },
    timesSeen: 3,
    lastSeenAt: at('07:41:00'),
    requestId: 'req_2',
  },
  {
    id: 'ntc_2',
    level: 'warning',
    code: 'submission.unfinished',
    subject: 'sub_1',
    params: { receipt: '261121-M2X9D', title },
    timesSeen: 1,
    lastSeenAt: at('02:10:00'),
    requestId: 'req_1',
  },
  {
    id: 'ntc_3',
    level: 'information',
    code: 'from.the-future',
    subject: 'dst_1',
    params: {},
    timesSeen: 1,
    lastSeenAt: at('01:00:00'),
  },
];

export const staffRequest: ShownRequest = {
  id: 'req_1',
  title,
  team: '経理',
  instructions: 'お取引先ごとに、次の資料をお送りください。\n・月次レポート\n・検収書の写し',
  state: 'open',
  link,
  createdAt: new Date('2026-11-01T00:12:00Z'),
  deadline: { at: new Date('2026-11-25T08:00:00Z'), zone: 'Asia/Tokyo' },
  folderPath: '/Uketori/2026年度 第3四半期 取引先別レポートの提出',
  passwordSet: true,
  languages: ['ja', 'en'],
  nextcloudPageAllowed: true,
  isLookedAt: true,
  nextcloudPage: { url: 'https://cloud.example.org/index.php/s/Co55k9z9FD59RgN', password: 'P6h-Aa1!' },
  sendsMailShares: true,
  mailShares: [
    {
      id: 'msh_1',
      address: 'hanako.yamada@supplier.example.jp',
      state: 'sent',
      sentAt: at('01:10:00'),
      password: 'Jx7k-Aa1!',
    },
    {
      id: 'msh_2',
      address: 'taro@partner.example.com',
      state: 'waiting',
      failureCode: 'nextcloud.throttled',
    },
    { id: 'msh_3', address: 'jiro@gone.example.com', state: 'failed', failureCode: 'nextcloud.failed' },
    { id: 'msh_4', address: 'old@supplier.example.jp', state: 'ended', sentAt: at('00:10:00') },
  ],
  takeBackMinutes: 10,
  fates: { deliverPer: 'file', unscanned: 'hold', afterImport: 'delete', deleteAfterDays: 30 },
  checklist: [],
  forms: [],
  formLimits: { count: 10, sizeBytes: 20 * 1024 ** 2 },
  destinations: ['経理フォルダー', 'kintone 取引先台帳'],
  proof: {
    state: 'proven',
    provenAt: at('07:59:48'),
    checks: [
      { name: 'share', expected: 'public link', seen: 'public link' },
      { name: 'permissions', expected: '4', seen: '4' },
      { name: 'other-links', expected: 'none', seen: 'share 14 on /Uketori: 17' },
      { name: 'parent-links', expected: 'none', seen: 'none' },
      {
        name: 'public-address',
        expected: 'GET 405, HEAD 405, PROPFIND 405',
        seen: 'GET 405, HEAD 405, PROPFIND 405',
      },
      { name: 'not-known-here', expected: 'yes', seen: 'yes' },
    ],
  },
};

const shownSubmissions: ShownSubmission[] = [
  {
    id: 'sub_2',
    receiptNumber: '261122-M2X9D',
    submitterName: 'Müller & Söhne GmbH',
    message: '',
    answers: [],
    state: 'open',
    at: at('07:57:00'),
    late: false,
    finishedBySubmitter: false,
    total: { files: 2, bytes: 52_429_800 },
    files: [
      {
        id: 'upl_9',
        name: 'invoice\u202Efdp.exe',
        sizeBytes: 52_428_800,
        state: { of: 'upload', is: 'uploading', offsetBytes: 20_000_000 },
      },
      {
        id: 'upl_8',
        name: 'plan.pdf',
        sizeBytes: 1000,
        state: { of: 'upload', is: 'failed', offsetBytes: 1000 },
        failureCode: 'upload.integrity',
      },
    ],
    missing: ['納税証明書', '登記事項証明書'],
    notes: [
      {
        id: 'not_1',
        authorName: '佐藤 美咲',
        text: '検収書の日付を電話で確認済み。\n納税証明書は月末に届く。',
        at: at('08:20:00'),
      },
    ],
    deliveries: [],
  },
  {
    id: 'sub_1',
    receiptNumber: '261122-7F3KQ',
    submitterName: '株式会社ヤマダ商事 山田 花子',
    submitterEmail: 'hanako@example.jp',
    message: '遅くなり申し訳ありません。\nよろしくお願いいたします。',
    answers: [{ label: '会社名', value: '株式会社ヤマダ商事' }],
    state: 'sealed',
    at: at('07:59:47'),
    late: true,
    finishedBySubmitter: true,
    total: { files: 3, bytes: 1_290_000_000 },
    files: receipt.files.map((file, index) => ({
      id: `fil_${index}`,
      name: file.name,
      item: file.item,
      sizeBytes: file.sizeBytes,
      sha256: file.sha256,
      storedAt: file.storedAt,
      state: { of: 'file' as const, is: index === 1 ? ('quarantined' as const) : ('imported' as const) },
      ...(index < 2 && { scan: index === 1 ? found : { result: 'clean' as const } }),
    })),
    missing: [],
    notes: [],
    deliveries: [
      {
        id: 'dlv_1',
        destination: '経理フォルダー',
        state: 'delivered',
        attempts: 1,
        deliveredAt: at('07:59:55'),
      },
      {
        id: 'dlv_2',
        destination: 'kintone 取引先台帳',
        state: 'waiting',
        attempts: 2,
        notBefore: at('08:09:47'),
        failureCode: 'destination.unavailable',
      },
    ],
  },
];

export const submissions: StaffRequestPageProps['submissions'] = {
  shown: shownSubmissions,
  count: 42,
  files: 118,
  bytes: 21_290_000_000,
  search: '',
  next: 'cursor',
  scansFiles: true,
};

export const noSubmissions: typeof submissions = {
  shown: [],
  count: 0,
  files: 0,
  bytes: 0,
  search: '',
  scansFiles: false,
};

export const folderTitle = { en: 'Folder', ja: 'フォルダー' };
export const aboutFolder = {
  en: 'Files go into a folder that the importer can write to. Nothing is ever replaced.',
  ja: 'インポーターから書き込めるフォルダーにファイルを置きます。既存のファイルは上書きしません。',
};

export const destination: ShownDestination = {
  id: 'dst_1',
  kindTitle: folderTitle,
  name: '経理フォルダー',
  paused: false,
  deliveries: { waiting: 1, delivering: 0, delivered: 12, dead: 0 },
};

/** A setting of each kind, with and without a hint and a preset. */
export const settings: SettingField[] = [
  {
    key: 'dir',
    words: {
      label: { en: 'Path of the folder', ja: 'フォルダーのパス' },
      hint: { en: 'Such as /srv/collected.', ja: '例: /srv/collected' },
    },
    kind: 'text',
    choices: [],
    required: true,
    value: '/srv/collected',
  },
  {
    key: 'port',
    words: { label: { en: 'Port', ja: 'ポート番号' } },
    kind: 'number',
    choices: [],
    required: false,
    preset: '22',
    value: '',
  },
  {
    key: 'publish',
    words: {
      label: { en: 'Publish the files', ja: 'ファイルの公開' },
      hint: { en: 'Anybody may read them.', ja: '誰でも閲覧できます。' },
    },
    kind: 'boolean',
    choices: [],
    required: false,
    preset: 'false',
    value: 'true',
  },
  {
    key: 'mode',
    words: { label: { en: 'Way of delivery', ja: '引き渡しの方法' } },
    kind: 'choice',
    choices: ['copy'],
    required: false,
    preset: '',
    value: '',
  },
  {
    key: 'acl',
    words: {
      label: { en: 'Access rights', ja: 'アクセス権' },
      examples: [
        '{"r":["g:staff"]}',
        '{"mode":"find","field":"顧客番号","value":"{answer:customer_number}"}',
      ],
    },
    kind: 'json',
    choices: [],
    required: false,
    value: '{"r":["g:staff"]}',
  },
  {
    key: 'readBackUpToBytes',
    words: { label: { en: 'Largest to read back', ja: '読み戻す大きさの上限' } },
    kind: 'size',
    choices: [],
    required: false,
    preset: '8 MB',
    value: '1.5 MB',
  },
];

export const secrets: SecretField[] = [
  {
    key: 'password',
    words: {
      label: { en: 'Password', ja: 'パスワード' },
      hint: { en: 'This or a key.', ja: '鍵の代わりに入力します。' },
    },
    required: true,
    isSet: false,
    isRemoved: false,
  },
  {
    key: 'token',
    words: { label: { en: 'API token', ja: 'APIトークン' } },
    required: false,
    isSet: false,
    isRemoved: false,
  },
];
