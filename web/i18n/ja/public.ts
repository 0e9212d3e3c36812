import type { LayoutMessages } from '../messages.ts';
import type { PublicMessages } from '../public-messages.ts';
import { numberIn } from '../words.ts';
import { plain } from './plain.ts';
import { receipt, sent } from './receipt.ts';
import { verify } from './verify.ts';

const n = numberIn('ja');

export const layout: LayoutMessages = {
  product: 'Uketori',
  tagline: 'レポート・資料の提出窓口',
  logo: '依頼元のロゴ',
  skip: '本文へ移動',
  language: '言語',
  demoTitle: 'デモ環境',
  demoText:
    'ファイルは本物のNextcloudではなく、このコンピュータ上の代用サーバーに送られます。大切なファイルは送らないでください。',
  required: '必須',
  optional: '任意',
  mistake: '修正してください:',
  copy: 'コピー',
  copied: 'コピーしました',
  print: '印刷',
  ownTime: 'お使いの地域の時刻: {time}',
};

export const publicPages: PublicMessages = {
  deadline: '提出期限',
  grace: ({ until }) => `${until}までは、期限後の到着として受け付けます。`,
  instructions: 'ご案内',
  rules: {
    title: '送付できるもの',
    maxFileBytes: ({ size }) => `1ファイル ${size} まで`,
    maxFiles: ({ count }) => `${n(count)}ファイルまで`,
    maxBytes: ({ size }) => `合計 ${size} まで`,
    allowedTypes: ({ types }) => `ファイルの種類: ${types}`,
  },
  forms: '記入用紙',
  formsHint: 'ダウンロードして記入し、ほかのファイルと一緒にお送りください。',
  uploadOnly:
    'このページは送付専用です。提出されたファイルをこのリンクから閲覧することは、誰にもできません。',
  password: {
    title: 'パスワードの入力',
    text: 'このリンクにはパスワードが設定されています。パスワードは担当者から別の方法でお知らせしています。',
    label: 'パスワード',
    submit: '次へ',
  },
  closed: {
    title: '受付は終了しました',
    text: 'リンクは正しいものですが、新しいファイルは受け付けていません。これまでにお送りいただいたファイルは安全に保管され、受取証も有効です。',
    whatNow: 'まだ送るものがある場合は、リンクを知らせた担当者にご連絡ください。',
  },
  notFound: {
    title: 'ページが見つかりません',
    text: 'このアドレスは存在しないか、すでに使われていません。',
    whatNow:
      'リンクの全体が正しくコピーされているかご確認ください。正しい場合は、リンクを知らせた担当者に新しいリンクをご依頼ください。',
  },
  error: {
    title: '処理できませんでした',
    reference: ({ reference }) => `参照番号: ${reference}`,
    back: '戻る',
  },
  receipt,
  sent,
  plain,
  verify,
};
