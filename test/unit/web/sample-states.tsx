import type { VNode } from 'preact';
import { ruleLines } from '../../../web/components/rule-lines.ts';
import { SendForm } from '../../../web/components/send/form.tsx';
import { sendRootId } from '../../../web/components/send/setup.ts';
import type { PageContext } from '../../../web/pages/context.ts';
import { Layout } from '../../../web/pages/layout.tsx';
import { firstView, type ItemView, type SendActions, type SendView } from '../../../web/sending/view.ts';
import { sampleChecklist } from './sample-checklist.ts';
import { sampleSetup } from './sample-setup.ts';

const MB = 1024 * 1024;

const nothing = () => undefined;
const actions: SendActions = {
  addFiles: nothing,
  drop: nothing,
  remove: nothing,
  removeAll: nothing,
  retry: nothing,
  edited: nothing,
  submit: nothing,
  pause: nothing,
  resume: nothing,
  cancelAll: nothing,
  finishWithout: nothing,
  startAnew: nothing,
  tryAgain: nothing,
};

const item = (
  state: ItemView['state'],
  path: string,
  megabytes: number,
  more: Partial<ItemView> = {},
): ItemView => ({
  key: path,
  path,
  sizeBytes: megabytes * MB,
  sentBytes: state === 'arrived' || state === 'stored' ? megabytes * MB : 0,
  state,
  ...more,
});

const sending = (state: ItemView['state'], more: Partial<SendView> = {}): Partial<SendView> => ({
  phase: 'sending',
  items: [
    item('arrived', '2026/検収書_10月分.pdf', 3),
    item(state, '2026/現地記録.mp4', 1480, { sentBytes: 610 * MB }),
    item(
      'waiting',
      '2026/取引先別レポート（第3四半期・修正版・最終確認済み）_株式会社サンプル商事_東日本.xlsx',
      12,
    ),
  ],
  sent: { name: '山田 太郎', receiptNumber: '261122-7F3KQ' },
  pace: { bytesPerSecond: 2.4 * MB, secondsLeft: 372 },
  ...more,
});

