import type { KindWords } from '../destination.ts';
import { templateWords } from '../template.ts';
import type { BoxConfig, BoxSecrets } from './config.ts';

export const words: KindWords<BoxConfig, BoxSecrets> = {
  title: { en: 'Box', ja: 'Box' },
  about: {
    en: 'Files go into a folder of Box, each submission into one of its own. A repeat changes nothing of what is there whole, and sends what is missing.',
    ja: 'ファイルをBoxのフォルダーに置きます。もう一度引き渡しても、すでにあるものは変わらず、足りないものだけを送ります。',
  },
  settings: {
    folderId: {
      label: { en: 'Folder ID', ja: 'フォルダーID' },
      hint: {
        en: "From the folder's address in Box, such as 321098765432. Invite the account to the folder as “Viewer Uploader” or more.",
        ja: 'BoxのフォルダーのURLに含まれるIDです（例: 321098765432）。アカウントを「ビューアー/アップローダー」以上の権限でフォルダーに招待してください。',
      },
    },
    template: templateWords,
    auth: {
      label: { en: 'Sign-in', ja: '認証方式' },
      hint: {
        en: '"ccg" for client credentials of the service account (subject "user" for those of one user); "jwt" for a key pair, with publicKeyId as well; "developer-token" for trying it out.',
        ja: 'クライアント資格情報を使う場合は"ccg"とし、サービスアカウントとしてサインインします（特定のユーザーの場合はsubjectを"user"とします）。キーペアを使う場合は"jwt"とし、publicKeyIdも指定します。"developer-token"は動作確認用です。',
      },
      examples: [
        '{"kind":"ccg","subject":{"kind":"enterprise","id":"801234"}}',
        '{"kind":"jwt","publicKeyId":"abcd1234","subject":{"kind":"enterprise","id":"801234"}}',
        '{"kind":"developer-token"}',
      ],
    },
    sharedLink: {
      label: { en: 'Shared link', ja: '共有リンク' },
      hint: {
        en: 'Of the folder or each file; open (to anyone who has the address), company or collaborators. Leave empty for none.',
        ja: 'ofはfolderかfile、accessはopen（URLを知っている全員）、company、collaboratorsのいずれかです。作成しない場合は空欄にします。',
      },
      examples: ['{"of":"folder","access":"company","days":30,"canDownload":true}'],
    },
    urls: {
      label: { en: 'Addresses of Box', ja: 'Boxの接続先' },
      hint: {
        en: 'api, upload, account and app, each with https: for other zones of Box and for tests.',
        ja: 'Boxの別のゾーンを使う場合やテストの場合に、api、upload、account、appをhttpsのアドレスで指定します。',
      },
      examples: ['{"api":"https://api.box.com/2.0","upload":"https://upload.box.com/api/2.0"}'],
    },
    developerToken: {
      label: { en: 'Developer token', ja: 'デベロッパートークン' },
      hint: {
        en: 'For "developer-token"; ends after an hour.',
        ja: '"developer-token"の場合に入力します。1時間で失効します。',
      },
    },
    clientId: {
      label: { en: 'Client ID', ja: 'クライアントID' },
      hint: {
        en: 'For "ccg" and "jwt", unless it stands in auth.',
        ja: '"ccg"または"jwt"で、authにclientIdがない場合に入力します。',
      },
    },
    clientSecret: {
      label: { en: 'Client secret', ja: 'クライアントシークレット' },
      hint: { en: 'For "ccg" and "jwt".', ja: '"ccg"または"jwt"の場合に入力します。' },
    },
    privateKey: {
      label: { en: 'Private key', ja: '秘密鍵' },
      hint: { en: 'For "jwt": RSA, in PEM.', ja: '"jwt"の場合に、RSAの秘密鍵をPEM形式で入力します。' },
    },
    passphrase: {
      label: { en: 'Passphrase of the private key', ja: '秘密鍵のパスフレーズ' },
      hint: {
        en: 'For "jwt", if the key has one.',
        ja: '"jwt"で、秘密鍵にパスフレーズがある場合に入力します。',
      },
    },
    linkPassword: {
      label: { en: 'Password of the shared link', ja: '共有リンクのパスワード' },
      hint: {
        en: 'Only for a link that is open: 8 characters or more, not all of them small letters. The account is to be “Editor” or more then.',
        ja: '共有リンクがopenの場合のみ設定できます。8文字以上で、数字、大文字、記号のいずれかを含めてください。アカウントには「編集者」以上の権限が必要です。',
      },
    },
  },
};
