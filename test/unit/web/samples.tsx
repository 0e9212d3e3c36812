import type { VNode } from 'preact';
import type { Language } from '../../../web/i18n/index.ts';
import type { PageContext } from '../../../web/pages/context.ts';
import { ReceiptPage } from '../../../web/pages/public/receipt.tsx';
import { type PublicRequest, RequestPage } from '../../../web/pages/public/request.tsx';
import { ClosedPage, ErrorPage, NotFoundPage, PasswordPage } from '../../../web/pages/public/short.tsx';
import { VerifyPage } from '../../../web/pages/public/verify.tsx';
import { DestinationPage } from '../../../web/pages/staff/destination.tsx';
import { DestinationsPage } from '../../../web/pages/staff/destinations.tsx';
import { NewRequestPage } from '../../../web/pages/staff/new-request.tsx';
import { emptyNewRequest, type NewRequestValues } from '../../../web/pages/staff/new-request-form.ts';
import { NoticesPage } from '../../../web/pages/staff/notices.tsx';
import { StaffRequestPage } from '../../../web/pages/staff/request.tsx';
import { RequestsPage } from '../../../web/pages/staff/requests.tsx';
import { SignInPage } from '../../../web/pages/staff/sign-in.tsx';
import { sampleChecklist } from './sample-checklist.ts';
import {
  destination,
  folderTitle,
  receipt,
  requests,
  secrets,
  settings,
  staffRequest,
  submissions,
  unresolved,
} from './sample-records.ts';
import { sampleStates } from './sample-states.tsx';

const now = new Date('2026-11-22T08:00:00Z');

