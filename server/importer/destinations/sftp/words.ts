import type { KindWords } from '../destination.ts';
import { templateWords } from '../template.ts';
import type { SftpConfig, SftpSecrets } from './config.ts';

export const words: KindWords<SftpConfig, SftpSecrets> = {
  title: { en: 'SFTP', ja: 'SFTP' },
  about: {
    en: 'Files go into a folder of an SFTP server and are read back before they count as delivered. A repeat changes nothing of what is there whole, and writes what is missing.',
    ja: 'SFTPサーバーのフォルダーにファイルを置き、読み戻して照合してから完了とします。もう一度引き渡しても、すでにあるものは変わらず、足りないものだけを書き込みます。',
  },
  settings: {
    host: {
      label: { en: 'Host', ja: 'ホスト' },
      hint: {
        en: 'A name or an address without a port, such as sftp.example.org.',
        ja: 'ホスト名またはアドレスです。ポートは含めません（例: sftp.example.org）。',
      },
    },
    port: { label: { en: 'Port', ja: 'ポート番号' } },
    user: { label: { en: 'User', ja: 'ユーザー名' } },
    directory: {
      label: { en: 'Folder', ja: 'フォルダー' },
      hint: {
        en: "Such as incoming: one that doesn't begin with / is looked for where the user arrives. It is never made by itself.",
        ja: '例: incoming。「/」で始まらない場合は、サインイン直後のフォルダーから探します。自動では作成しません。',
      },
    },
    template: templateWords,
    hostKey: {
      label: { en: "Fingerprint of the host's key", ja: 'ホスト鍵のフィンガープリント' },
      hint: {
        en: 'As ssh-keygen -l prints it, beginning with SHA256:; several with spaces between. Without one nothing is delivered, and the check tells which it saw.',
        ja: 'ssh-keygen -lで表示される、SHA256:で始まる値です。複数の場合は空白で区切ります。空欄の間は引き渡しを行わず、確認の結果にサーバーのフィンガープリントを表示します。',
      },
    },
    timeoutSeconds: {
      label: { en: 'Timeout, in seconds', ja: 'タイムアウト（秒）' },
      hint: {
        en: 'How long a connection may be without a byte either way.',
        ja: '送受信のない状態がこの時間続くと、接続を打ち切ります。',
      },
    },
    password: {
      label: { en: 'Password', ja: 'パスワード' },
      hint: {
        en: 'This, a private key or both.',
        ja: 'パスワードと秘密鍵の、どちらか一方または両方を入力します。',
      },
    },
    privateKey: {
      label: { en: 'Private key', ja: '秘密鍵' },
      hint: {
        en: "In OpenSSH's form or PEM (BEGIN RSA PRIVATE KEY, BEGIN EC PRIVATE KEY); PKCS#8 (BEGIN PRIVATE KEY) is not read.",
        ja: 'OpenSSH形式またはPEM形式（BEGIN RSA PRIVATE KEY、BEGIN EC PRIVATE KEY）です。PKCS#8（BEGIN PRIVATE KEY）には対応していません。',
      },
    },
    passphrase: {
      label: { en: 'Passphrase of the private key', ja: '秘密鍵のパスフレーズ' },
      hint: { en: 'If the key has one.', ja: '秘密鍵にパスフレーズがある場合に入力します。' },
    },
  },
};
