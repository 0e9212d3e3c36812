import type { VNode } from 'preact';
import type { ReceiptProgress } from '../../../server/intake/describe-receipt.ts';
import type { OwnReceipt } from '../../../web/components/own-receipt.tsx';
import type { PageContext } from '../../../web/pages/context.ts';
import { ReceiptPage, UnfinishedPage } from '../../../web/pages/public/receipt.tsx';
import { TakeBackPage } from '../../../web/pages/public/take-back.tsx';
import { VerifyPage } from '../../../web/pages/public/verify.tsx';
import { receipt } from './sample-records.ts';

const progress: ReceiptProgress = {
  state: 'sealed',
  handsOn: true,
  isFinal: false,
  files: receipt.files.map(({ name, sizeBytes, state = 'stored' }) => ({ name, sizeBytes, state })),
  notArrived: [],
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

export const receiptPlaces = {
  progress,
  mayAdd: true,
  path: '/receipts/sub_1.signature',
  verifyUrl: 'https://files.example.org/verify',
};

const signedOnly = { ...receipt, files: receipt.files.map((file) => ({ ...file, state: undefined })) };

/** Receipts as they can stand, and the page that checks them. */
export const sampleReceipts = (context: PageContext): Record<string, VNode> => ({
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
      elsewhere="both"
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
      mayAdd
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
      mayAdd
      progress={{ ...progress, state: 'finishing', files: [] }}
    />
  ),
  'take-back': (
    <TakeBackPage
      context={context}
      files={takeBackFiles}
      isSealed
      mayAdd
      receiptPath="/receipts/sub_1.signature"
    />
  ),
  'take-back-closed': (
    <TakeBackPage
      context={context}
      files={takeBackFiles}
      isSealed
      mayAdd={false}
      receiptPath="/receipts/sub_1.signature"
    />
  ),
  'receipt-not-arrived': (
    <ReceiptPage
      context={context}
      receipt={receipt}
      {...receiptPlaces}
      mayAdd={false}
      progress={{
        ...progress,
        notArrived: [
          { name: '2026/現地記録.mp4', failureCode: 'upload.not-finished' },
          { name: '2026/検収書_11月分.pdf', failureCode: 'upload.lost' },
        ],
      }}
      own={{ ...own, addPath: undefined }}
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
  'verify-no-hash': <VerifyPage context={context} text="Receipt" sha256="12" receipt={signedOnly} isNoHash />,
});
