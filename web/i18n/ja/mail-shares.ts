import type { MailShareMessages } from '../staff-messages.ts';

export const mailShares: MailShareMessages = {
  title: 'Nextcloudのメールで送信する',
  hint: '宛先ごとに、Nextcloud上の専用ページが用意されます。ファイルの送付だけができ、閲覧はできません。届いたファイルは、このページに送付として表示されます。この依頼の条件（種類、サイズ、質問、提出項目）が適用されるのは、送付者用リンクのページだけです。期限を過ぎて届いたものには「期限後」と表示されます。',
  mailHint:
    'Nextcloudでメール送信が設定されている必要があります。設定されていなくてもNextcloudからは通知されません。届かない場合は、Nextcloudの管理者にご確認ください。送信は10分間に10通までで、残りは自動的に続けて送信されます。',
  unavailable:
    'このNextcloudでは、共有をメールで送信できません（「Share by mail」アプリ、またはリンク共有が無効です）。リンクをご自身でお知らせください。',
  toAddresses: '宛先を指定して送信する',
  addresses: 'メールアドレス',
  addressesHint: '1行に1件ずつ入力します。すでに送信した宛先には、もう一度送信しません。',
  again: '依頼の終了前に送信した宛先、または共有が終了した宛先です。自動では送信されません。',
  send: '送信する',
  list: 'Nextcloudのメールで送信した宛先',
  state: { waiting: '送信待ち', sent: '送信済み', failed: '送信できませんでした', ended: '終了' },
  sentAt: ({ at }) => `送信日時：${at}`,
  password: ({ password }) => `パスワード（メールで届いていない場合にお知らせください）：${password}`,
  withdraw: '取り消す',
  forget: '一覧から外す',
  page: 'Nextcloud上のページ',
  pageHint:
    'もう1つの受付窓口です。ポータルを通さずにファイルを送付できます。閲覧はできません。パスワードは別にお知らせください。',
  pagePassword: 'Nextcloud上のページのパスワード',
};
