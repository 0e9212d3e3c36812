import type { AccountMessages } from '../account-messages.ts';
import { numberIn } from '../words.ts';

const n = numberIn('ja');

export const account: AccountMessages = {
  title: 'アカウント',
  details: 'あなたの情報',
  login: 'ログイン名',
  name: '名前',
  email: {
    title: 'メールアドレス',
    label: 'あなたのメールアドレス',
    hint: 'メールが設定されている場合、通知と、パスワード再設定用のリンクの送り先になります。',
    save: 'メールアドレスを保存する',
    saved: 'メールアドレスを保存しました。以前のアドレスに送られたリンクは使えなくなりました。',
  },
  mailing: 'メールでの通知',
  mailingHint: '所属チームの依頼に届いた送付と、問題が起きたことをお知らせします。',
  mailings: { each: 'そのつど（数分ごとにまとめて）', daily: '1日1回', none: '受け取らない' },
  notified: {
    label: 'Nextcloudでも通知を受け取る',
    hint: ({ user }) =>
      `同じ内容が、そのつどNextcloudの「${user}」の通知に届きます。Nextcloudのアプリを入れたスマートフォンでも確認できます。`,
    obstacles: {
      'no-account': () => 'まだ利用できません。あなたのNextcloudアカウントがUketoriに登録されていません。',
      'no-administrator': () =>
        '利用できません。Nextcloudへ通知を送れるのは管理者のアカウントだけですが、Uketoriには設定されていません。システムの運用担当者が設定できます（NEXTCLOUD_NOTIFIER_USER）。',
      'no-app': () =>
        '利用できません。Nextcloudの「通知」アプリが無効になっています。Nextcloudの管理者が有効にできます。',
      refused: () =>
        '現在利用できません。通知に使うアプリパスワードがNextcloudに拒否されています。システムの運用担当者による再設定が必要です。',
      unknown: () =>
        '現在Nextcloudから応答がないため、利用できるか確認できません。届かなかった通知は、1日の間、自動的に再送します。',
      'unknown-user': ({ user }) =>
        `Nextcloudに「${user}」というアカウントがないため、前回の通知は届きませんでした。Uketoriの管理者に、Nextcloudのユーザー名の修正を依頼してください。`,
    },
    connect: 'アカウントを接続する',
    ask: 'Uketoriの管理者に、Nextcloudのユーザー名の登録を依頼してください。',
  },
  language: '言語',
  languageHint: 'この画面の言語です。次のサインインから、どの端末でもこの言語になります。',
  save: '保存する',
  saved: '保存しました。',
  confirm: {
    title: 'ご本人の確認',
    text: 'サインインから時間がたっています。だれがアカウントを使えるかに関わる操作のため、もう一度ご本人であることを確認させてください。入力した内容はそのまま残っています。',
    about: 'これから行う操作：',
    deed: {
      address: 'メールアドレスの変更',
      token: 'APIトークンの作成',
      'second-factor': '2段階認証の有効化',
      nextcloud: 'Nextcloudアカウントの接続',
      people: 'メンバーの追加・変更',
    },
    password: 'あなたのパスワード',
    submit: '確認して続ける',
    signIn: 'いつもの方法で、もう一度サインインしてください。その後、この画面に戻ります。',
    orSignIn: 'または、もう一度サインインしてください。その後、この画面に戻ります。',
    noWay: 'サインインに使える方法が残っていないため、確認できません。管理者にご連絡ください。',
    confirmedTitle: '確認できました',
    confirmedText: 'ありがとうございます。入力した内容はそのまま残っています。',
    goOn: '続ける',
    cancel: 'キャンセル',
  },
  password: {
    title: 'パスワード',
    text: 'パスワードを変更すると、ほかのサインインはすべて終了します。',
    none: '別のシステムでサインインしているため、ここにパスワードはありません。',
    current: '現在のパスワード',
    new: '新しいパスワード',
    newHint: ({ count }) =>
      `${n(count)}文字以上で入力してください。自分にしか思いつかない単語の組み合わせがお勧めです。`,
    again: '新しいパスワード（もう一度）',
    revokeTokens:
      'APIトークンもすべて取り消す（パスワードがほかの人に知られた可能性がある場合は、選択してください）',
    change: 'パスワードを変更する',
    changed:
      'パスワードを変更しました。ほかのサインインはすべて終了しました。引き続き有効なAPIトークンは、下の一覧でご確認いただけます。',
  },
  secondFactor: {
    title: '2段階認証',
    off: '認証アプリを登録すると、サインインのときに、パスワードに加えてアプリに表示されるコードも必要になります。',
    begin: '設定を始める',
    waiting:
      'QRコードを認証アプリで読み取るか、キーを入力して登録し、アプリに表示されたコードを入力してください。',
    openApp: 'この端末のアプリを開く',
    secret: 'キー',
    codePicture: 'キーのQRコード',
    code: 'コード',
    confirm: '有効にする',
    on: ({ count }) => `有効です。残りの回復用コードは${n(count)}個です。`,
    turnOff: '無効にする',
    turnedOff: '2段階認証を無効にしました。サインインに必要なのはパスワードだけです。',
    recoveryTitle: '有効にしました。回復用コードを保管してください',
    recoveryText:
      'アプリが手元にないとき、コードの代わりにそれぞれ1回だけ使えます。表示されるのは今だけです。印刷するか、パスワードと同じ場所に保管してください。',
    signInTitle: 'コードの入力',
    signInText: 'パスワードを確認しました。認証アプリを開いてください。',
    codeOrRecovery: 'アプリに表示された6桁の数字、または回復用コードを入力してください。',
    startAgain: '最初からやり直す',
  },
  nextcloud: {
    title: 'あなたのNextcloudアカウント',
    text: '接続すると、依頼のフォルダーを自分のNextcloudに作れます。Nextcloudでのサインインもできるようになります。Uketoriが受け取るのはアプリパスワードで、ここでもNextcloudでも、いつでも取り消せます。',
    connect: '接続する',
    connectedAs: ({ user }) =>
      `${user}として接続しています。新しい依頼のフォルダーを自分のところに作れます。`,
    reconnect: '接続し直す',
    reconnectText: 'Nextcloudでアプリパスワードを取り消した場合は、接続し直すと元に戻ります。',
    inUse: ({ count }) =>
      `今は接続を解除できません。保管済みになっていないか、ファイルの削除が残っている依頼が${n(count)}件あります。`,
    disconnect: '接続を解除する',
    disconnectText:
      '解除すると、アプリパスワードは使えなくなります。フォルダーとファイルはNextcloudに残り、Uketoriは今後何も操作しません。Nextcloudでのサインインは引き続きできます。',
    isConnected: 'Nextcloudアカウントを接続しました。',
    isDisconnected: 'Nextcloudアカウントの接続を解除しました。ファイルは元の場所に残っています。',
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
  tokens: {
    title: 'APIトークン',
    text: 'トークンを使うと、ほかのプログラムが、あなたに許可された操作をスコープの範囲で行えます。',
    docs: 'プログラムからできること（API）',
    scopes: 'スコープ',
    name: '名前',
    nameHint: '何に使っているかを後で確認するためのものです。',
    life: '有効期間',
    days: ({ count }) => `${n(count)}日間`,
    forEver: '取り消すまで',
    create: 'トークンを作成する',
    until: ({ at }) => `有効期限：${at}`,
    untilRevoked: '取り消すまで有効',
    over: ({ at }) => `期限切れ：${at}`,
    used: ({ at }) => `最終使用：${at}`,
    neverUsed: '未使用',
    revoke: '取り消す',
    revoked: 'トークンを取り消しました。もう何も開けません。',
    newTitle: '新しいトークン',
    newText: '表示されるのは今だけです。プログラムの秘密情報の保管場所に保存してください。',
    token: 'トークン',
  },
};
