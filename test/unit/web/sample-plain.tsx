import type { VNode } from 'preact';
import type { PageContext } from '../../../web/pages/context.ts';
import { type PublicRequest, RequestPage } from '../../../web/pages/public/request.tsx';
import { type SendingNews, SendingPage, type SendingPageProps } from '../../../web/pages/public/sending.tsx';
import { ClosedPage, PasswordPage } from '../../../web/pages/public/short.tsx';

const sending = (request: PublicRequest): Omit<SendingPageProps, 'context'> => ({
  path: '/r/tok/send/sub_1',
  request,
  state: 'open',
  receiptNumber: '261122-7F3KQ',
  receiptUrl: '/receipts/sub_1.signature',
  files: [
    { uploadId: 'upl_1', name: '2026/検収書_10月分.pdf', sizeBytes: 3_400_000, state: 'stored' },
    { uploadId: 'upl_2', name: '月次レポート.xlsx', sizeBytes: 12_000_000, state: 'received' },
  ],
  mayAdd: true,
});

const news = (more: Partial<SendingNews>): SendingNews => ({
  refused: [],
  skipped: 0,
  isBroken: false,
  ...more,
});

const broken = news({
  refused: [
    {
      name: '2026/マクロ付き集計.exe',
      code: 'upload.type-not-allowed',
      params: { name: 'マクロ付き集計.exe', allowed: '.pdf .docx .xlsx' },
    },
    { name: '現地記録.mp4', code: 'upload.busy' },
  ],
  skipped: 2,
  isBroken: true,
});

const closed = news({ refused: [{ name: '現地記録.mp4', code: 'request.closed' }] });

const tooLate = { names: ['検収書_10月分.pdf', '月次レポート.xlsx'], languagePath: '/r/tok/language' };

const typed = { name: '山田 太郎', 'answer.category': '西日本', message: 'よろしく\nお願いします' };

/** The pages of who sends without a script. */
export const samplePlain = (context: PageContext, request: PublicRequest): Record<string, VNode> => ({
  'request-returned': (
    <RequestPage
      context={context}
      token="tok"
      request={request}
      returned={{
        values: typed,
        failure: { code: 'submission.field-missing', params: { field: 'company', label: '会社名' } },
        hadFiles: true,
      }}
    />
  ),
  'request-later': (
    <RequestPage
      context={context}
      token="tok"
      request={request}
      returned={{ values: typed, failure: { code: 'submission.too-many' }, hadFiles: true }}
    />
  ),
  'request-other-language': (
    <RequestPage
      context={context}
      token="tok"
      request={request}
      returned={{ values: typed, hadFiles: true }}
    />
  ),
  'password-after-sending': <PasswordPage context={context} token="tok" wasSent />,
  'closed-too-late': <ClosedPage context={context} title={request.title} tooLate={tooLate} />,
  'sending-item-missing': (
    <SendingPage
      context={context}
      {...sending(request)}
      news={news({ problem: { code: 'submission.items-missing', params: { labels: '検収書' } } })}
    />
  ),
  'sending-waiting': <SendingPage context={context} {...sending(request)} state="finishing" />,
  'sending-nothing': <SendingPage context={context} {...sending(request)} files={[]} mayAdd={false} />,
  'sending-sealed': <SendingPage context={context} {...sending(request)} state="sealed" />,
  'sending-refused': <SendingPage context={context} {...sending(request)} news={broken} />,
  'sending-closed': (
    <SendingPage context={context} {...sending(request)} state="sealed" news={closed} mayAdd={false} />
  ),
  'sending-closed-waiting': (
    <SendingPage context={context} {...sending(request)} state="finishing" news={closed} mayAdd={false} />
  ),
  'sending-overdue': <SendingPage context={context} {...sending(request)} news={closed} mayAdd={false} />,
});
