import type { VNode } from 'preact';
import type { OwnReceipt } from '../../../web/components/own-receipt.tsx';
import type { SentItem } from '../../../web/components/sent-list.tsx';
import type { Language } from '../../../web/i18n/index.ts';
import type { PageContext } from '../../../web/pages/context.ts';
import { ReceiptPage, UnfinishedPage } from '../../../web/pages/public/receipt.tsx';
import { type PublicRequest, RequestPage } from '../../../web/pages/public/request.tsx';
import { ClosedPage, ErrorPage, NotFoundPage, PasswordPage } from '../../../web/pages/public/short.tsx';
import { TakeBackPage } from '../../../web/pages/public/take-back.tsx';
import { VerifyPage } from '../../../web/pages/public/verify.tsx';
import { DestinationPage } from '../../../web/pages/staff/destination.tsx';
import { DestinationsPage } from '../../../web/pages/staff/destinations.tsx';
import { NewRequestPage } from '../../../web/pages/staff/new-request.tsx';
import { emptyNewRequest, type NewRequestValues } from '../../../web/pages/staff/new-request-form.ts';
import { NoticesPage } from '../../../web/pages/staff/notices.tsx';
import { StaffRequestPage } from '../../../web/pages/staff/request.tsx';
import { RequestsPage } from '../../../web/pages/staff/requests.tsx';
import { SignInPage } from '../../../web/pages/staff/sign-in.tsx';
import type { ReceiptProgress } from '../../../web/receipt/progress.ts';
import { sampleChecklist } from './sample-checklist.ts';
import { samplePlain } from './sample-plain.tsx';
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
    scripts: {
      send: '/assets/send.js',
      page: '/assets/page.js',
      verify: '/assets/verify.js',
      receipt: '/assets/receipt.js',
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

const progress: ReceiptProgress = {
  state: 'sealed',
  handsOn: true,
  isFinal: false,
  files: receipt.files.map(({ name, sizeBytes, state = 'stored' }) => ({ name, sizeBytes, state })),
};

const takeBackFiles = receipt.files.map(({ name, sizeBytes }, index) => ({
  uploadId: `upl_${index}`,
  name,
  sizeBytes,
}));

const own: OwnReceipt = {
  takeBack: {
    path: '/receipts/sub_1.signature/take-back',
    until: new Date('2026-11-22T08:09:47Z'),
    files: takeBackFiles,
  },
  takenBack: [],
  missing: [],
  addPath: '/r/tok?add=sub_1',
};

const about = {
  number: receipt.number,
  requestTitle: receipt.requestTitle,
  submitterName: receipt.submitterName,
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
];

const receiptPlaces = {
  progress,
  path: '/receipts/sub_1.signature',
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
    receipt: <ReceiptPage context={context} receipt={receipt} {...receiptPlaces} />,
    'receipt-own': <ReceiptPage context={context} receipt={receipt} {...receiptPlaces} own={own} />,
    'receipt-taken-back': (
      <ReceiptPage
        context={context}
        receipt={{
          ...receipt,
          supplementOf: '261121-M2X9D',
          files: receipt.files.slice(1),
          issuedAt: new Date('2026-11-22T08:01:10Z'),
          withdrawn: [{ name: receipt.files[0]?.name ?? '', at: new Date('2026-11-22T08:01:10Z') }],
        }}
        {...receiptPlaces}
        own={{
          ...own,
          takeBack: { ...own.takeBack, files: [], until: new Date('2026-11-22T07:59:59Z') },
          takenBack: ['upl_0'],
          missing: ['検収書'],
        }}
      />
    ),
    'receipt-emptied': (
      <ReceiptPage
        context={context}
        receipt={{
          ...receipt,
          files: [],
          issuedAt: new Date('2026-11-22T08:01:10Z'),
          withdrawn: receipt.files.map(({ name }) => ({ name, at: new Date('2026-11-22T08:01:10Z') })),
        }}
        {...receiptPlaces}
        own={{
          ...own,
          problem: 'taken-back-before',
          takeBack: { ...own.takeBack, files: [] },
          takenBack: takeBackFiles.map(({ uploadId }) => uploadId),
        }}
      />
    ),
    'receipt-none-chosen': (
      <ReceiptPage
        context={context}
        receipt={receipt}
        {...receiptPlaces}
        own={{ ...own, problem: 'none-chosen' }}
      />
    ),
    'receipt-elsewhere': (
      <ReceiptPage
        context={context}
        receipt={receipt}
        {...receiptPlaces}
        isOwnElsewhere
        supplements={[
          { number: '261122-9DM2X', path: undefined },
          { number: '261122-K4WNA', path: '/receipts/sub_3.signature' },
        ]}
      />
    ),
    'receipt-open': (
      <UnfinishedPage
        context={context}
        about={about}
        path={receiptPlaces.path}
        progress={{
          ...progress,
          state: 'open',
          files: (['uploading', 'received', 'stored', 'withdrawn'] as const).map((state, index) => ({
            name: `${index + 1}. 検収書.pdf`,
            sizeBytes: 184_320,
            state,
            storedAt: '2026-11-22T07:58:12Z',
            withdrawnAt: '2026-11-22T07:59:12Z',
          })),
        }}
      />
    ),
    'receipt-finishing': (
      <UnfinishedPage
        context={context}
        about={about}
        path={receiptPlaces.path}
        progress={{ ...progress, state: 'finishing', files: [] }}
      />
    ),
    'take-back': (
      <TakeBackPage
        context={context}
        files={takeBackFiles}
        isSealed
        receiptPath="/receipts/sub_1.signature"
      />
    ),
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
    'closed-sent': (
      <ClosedPage
        context={context}
        title={sampleRequest.title}
        sent={sent.map((item) => ({ ...item, addPath: undefined }))}
        forgetPath="/r/tok/forget"
      />
    ),
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
