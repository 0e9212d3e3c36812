import type { ConsoleMessages } from '../console-messages.ts';
import { numberIn } from '../words.ts';

const n = numberIn('ja');

export const consoleWords: ConsoleMessages = {
  list: {
    copyLink: 'リンクをコピー',
    due: ({ distance }) => `期限まで${distance.replace(/後$/, '')}`,
    past: ({ distance }) => `${distance}に期限切れ`,
    dead: ({ count }) => `引き渡しに失敗 ${n(count)}件`,
    noTeam:
      'まだどのチームにも所属していないため、依頼を作成できません。管理者にチームへの追加をご依頼ください。',
    nothingYet: 'まだ届いていません',
    lastAt: ({ distance }) => `最終 ${distance}`,
    showAll: 'すべての依頼を見る',
    newer: '最初のページに戻る',
  },
  arriving: {
    title: '受信中',
    files: ({ count, done }) => `${n(count)}ファイル中${n(done)}ファイル`,
    bytes: ({ sent, size }) => `${size}中${sent}`,
    checking: '保管中',
    more: ({ count }) => `ほか${n(count)}件`,
  },
  live: {
    files: { other: '新しいファイルが{count}個届きました。' },
  },
  request: {
    handOn: 'リンクを知らせる',
    how: '確認の方法',
    asked: '依頼の内容',
    noScanner: 'ウイルススキャナーが設定されていないため、ファイルは検査されません。',
    total: ({ submissions, files, size }) => `送付 ${n(submissions)}件 · ファイル ${n(files)}個 · ${size}`,
    find: '検索',
    search: '受取番号、送付者、ファイル名',
    none: '該当する送付はありません。',
    older: '以前の送付を見る',
    csv: 'ファイルの一覧を出力（CSV）',
    fileList: ({ count }) => `ファイル ${n(count)}個`,
    look: '今すぐファイルを確認する',
    lookText:
      '送付者用リンク以外で届いたファイル（Nextcloud上のページに届いたものや、フォルダーに直接置かれたもの）は、数分以内に自動で取り込まれます。',
    looking: 'Nextcloudに確認しています。30秒間変化のないファイルは、まもなく「送付」に表示されます。',
    moreFiles: ({ count }) => `ほか${n(count)}個（一覧の出力で確認できます）`,
  },
  form: {
    none: 'なし',
    grace: '期限後の猶予',
    access: 'パスワードと言語',
    password: 'パスワードあり',
    noPassword: 'パスワードなし',
    limits: '上限とファイルの種類',
    noLimits: '制限なし',
    count: ({ count }) => `${n(count)}件`,
    optional: '必要に応じて設定',
  },
};
