import type { NoticeMessages, WordParams } from '../messages.ts';
import { wordsOf } from '../words.ts';

const { text } = wordsOf('ja');

const request = (params: WordParams): string => {
  const title = text(params, 'title');
  return title === undefined ? '依頼' : `依頼「${title}」`;
};
/** What the proof that a folder is upload-only can stumble over. */
const problems: ReadonlyMap<string, string> = new Map([
  ['permissions', '権限が「作成のみ」ではありません'],
  ['no password', 'パスワードがありません'],
  ['mail-share', 'メールで送信した共有が「作成のみ」ではなくなっています'],
  ['other-link', '閲覧できる別のリンクがあります'],
  ['parent-link', '上位フォルダーに閲覧できるリンクがあります'],
  ['publicly-readable', '公開アドレスから閲覧できます'],
  ['password-refused', '公開アドレスがパスワードを受け付けないため、確認できません'],
  ['share-gone', '共有がありません'],
  ['delivery.refused-there', '受け取り側が拒否しました'],
  ['delivery.unacknowledged', '受領確認が届きません'],
  ['delivery.given-up', '担当者が中止しました'],
  ['internal', '想定外の問題です'],
  ['destination.auth', 'サインインが拒否されました'],
  ['destination.unavailable', '応答がありません'],
  ['destination.rejected', '受け付けられませんでした'],
  ['destination.conflict', '同じ名前の別のものがあります'],
  ['destination.address-refused', '内部ネットワークのアドレスです'],
  ['file.quarantined', 'すべてのファイルが隔離されています'],
  ['nextcloud.not-found', 'Nextcloudにファイルがありません'],
  ['nextcloud.exists', '同じ名前の別のものがあります'],
  ['nextcloud.forbidden', 'Nextcloudで許可されていません'],
  ['nextcloud.credentials-refused', 'Nextcloudへのサインインが拒否されました'],
  ['nextcloud.locked', 'ファイルが使用中です'],
  ['nextcloud.maintenance', 'Nextcloudはメンテナンス中です'],
  ['nextcloud.unreachable', 'Nextcloudから応答がありません'],
  ['upload.integrity', 'Nextcloudのファイルの内容が変わっています'],
  ['notification.no-administrator', 'このサーバーから操作できる管理者のアカウントが必要です'],
  ['notification.no-app', 'Nextcloudの「通知」アプリが無効です'],
  ['mail.refused', '恒久的に拒否されました'],
  ['mail.put-off', '繰り返し保留されました'],
  ['mail.unavailable', 'メールサーバーから応答がありません'],
  ['mail.sign-in', 'メールサーバーへのサインインが拒否されました'],
  ['mail.sender-refused', 'メールサーバーがMAIL_FROMからの送信を受け付けません'],
]);

/** In brackets; a code without words of its own is shown as it is. */
const because = (params: WordParams): string => {
  const code = text(params, 'problem') ?? text(params, 'code') ?? text(params, 'reason');
  if (code === undefined) return '';
  const words = problems.get(code) ?? code;
  return `（${words}）`;
};
const submission = (params: WordParams): string => {
  const number = text(params, 'receipt');
  return number === undefined ? '送付' : `送付 ${number}`;
};
const named = (params: WordParams, key: string, otherwise: string): string => {
  const name = text(params, key);
  return name === undefined ? otherwise : `「${name}」`;
};

