import type { MailMessages } from '../mail-messages.ts';
import { numberIn } from '../words.ts';

const n = numberIn('ja');

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
    subject: ({ count }) => `お知らせ ${n(count)}件`,
    intro: '新しいお知らせです。',
    more: ({ count }) => `ほかに${n(count)}件あります。`,
    open: 'すべてのお知らせ',
    whom: '所属チームに関する通知です。お送りする頻度は、アカウントのページで変更できます。ファイル名と送付者名は管理画面でのみ確認できます。',
  },
  password: {
    invitation: {
      subject: 'アカウントが作成されました',
      intro:
        'あなたのアカウントが作成されました。パスワードを設定してからサインインしてください。リンクは1回だけ、3日間有効です。',
      link: 'パスワードを設定する',
      stranger: 'お心当たりがない場合、お手続きの必要はありません。',
    },
    reset: {
      subject: 'パスワードの再設定',
      intro:
        'あなたのアカウントについて、パスワード再設定用のリンクの送信依頼がありました。リンクは1回だけ、1時間有効です。',
      link: '新しいパスワードを設定する',
      stranger: 'お心当たりがない場合、お手続きの必要はありません。パスワードは変更されません。',
    },
  },
  automatic: 'このメールは自動的に送信されています。ご返信いただいてもお答えできません。',
};