export const sampleContext = (language: Language, change: Partial<PageContext> = {}): PageContext => ({
  language,
  assets: {
    css: '/assets/main.css',
    scripts: { send: '/assets/send.js', page: '/assets/page.js', verify: '/assets/verify.js' },
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

const sampleForms = [
  { id: 'frm_1', name: '提出届（様式第1号）.docx', sizeBytes: 48_200 },
  { id: 'frm_2', name: '記入例.pdf', sizeBytes: 1_204_000 },
];

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

const staff = { name: '佐藤 美咲' };

const typed: NewRequestValues = {
  ...emptyNewRequest('Asia/Mars', ['dst_1']),
  instructions: 'Please send the report.\nOne file a month.',
  deadline: '2026-11-20T17:00',
  maxFiles: 'many',
};

const receiptPlaces = {
  textPath: '/receipts/sub_1.signature/receipt.txt',
  verifyUrl: 'https://files.example.org/verify',
};

const signedOnly = { ...receipt, files: receipt.files.map((file) => ({ ...file, state: undefined })) };

/** Every page, as it can look: what is drawn in a preview, and held to the rules in tests. */
export const samplePages = (context: PageContext): Record<string, VNode> => {
  const { language } = context;
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
    receipt: <ReceiptPage context={context} receipt={receipt} {...receiptPlaces} />,
    'receipt-unfinished': (
      <ReceiptPage
        context={context}
        receipt={{ ...receipt, finishedBySubmitter: false, late: true }}
        {...receiptPlaces}
      />
    ),
    verify: <VerifyPage context={context} />,
    'verify-missing': <VerifyPage context={context} isMissing />,
    'verify-throttled': (
      <VerifyPage context={context} failure={{ code: 'auth.throttled', params: { afterSeconds: 90 } }} />
    ),
    'verify-unreadable': <VerifyPage context={context} text="Receipt" reason="unreadable" />,
    'verify-foreign': <VerifyPage context={context} text="Receipt" reason="signature" />,
    'verify-genuine': <VerifyPage context={context} text="Receipt" receipt={signedOnly} />,
    'verify-hash': (
      <VerifyPage
        context={context}
        text="Receipt"
        receipt={signedOnly}
        comparison={{
          sha256: signedOnly.files[0]?.sha256 ?? '',
          matches: [{ number: 1, path: signedOnly.files[0]?.name ?? '' }],
        }}
      />
    ),
    'verify-other-hash': (
      <VerifyPage
        context={context}
        text="Receipt"
        receipt={signedOnly}
        comparison={{ sha256: 'ab'.repeat(32), matches: [] }}
      />
    ),
    'verify-no-hash': (
      <VerifyPage context={context} text="Receipt" sha256="12" receipt={signedOnly} isNoHash />
    ),
    'sign-in': <SignInPage context={context} />,
    'sign-in-refused': <SignInPage context={context} login="sato" failure={{ code: 'auth.refused' }} />,
    'staff-empty': <RequestsPage context={context} staff={staff} notices={[]} requests={[]} />,
    'staff-requests': (
      <RequestsPage context={context} staff={staff} notices={unresolved} requests={requests} />
    ),
    'staff-notices': (
      <NoticesPage context={context} staff={staff} notices={unresolved} settled={false} mayChange />
    ),
    'staff-notices-settled': (
      <NoticesPage
        context={context}
        staff={staff}
        notices={unresolved.map((notice) => ({ ...notice, settledAt: context.now }))}
        settled
        mayChange
      />
    ),
    'staff-notices-none': (
      <NoticesPage context={context} staff={staff} notices={[]} settled={false} mayChange={false} />
    ),
    'staff-new': (
      <NewRequestPage
        context={context}
        staff={staff}
        values={emptyNewRequest('Asia/Tokyo', ['dst_1'])}
        destinations={[{ id: 'dst_1', name: '経理フォルダー', kindTitle: folderTitle }]}
        zones={['Asia/Tokyo', 'Europe/Berlin']}
      />
    ),
    'staff-new-wrong': (
      <NewRequestPage
        context={context}
        staff={staff}
        values={typed}
        errors={{
          title: { problem: 'required' },
          deadline: { problem: 'in-the-past' },
          deadlineZone: { problem: 'unknown-zone' },
          maxFiles: { problem: 'not-a-number' },
          password: { problem: 'too-short', params: { limit: 8 } },
          'question.1.choices': { problem: 'choices-missing' },
          'item.1.label': { problem: 'label-missing' },
          'item.0.maxFiles': { problem: 'not-a-number' },
        }}
        failure={{ code: 'share.not-upload-only' }}
        destinations={[]}
        zones={['Asia/Tokyo', 'Europe/Berlin']}
      />
    ),
    'staff-destinations': (
      <DestinationsPage
        context={context}
        staff={staff}
        destinations={[destination]}
        kinds={[{ kind: 'folder', title: folderTitle }]}
        mayChange
      />
    ),
    'staff-destination-new': (
      <DestinationPage
        context={context}
        staff={staff}
        kind="folder"
        kindTitle={folderTitle}
        name=""
        maxConcurrent={4}
        settings={settings}
        secrets={secrets}
        mayChange
        failure={{ code: 'destination.invalid', params: { problems: 'config.port: expected number' } }}
      />
    ),
    'staff-destination': (
      <DestinationPage
        context={context}
        staff={staff}
        kind="folder"
        kindTitle={folderTitle}
        destination={destination}
        name={destination.name}
        maxConcurrent={4}
        settings={settings}
        secrets={secrets.map((secret) => ({ ...secret, isSet: true }))}
        check={{
          fit: true,
          findings: [
            {
              level: 'good',
              text: { en: 'The folder can be written to.', ja: 'フォルダーに書き込めます。' },
            },
          ],
        }}
        mayChange
      />
    ),
    'staff-request': (
      <StaffRequestPage
        context={context}
        staff={staff}
        request={{ ...staffRequest, checklist: sampleChecklist, forms: sampleForms }}
        submissions={submissions}
        notices={language === 'en' ? [] : unresolved.slice(0, 1)}
      />
    ),
    'staff-request-closed': (
      <StaffRequestPage
        context={context}
        staff={staff}
        request={{ ...staffRequest, state: 'closed', link: undefined, proof: undefined, deadline: undefined }}
        submissions={[]}
        notices={[]}
        failure={{ code: 'nextcloud.unreachable' }}
      />
    ),
  };
};
