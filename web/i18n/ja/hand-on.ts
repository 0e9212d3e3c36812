import type { HandOnMessages } from '../staff-messages.ts';

export const handOn: HandOnMessages = {
  code: 'QRコード',
  codeLabel: 'リンクのQRコード',
  codeFile: 'SVGファイルをダウンロード',
  mailIn: { en: 'メールの文面（英語）', ja: 'メールの文面（日本語）' },
  linkPart: 'リンクを知らせるメール',
  passwordPart: 'パスワードを知らせるメール（別に送信してください）',
  passwordHint: 'パスワードは読み出せない形で保存されています。ご自身で入力してください。',
  openMail: 'メールソフトで開く',
  mail: {
    subject: ({ title }) => `ファイルご提出のお願い：${title}`,
    text: ({ title, link, from, deadline, passwordSet }) =>
      [
        ...(from === undefined ? [] : [`${from}です。`]),
        `「${title}」について、ファイルのご提出をお願いいたします。`,
        '',
        '次のページから送付できます。アカウントは不要で、大きなファイルも送付できます。',
        link,
        '',
        ...(deadline === undefined ? [] : [`提出期限：${deadline}`]),
        ...(passwordSet ? ['ページを開くにはパスワードが必要です。別のメールでお知らせいたします。'] : []),
        'すべてのファイルが届くと、ページに受取証が表示されます。',
      ].join('\n'),
    passwordSubject: ({ title }) => `パスワードのお知らせ：${title}`,
    passwordText: ({ title }) =>
      [
        `「${title}」のファイル送付に必要なパスワードをお知らせいたします。`,
        '',
        'パスワード：',
        '',
        '送付用のリンクは、別のメールでお送りしています。',
      ].join('\n'),
  },
};
