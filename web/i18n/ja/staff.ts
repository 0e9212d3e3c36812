import type { Messages } from '../messages.ts';
import type { StaffMessages } from '../staff-messages.ts';
import { numberIn, wordsOf } from '../words.ts';
import { handOn } from './hand-on.ts';
import { mailShares } from './mail-shares.ts';
import { changeRequest, deleteRequest, newRequest, requestDetail } from './staff-request.ts';

const n = numberIn('ja');

const { text } = wordsOf('ja');

export const staff: StaffMessages = {
  signOut: 'サインアウト',
  signedInAs: ({ name }) => `${name} としてサインイン中`,
  signIn: {
    title: 'サインイン',
    text: 'ファイルの提出を依頼する担当者用のページです。ファイルを送る方は、受け取ったリンクをお使いください。',
    login: 'ログイン名',
    password: 'パスワード',
    submit: 'サインイン',
  },
  requestState: { draft: '下書き', open: '受付中', closed: '終了', archived: 'アーカイブ済み' },
  shareState: {
    proven: 'アップロード専用',
    refused: 'アップロード専用ではありません',
    gone: '共有がありません',
  },
  provenAgo: ({ distance }) => `${distance}に確認`,
  notProvenYet: '未確認',
  notices: {
    title: '確認が必要なこと',
    level: { information: 'お知らせ', warning: '注意', problem: '問題' },
    timesSeen: ({ count }) => `${n(count)}回`,
    unknown: ({ code }) => `このバージョンでは説明できない通知です: ${code}`,
    open: '依頼を開く',
    openPlace: { deliveries: '引き渡しを開く', destinations: '引き渡し先を開く' },
    all: '通知',
    unsettled: '確認が必要なこと',
    settled: '対応済み',
    settle: '対応済みにする',
    settleShown: ({ count }) => `表示中の${n(count)}件を対応済みにする`,
    next: '続きを見る',
    settledAgo: ({ distance }) => `${distance}に対応済み`,
    nothing: '確認が必要なことはありません。',
    noneSettled: '対応済みの通知はまだありません。',
    more: ({ count }) => `すべての通知（${n(count)}件）`,
  },
  requests: {
    title: '依頼一覧',
    create: '新しい依頼',
    emptyTitle: 'まだ依頼がありません',
    emptyText:
      '依頼を作成すると、リンクが発行されます。リンクを受け取った人は、大きなファイルでも送付できます。リンクからファイルを閲覧することは誰にもできません。',
    link: 'リンク',
    deadline: '提出期限',
    noDeadline: '期限なし',
    submissions: ({ count }) => `送付 ${n(count)}件`,
    files: ({ count }) => `ファイル ${n(count)}個`,
    onTheirWay: ({ count }) => `送信中 ${n(count)}件`,
    toAct: '現在の状況',
    views: {
      overdue: '期限を過ぎて受付中',
      'due-soon': '7日以内に期限',
      arriving: '受信中',
      failed: '引き渡しに失敗',
      empty: '何も届かずに終了',
    },
    all: 'すべて',
    search: '件名、受取番号、送付者',
    find: '検索',
    none: '該当する依頼はありません。',
    older: '続きを見る',
  },
  newRequest,
  changeRequest,
  deleteRequest,
  request: requestDetail,
  handOn,
  mailShares,
  templates: {
    title: 'テンプレート',
    intro: '繰り返し使う依頼の内容です。新しい依頼のフォームに入力され、開始する前に変更できます。',
    empty: 'テンプレートはまだありません。新しい依頼のフォーム、または依頼のページから保存できます。',
    use: 'このテンプレートで依頼を作る',
    manage: '名前の変更と削除',
    name: '名前',
    rename: '名前を変更する',
    remove: 'テンプレートを削除する',
    from: 'テンプレートから作る',
    filledFromRequest: ({ title }) =>
      `「${title}」の内容を入力しました。記入用紙と、この画面にない設定も引き継がれます。パスワード、提出期限、フォルダーは引き継がれません。`,
    filledFrom: ({ name }) =>
      `テンプレート「${name}」の内容を入力しました。ここで変更しても、テンプレートは変わりません。`,
    save: 'テンプレートとして保存する',
    saveHint:
      '件名をテンプレートの名前として保存します。提出期限とパスワードは含みません。依頼は開始しません。',
    saveRequest: 'テンプレートとして保存する',
    saveRequestHint: '依頼の内容を保存します。提出期限、パスワード、ファイルは含みません。',
  },
};

export const problem: Messages['problem'] = {
  required: () => '入力してください。',
  'too-long': (params) =>
    `長すぎます。${text(params, 'limit') === undefined ? '' : `${text(params, 'limit')}文字まで入力できます。`}`,
  'too-short': (params) =>
    `短すぎます。${text(params, 'limit') === undefined ? '' : `${text(params, 'limit')}文字以上で入力してください。`}`,
  'not-a-number': () => '1以上の整数を入力してください。',
  'not-a-decimal': () => '10 や 1.5 のように、数値のみを入力してください。',
  'out-of-range': (params) =>
    text(params, 'limit') === undefined
      ? '値が大きすぎます。'
      : `${text(params, 'limit')}以下の値を入力してください。`,
  'not-a-date': () => '実在する日付と時刻を入力してください。',
  'in-the-past': () => 'この日時はすでに過ぎています。',
  'unknown-zone': () => 'このタイムゾーンは使用できません。Asia/Tokyo のように指定してください。',
  'choices-missing': () => '選択肢を1行に1つずつ、2つ以上入力してください。',
  'label-missing': () => '項目名を入力してください。',
  'unknown-destination': () => 'この引き渡し先はすでに存在しません。',
  'unknown-team': () => 'このチームに所属していないか、このチームはすでに存在しません。',
  'password-lost': () =>
    '入力されたパスワードの保持期限が切れました。もう一度入力してください。空欄のままにすると設定されません。',
  invalid: () => '使用できない値です。修正してください。',
};
