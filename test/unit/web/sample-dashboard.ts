import type { ArrivingItem } from '../../../web/pages/staff/arriving.tsx';
import type { RequestListItem } from '../../../web/pages/staff/requests.tsx';

/** A desk at which thirty collections go on at once. */

const now = new Date('2026-11-22T08:00:00Z');
const inHours = (hours: number): Date => new Date(now.getTime() + hours * 3_600_000);
const link = 'https://files.example.org/r/3zqSxNf0V5uQmT8kYw2LrA';

const titles = [
  '2026年度 第3四半期 取引先別レポートの提出',
  '北野市立第二小学校 屋上防水改修工事 完成図書・施工写真・検査記録一式のご提出について（再依頼）',
  'Photos of the building site, Hamburg',
  '令和8年度 入札参加資格審査申請書類',
  '年末調整に必要な書類（全従業員）',
  'Tenders 2026: bill of quantities, drawings and certificates of the second lot',
  '月次会計データ 11月分',
  '監査資料',
  '健康診断結果の提出',
  '広報誌 12月号 原稿と写真',
] as const;

/** As they may stand, one after the other. */
const stands: readonly Omit<RequestListItem, 'id' | 'title' | 'link'>[] = [
  {
    state: 'open',
    deadline: { at: inHours(-30), zone: 'Asia/Tokyo' },
    submissions: { sealed: 12, underWay: 1 },
    files: 87,
    lastAt: inHours(-0.1),
    dead: 2,
    proof: { state: 'proven', provenAt: new Date('2026-11-22T07:59:48Z') },
  },
  {
    state: 'open',
    deadline: { at: inHours(74), zone: 'Asia/Tokyo' },
    submissions: { sealed: 0, underWay: 0 },
    files: 0,
    dead: 0,
    proof: { state: 'proven', provenAt: new Date('2026-11-22T07:59:20Z') },
  },
  {
    state: 'open',
    submissions: { sealed: 1, underWay: 0 },
    files: 1,
    lastAt: inHours(-5),
    dead: 0,
    proof: { state: 'refused', provenAt: inHours(-0.3) },
  },
  {
    state: 'open',
    deadline: { at: inHours(24 * 20), zone: 'Asia/Tokyo' },
    submissions: { sealed: 148, underWay: 3 },
    files: 12_431,
    lastAt: inHours(-0.01),
    dead: 0,
    proof: { state: 'proven', provenAt: new Date('2026-11-22T07:59:55Z') },
  },
  {
    state: 'closed',
    deadline: { at: inHours(-24 * 51), zone: 'Europe/Berlin' },
    submissions: { sealed: 4, underWay: 0 },
    files: 31,
    lastAt: inHours(-24 * 52),
    dead: 0,
  },
];

export const thirtyRequests: RequestListItem[] = Array.from({ length: 30 }, (_, index) => {
  const stand = stands[index % stands.length] ?? stands[0];
  if (stand === undefined) throw new Error('no sample');
  return { ...stand, id: `req_${index + 1}`, title: titles[index % titles.length] ?? '', link };
});

export const arriving: ArrivingItem[] = [
  {
    submissionId: 'sub_11',
    receiptNumber: '261122-M2X9D',
    submitterName: 'Müller & Söhne GmbH',
    request: { id: 'req_3', title: 'Photos of the building site, Hamburg' },
    files: 3,
    filesDone: 1,
    sentBytes: 1_503_238_553,
    sizeBytes: 3_503_238_553,
    isFinishing: false,
    lastActivityAt: new Date('2026-11-22T07:59:58Z'),
  },
  {
    submissionId: 'sub_12',
    receiptNumber: '261122-7F3KQ',
    submitterName: '株式会社ヤマダ商事 建設事業本部 公共工事第二営業部 山田 花子',
    request: { id: 'req_2', title: titles[1] },
    files: 214,
    filesDone: 213,
    sentBytes: 803_238_553,
    sizeBytes: 803_238_553,
    isFinishing: true,
    lastActivityAt: new Date('2026-11-22T07:58:00Z'),
  },
  {
    submissionId: 'sub_13',
    receiptNumber: '261122-Q9QQ2',
    submitterName: '',
    request: { id: 'req_4', title: titles[3] },
    files: 1,
    filesDone: 0,
    sentBytes: 42_000_000,
    isFinishing: false,
    lastActivityAt: new Date('2026-11-22T07:20:00Z'),
  },
];
