import type { VNode } from 'preact';
import type { SentItem } from '../../../web/components/sent-list.tsx';
import type { Language } from '../../../web/i18n/index.ts';
import type { PageContext } from '../../../web/pages/context.ts';
import { ReceiptPage } from '../../../web/pages/public/receipt.tsx';
import {
  type PublicRequest,
  type PublicUnfinished,
  RequestPage,
} from '../../../web/pages/public/request.tsx';
import { ClosedPage, ErrorPage, NotFoundPage, PasswordPage } from '../../../web/pages/public/short.tsx';
import { VerifyPage } from '../../../web/pages/public/verify.tsx';
import { SignInPage } from '../../../web/pages/staff/sign-in.tsx';
import { sampleChecklist, sampleForms } from './sample-checklist.ts';
import { sampleLedger } from './sample-ledger.tsx';
import { samplePlain } from './sample-plain.tsx';
import { receiptPlaces, sampleReceipts } from './sample-receipts.tsx';
import { receipt, unbroken } from './sample-records.ts';
import { sampleStaff } from './sample-staff.tsx';
import { sampleStates } from './sample-states.tsx';

const now = new Date('2026-11-22T08:00:00Z');

export const sampleContext = (language: Language, change: Partial<PageContext> = {}): PageContext => ({
  language,
  assets: {
    css: '/assets/main.css',
    scripts: {
      send: '/assets/send.js',
      page: '/assets/page.js',
      verify: '/assets/verify.js',
      receipt: '/assets/receipt.js',
      live: '/assets/live.js',
    },
  },
  brand: {},
  demo: false,
  now,
  zone: 'Asia/Tokyo',
  ...change,
});