/** The form as it stands at every moment of a sending, with what is in its view. */
const views = (words: (en: string, ja: string) => string): Record<string, Partial<SendView>> => ({
  chosen: {
    items: [
      item('ready', '検収書_10月分.pdf', 3),
      item('ready', '検収書_10月分.PDF', 4, {
        note: words(
          'Another file has this name: both are kept, this one with a number.',
          '同じ名前のファイルがあります。両方とも保管し、こちらには番号を付けます。',
        ),
      }),
      item('refused', 'setup.exe', 42, {
        words: words(
          'Not a kind that was asked for. Asked for: .pdf, .xlsx, .mp4.',
          '受け付けていない種類のファイルです。受け付ける種類: .pdf、.xlsx、.mp4',
        ),
      }),
    ],
    skipped: 2,
    fieldProblems: { name: words('Please fill this in.', '入力してください。') },
  },
  checklist: {
    items: [
      item('ready', '納税証明書 その3.pdf', 3, { slot: 'itm_1' }),
      item('refused', 'setup.exe', 42, {
        slot: 'itm_1',
        words: words(
          'Not a kind that was asked for. Asked for: .pdf.',
          '受け付けていない種類のファイルです。',
        ),
      }),
      item('ready', '連絡事項.pdf', 1),
    ],
    fieldProblems: {
      'files.itm_2': words('Please choose a file for this. It is required.', 'この項目は必須です。'),
    },
  },
  sending: sending('sending'),
  paused: sending('paused', { paused: true, pace: undefined }),
  offline: sending('interrupted', { offline: true, pace: undefined }),
  interrupted: sending('interrupted', { quietSeconds: 12, pace: undefined }),
  failed: {
    phase: 'sending',
    items: [
      item('arrived', '検収書.pdf', 3),
      item('failed', '写真.jpg', 8, {
        words: words(
          'This file can’t be read on your device any more. Please choose it again.',
          'お使いの端末でこのファイルを読み取れなくなりました。もう一度選択してください。',
        ),
        mayRetry: true,
      }),
    ],
  },
  cancelled: { phase: 'sending', cancelled: true, items: [item('arrived', '検収書.pdf', 3)] },
  unreachable: {
    phase: 'sending',
    items: [item('arrived', '検収書.pdf', 3)],
    failure: {
      words: words(
        'The portal can’t be reached. What has arrived is safe. Check your connection and try again.',
        'サーバーに接続できません。到着済みのものは安全です。接続をご確認のうえ、もう一度お試しください。',
      ),
      mayRetry: true,
    },
  },
  finishing: {
    phase: 'finishing',
    items: [item('stored', '検収書.pdf', 3), item('arrived', '現地記録.mp4', 1480)],
  },
  unfinished: {
    phase: 'sending',
    isResumed: true,
    items: [
      item('arrived', '検収書.pdf', 3),
      item('missing', '現地記録.mp4', 1480, { sentBytes: 610 * MB }),
      item('missing', 'レポート.xlsx', 12),
    ],
  },
  elsewhere: { isElsewhere: true },
  lost: { lost: ['2026/検収書_10月分.pdf', '現地記録.mp4'] },
  strangers: {
    phase: 'sending',
    asks: true,
    items: [
      item('arrived', '検収書.pdf', 3),
      item('arrived', '検収書 (2).pdf', 3, {
        remark: 'elsewhere',
        note: words(
          'Not chosen in this window. Remove it if it is not to be sent.',
          'この画面で選択したファイルではありません。送らない場合は、一覧から外してください。',
        ),
      }),
    ],
  },
  ended: { phase: 'ended', items: [item('failed', '検収書.pdf', 3), item('failed', '現地記録.mp4', 1480)] },
  partly: {
    phase: 'sealed',
    receipt: {
      number: '261122-7F3KQ',
      url: '/receipts/sub_1.signature',
      files: [
        { name: '検収書.pdf', sizeBytes: 3 * MB, sha256: 'a1'.repeat(32) },
        {
          name: '現地記録.mp4',
          sizeBytes: 1480 * MB,
          words: words('Too many files: only 1 is accepted.', 'ファイルの数が多すぎます。上限は1個です。'),
        },
      ],
      isClosed: false,
    },
  },
  'partly-closed': {
    phase: 'sealed',
    receipt: {
      number: '261122-7F3KQ',
      url: '/receipts/sub_1.signature',
      files: [
        { name: '検収書.pdf', sizeBytes: 3 * MB, sha256: 'a1'.repeat(32) },
        {
          name: '現地記録.mp4',
          sizeBytes: 1480 * MB,
          words: words('This collection is closed.', '受付は終了しました。'),
        },
      ],
      isClosed: true,
    },
  },
  sealed: {
    phase: 'sealed',
    receipt: {
      number: '261122-7F3KQ',
      url: '/receipts/sub_1.signature',
      files: [
        { name: '検収書.pdf', sizeBytes: 3 * MB, sha256: 'a1'.repeat(32) },
        { name: '現地記録.mp4', sizeBytes: 1480 * MB, sha256: 'b2'.repeat(32) },
      ],
      isClosed: false,
    },
  },
});

/** A page for each, without the island, which would begin at the beginning. */
export const sampleStates = (context: PageContext): Record<string, VNode> => {
  const { language, zone, now } = context;
  const setup = {
    ...sampleSetup({ allowedTypes: ['pdf', 'xlsx', 'mp4'], maxFiles: 20, maxBytes: 5000 * MB }, language),
    mailsReceipt: true,
    unfinished: {
      submissionId: 'sub_1',
      credential: 'credential',
      receiptNumber: '261122-7F3KQ',
      begun: { at: new Date(now.getTime() - 3_600_000).toISOString(), zone },
      submitterName: '山田 太郎',
      isLate: false,
      files: [],
    },
  };
  const checklist = sampleChecklist.map((slot) => ({ ...slot, ruleLines: ruleLines(language, slot.rules) }));
  const words = (en: string, ja: string) => (language === 'ja' ? ja : en);
  return Object.fromEntries(
    Object.entries(views(words)).map(([name, view]) => [
      `send-${name}`,
      <Layout key={name} context={context} title={name}>
        <h1>2026年度 第3四半期 取引先別レポートの提出</h1>
        <div id={sendRootId}>
          <SendForm
            setup={name.startsWith('checklist') ? { ...setup, checklist } : setup}
            view={{ ...firstView, ...view }}
            actions={actions}
          />
        </div>
      </Layout>,
    ]),
  );
};
