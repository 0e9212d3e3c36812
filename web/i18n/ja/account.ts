import type { AccountMessages } from '../account-messages.ts';

export const account: AccountMessages = {
  title: 'アカウント',
  details: 'あなたの情報',
  login: 'ログイン名',
  name: '名前',
  email: 'メールアドレス',
  emailHint: 'メールが設定されている場合、通知の送り先になります。',
  language: '言語',
  languageHint: 'この画面の言語です。次のサインインから、どの端末でもこの言語になります。',
  save: '保存する',
  saved: '保存しました。',
  password: {
    title: 'パスワード',
    text: 'パスワードを変更すると、ほかのサインインはすべて終了します。',
    none: '別のシステムでサインインしているため、ここにパスワードはありません。',
    current: '現在のパスワード',
    new: '新しいパスワード',
    newHint: ({ count }) =>
      `${count}文字以上で入力してください。自分にしか思いつかない単語の組み合わせがお勧めです。`,
    again: '新しいパスワード（もう一度）',
    change: 'パスワードを変更する',
    changed: 'パスワードを変更しました。ほかのサインインはすべて終了しました。',
  },
  sessions: {
    title: 'サインイン中の端末',
    text: '心当たりのないものは終了し、パスワードを変更してください。',
    device: ({ browser, system }) => `${browser}（${system}）`,
    unknownBrowser: '不明なブラウザー',
    signedIn: ({ at }) => `${at}にサインイン`,
    from: ({ address }) => `接続元：${address}`,
    isThis: 'この端末',
    end: '終了する',
    endOthers: 'ほかをすべて終了する',
    ended: '終了しました。そのサインインではもう何も開けません。',
  },
};