export const notice: NoticeMessages = {
  'share.gone': (params) =>
    `${request(params)}のNextcloud共有がなくなりました（削除または期限切れ）。受け取りを停止しました。到着済みのものは安全です。この依頼を終了し、新しく作成してください。`,
  'share.not-upload-only': (params) =>
    `${request(params)}のフォルダーが、アップロード専用ではなくなりました${because(params)}。受け取りを停止しました。到着済みのものは失われていませんが、外部から閲覧できる可能性があります。Nextcloudでフォルダーの共有リンクをご確認ください。`,
  'share.refused-at-opening': (params) =>
    `${request(params)}は、Nextcloudのフォルダーが外部から閲覧できる状態になるため開始しませんでした${because(params)}。共有は削除しました。フォルダーと上位フォルダーのほかの共有リンクをご確認ください。`,
  'nextcloud.credentials-refused': (params) =>
    `Nextcloudが${named(params, 'account', 'このシステムのアカウント')}のアプリパスワードを受け付けなくなりました。受け取りは待機中で、失われたものはありません。新しいアプリパスワードを作成し、設定に登録してください。`,
  'nextcloud.connection-refused': (params) =>
    `${named(params, 'account', '担当者')}のNextcloudアカウントの接続が、Nextcloudに拒否されました。そのフォルダーでの受け取りは待機中で、失われたものはありません。本人が「アカウント」の画面で接続し直してください。`,
  'nextcloud.out-of-space': (params) =>
    `Nextcloudの${named(params, 'account', 'このシステムのアカウント')}の空き容量が足りず、${request(params)}へのファイルを受け付けられません。到着済みのものは安全です。アカウントの容量を増やすか、空きを作ってください。`,
  'nextcloud.password-traded': (params) =>
    `${named(params, 'account', 'このシステムのアカウント')}にログインパスワードが設定されていました。一度だけアプリパスワードと交換し、今後はそれを使用します。設定からログインパスワードを削除してください。`,
  'upload.failed': (params) =>
    `${request(params)}に送られた${named(params, 'file', 'ファイル')}を保管できませんでした${because(params)}。受取証は発行していません。もう一度送っていただく必要があります。`,
  'upload.lost': (params) =>
    `${request(params)}に送られた${named(params, 'file', 'ファイル')}の一部がNextcloudからなくなりました。このファイルは完成できません。送付者に再送を依頼してください。`,
  'upload.waiting': (params) =>
    `${request(params)}に送られた${named(params, 'file', 'ファイル')}はすべて届いていますが、Nextcloudに保管できない状態が続いています${because(params)}。失われたものはなく、自動的に再試行しています。Nextcloudは24時間で未完成の部分を削除するため、早めに原因を取り除いてください。`,
  'destination.failing': (params) =>
    `${named(params, 'destination', '引き渡し先')}が引き渡しを受け付けません${because(params)}。失われたものはありません。引き渡しは待機し、時間をおいて再試行します。`,
  'destination.gone': (params) =>
    `${named(params, 'destination', '引き渡し先')}が今後の受け取りを断ったため、一時停止しました。引き渡しは待機しています。設定を変更するか再開するか、依頼から外してください。`,
  'file.quarantined': (params) =>
    `${request(params)}の${submission(params)}にある${named(params, 'file', 'ファイル')}から、ウイルススキャナーが${text(params, 'found') ?? '何か'}を検出しました。引き渡していません。Nextcloudで注意して確認し、誤検出の場合は解除してください。`,
  'file.unscanned': (params) =>
    `${request(params)}の${submission(params)}に、全体を検査できていないファイルがあり、保留しています。保留を解除するか、検査できるスキャナーを設定してください。`,
  'scan.unavailable': () =>
    'ウイルススキャナーから応答がありません。引き渡しは待機し、失われたものはありません。clamdが動いているか、アドレスが正しいかを確認してください。',
  'delivery.dead': (params) =>
    `${submission(params)}を${named(params, 'destination', '引き渡し先')}へ引き渡せず、再試行を終了しました${because(params)}。ファイルはNextcloudに安全に保管されています。原因を直してから、もう一度引き渡してください。`,
  'delivery.not-removed': (params) =>
    `${submission(params)}は${named(params, 'destination', '引き渡し先')}での保存期間が終わりましたが、削除できていません${because(params)}。1時間ごとに再試行します。削除の権限があるか確認してください。`,
  'delivery.delivered': (params) =>
    `${submission(params)}を${named(params, 'destination', '引き渡し先')}へ引き渡しました。`,
  'mail.failing': (params) =>
    `メールを送信できません${because(params)}。失われたものはありません。受取証は通常どおり画面に表示され、メールは3日間、自動的に再試行します。SMTP_URLとMAIL_FROMを「uketori doctor」で確認してください。`,
  'mail.given-up': (params) =>
    text(params, 'address') === undefined
      ? `${submission(params)}の受領メールを送信できず、再試行を終了しました${because(params)}。送付者は画面で受取証を確認しています。メールアドレスに誤りがあるかもしれません。`
      : `${named(params, 'address', '担当者')}へのお知らせメールを送信できず、再試行を終了しました${because(params)}。お知らせは管理画面で確認できます。`,
  'notification.failing': (params) =>
    `お知らせをNextcloudの通知として送れません${because(params)}。お知らせは管理画面で確認でき、1日の間、自動的に再試行します。原因は「uketori doctor」で確認してください。`,
  'notification.unknown-user': (params) =>
    `Nextcloudに${named(params, 'account', '登録された名前')}というアカウントがないため、お知らせを届けられない担当者がいます。担当者のページでNextcloudのユーザー名を修正してください。`,
  'submission.found': (params) =>
    `${request(params)}のファイルが、このシステムを通さずNextcloudに${text(params, 'folder') ? `（フォルダー${named(params, 'folder', '')}に）` : ''}届いていました。${submission(params)}として取り込みました。`,
  'submission.not-tidied': (params) =>
    `${request(params)}への${submission(params)}は引き渡し済みですが、Nextcloudのファイルを${params.action === 'delete' ? '削除' : '「Imported」へ移動'}できていません${because(params)}。1時間ごとに再試行します。依頼のフォルダーに妨げとなるもの${params.action === 'delete' ? '' : '（「Imported」という名前のファイルなど）'}がないか確認してください。`,
  'submission.sealed': (params) => `${request(params)}への${submission(params)}が完了しました。`,
  'submission.taken-back': (params) =>
    `${request(params)}への${submission(params)}で、送付者がファイル${text(params, 'files') ?? ''}${text(params, 'files') === undefined ? '' : '件'}を取り下げました。引き渡しは行わず、Nextcloudで内容が変更されていなければ削除します。`,
  'submission.unfinished': (params) =>
    `${request(params)}への${submission(params)}は、送付者による完了の操作がないまま終了しました（1日受信がなかったか、依頼が終了したため）。ファイルが不足している可能性があります。`,
};