const logo = (color: string): string =>
  `data:image/svg+xml,${encodeURIComponent(
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 132 40"><path d="M4 36V4h8v14L26 4h10L20 20l17 16H26L12 23v13z" fill="${color}"/><g fill="none" stroke="${color}" stroke-width="4"><circle cx="60" cy="20" r="12"/><path d="M84 34V6l28 28V6"/></g></svg>`,
  )}`;

/** Organisations as their Nextclouds present them: whole, and with what may be missing or too much. */
const houses = {
  whole: {
    name: '北野市役所 総務課',
    logo: { address: logo('#0b2545'), isPale: false },
    css: '/brand/a4cc3a.css',
  },
  pale: { logo: { address: logo('#ffffff'), isPale: true }, css: '/brand/ffcc00.css' },
  longWinded: {
    name: 'Federal Office for the Collection of Quarterly Reports, Certificates, Photographs and Other Papers of Construction Sites…',
    css: '/brand/e30613.css',
  },
};

export const sampleRequest: PublicRequest = {
  title: '2026年度 第3四半期 取引先別レポートの提出',
  instructions:
    'お取引先ごとに、次の資料をお送りください。\n・月次レポート（10月分から12月分）\n・検収書の写し\n\nご不明な点は、経理部までお問い合わせください。',
  deadline: {
    at: new Date('2026-11-25T08:00:00Z'),
    zone: 'Asia/Tokyo',
    graceUntil: new Date('2026-11-25T15:00:00Z'),
  },
  fields: [
    { key: 'company', label: '会社名', kind: 'text', required: true },
    { key: 'category', label: '区分', kind: 'choice', required: true, choices: ['東日本', '西日本', '海外'] },
    { key: 'closing', label: '締め日', kind: 'date', required: false },
  ],
  forms: sampleForms,
  checklist: [],
  rules: {
    maxFileBytes: 5 * 1024 ** 3,
    maxFiles: 300,
    maxBytes: 20 * 1024 ** 3,
    allowedTypes: ['pdf', 'docx', 'xlsx', 'zip', 'mp4'],
  },
  mailsReceipt: true,
};

const sent: SentItem[] = [
  {
    number: '261122-7F3KQ',
    at: new Date('2026-11-22T07:59:47Z'),
    files: 3,
    state: 'sealed',
    receiptPath: '/receipts/sub_1.signature',
    addPath: '/r/tok?add=sub_1',
  },
  {
    number: '261122-9DM2X',
    at: new Date('2026-11-22T07:12:03Z'),
    files: 1,
    state: 'finishing',
    receiptPath: '/receipts/sub_2.signature',
    addPath: '/r/tok?add=sub_2',
  },
  {
    number: '261122-K4WNA',
    at: new Date('2026-11-22T06:59:47Z'),
    files: 2,
    state: 'unfinished',
    receiptPath: '/receipts/sub_3.signature',
  },
  {
    number: '261122-QX7PB',
    at: new Date('2026-11-22T06:12:03Z'),
    files: 0,
    state: 'withdrawn',
    receiptPath: '/receipts/sub_4.signature',
  },
];

const unfinished: PublicUnfinished = {
  submissionId: 'sub_5',
  credential: 'credential',
  receiptNumber: '261122-M3TCA',
  receiptPath: '/receipts/sub_5.signature',
  idleHours: 24,
  submitterName: '山田 太郎',
  begunAt: new Date('2026-11-22T06:00:00Z'),
  isLate: false,
  files: [],
};

/** Every page, as it can look: what is drawn in a preview, and held to the rules in tests. */
export const samplePages = (context: PageContext): Record<string, VNode> => {
  return {
    request: <RequestPage context={context} token="tok" request={sampleRequest} />,
    'request-bare': (
      <RequestPage
        context={context}
        token="tok"
        request={{
          title: 'Photos of the site',
          instructions: '',
          fields: [],
          forms: [],
          checklist: [],
          rules: { allowedTypes: [] },
          mailsReceipt: false,
        }}
      />
    ),
    'request-unbroken': (
      <RequestPage
        context={context}
        token="tok"
        request={{
          ...sampleRequest,
          title: unbroken,
          instructions: `- ${unbroken}\n- two\n\n3. three\n4. four\n   - five`,
        }}
      />
    ),
    ...samplePlain(context, sampleRequest),
    ...sampleStates(context),
    'request-house': (
      <RequestPage context={{ ...context, brand: houses.whole }} token="tok" request={sampleRequest} />
    ),
    'receipt-house': (
      <ReceiptPage context={{ ...context, brand: houses.whole }} receipt={receipt} {...receiptPlaces} />
    ),
    'verify-pale': <VerifyPage context={{ ...context, brand: houses.pale }} />,
    'password-long-winded': <PasswordPage context={{ ...context, brand: houses.longWinded }} token="tok" />,
    'staff-sign-in-house': <SignInPage context={{ ...context, brand: houses.whole }} />,
    'request-checklist': (
      <RequestPage context={context} token="tok" request={{ ...sampleRequest, checklist: sampleChecklist }} />
    ),
    password: <PasswordPage context={context} token="tok" />,
    'password-forgotten': <PasswordPage context={context} token="tok" forgotten />,
    'closed-forgotten': <ClosedPage context={context} forgotten />,
    'password-wrong': (
      <PasswordPage context={context} token="tok" failure={{ code: 'submission.password-wrong' }} />
    ),
    closed: <ClosedPage context={context} title={sampleRequest.title} />,
    'not-found': <NotFoundPage context={context} />,
    error: (
      <ErrorPage
        context={context}
        failure={{ code: 'database.unavailable' }}
        reference="req-7f3kq"
        back="/staff"
      />
    ),
    ...sampleReceipts(context),
    'request-forgotten': <RequestPage context={context} token="tok" request={sampleRequest} forgotten />,
    'request-sent': <RequestPage context={context} token="tok" request={sampleRequest} sent={sent} />,
    'request-add': (
      <RequestPage
        context={context}
        token="tok"
        request={sampleRequest}
        sent={sent}
        supplement={{
          submissionId: 'sub_1',
          number: '261122-7F3KQ',
          name: '株式会社ヤマダ商事 山田 花子',
          email: 'hanako@example.org',
          answers: [{ label: '会社名', value: 'ヤマダ商事' }],
        }}
      />
    ),
    'request-unfinished': (
      <RequestPage context={context} token="tok" request={{ ...sampleRequest, unfinished }} />
    ),
    'request-sent-and-unfinished': (
      <RequestPage context={context} token="tok" request={{ ...sampleRequest, unfinished }} sent={sent} />
    ),
    'closed-sent': (
      <ClosedPage
        context={context}
        title={sampleRequest.title}
        sent={sent.map((item) => ({ ...item, addPath: undefined }))}
        forgetPath="/r/tok/forget"
      />
    ),
    ...sampleStaff(context),
    ...sampleLedger(context),
  };
};
