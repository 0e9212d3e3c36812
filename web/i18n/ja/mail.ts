import type { MailMessages } from '../mail-messages.ts';

export const mail: MailMessages = {
  receipt: {
    subject: ({ number }) => `ファイル受領のお知らせ（受取番号 ${number}）`,
    intro: 'お送りいただいたファイルを受け取り、保管しました。',
    files: 'ファイル',
    keep: '受取番号をお控えください。お問い合わせの際にこの番号をお伝えいただくと、依頼元ですべての内容を確認できます。',
    stranger:
      'お心当たりがない場合は、ほかの方がメールアドレスを誤って入力した可能性があります。お手続きの必要はありません。',
  },
  digest: {
    subject: ({ count }) => `お知らせ ${count}件`,
    intro: '新しいお知らせです。',
    more: ({ count }) => `ほかに${count}件あります。`,
    open: 'すべてのお知らせ',
    whom: ({ minutes }) =>
      `所属チームに関する通知を、最短${minutes}分間隔でお送りしています。頻度はアカウントのページで変更できます。ファイル名と送付者名は管理画面でのみ確認できます。`,
  },
  automatic: 'このメールは自動的に送信されています。ご返信いただいてもお答えできません。',
};
