import type { Failure } from '../../../lib/failure.ts';
import type { Words } from '../../../lib/words.ts';

export const noFolder = (id: string): Words => ({
  en: `There is no folder ${id}, or this account may not see it. Take the id from the folder's address in Box, and invite the account to the folder as “Viewer Uploader” or more.`,
  ja: `フォルダー ${id} がないか、このアカウントに公開されていません。Box のフォルダーの URL で ID を確認し、アカウントを「ビューアー/アップローダー」以上の権限で招待してください。`,
});

export const mayNot = (name: string): Words => ({
  en: `This account may not upload to the folder “${name}” and read there. Invite it as “Viewer Uploader” or more.`,
  ja: `フォルダー「${name}」へのアップロードまたはダウンロードの権限がありません。アカウントを「ビューアー/アップローダー」以上の権限で招待してください。`,
});

export const mayNotShare = (name: string, access: string): Words => ({
  en: `Shared links with the access “${access}” can't be made in the folder “${name}”. Give the account the right to share, or choose another access, or have an administrator of Box allow it.`,
  ja: `フォルダー「${name}」では、アクセス設定「${access}」の共有リンクを作成できません。アカウントに共有の権限を与えるか、別のアクセス設定を選ぶか、Box の管理者に許可を依頼してください。`,
});

export const noPassword = (name: string): Words => ({
  en: `This account may share in the folder “${name}”, but perhaps not set passwords. Invite it as “Editor” or more.`,
  ja: `フォルダー「${name}」で共有はできますが、共有リンクにパスワードを設定できない可能性があります。アカウントを「編集者」以上の権限で招待してください。`,
});

/** What a failure of the check means to staff. */
export const wordsOf = ({ code, details }: Failure): Words => {
  const said = details['code'] ?? details['status'] ?? details['reason'];
  const shown = typeof said === 'string' || typeof said === 'number' ? ` (${said})` : '';
  if (code === 'destination.auth')
    return details['what'] === 'sign in' || details['status'] === 401 ? notSignedIn(shown) : denied(shown);
  if (code === 'destination.address-refused') return refusedAddress;
  if (details['code'] === 'storage_limit_exceeded') return noSpace;
  return code === 'destination.unavailable' ? unavailable(shown) : notAccepted(shown);
};

const notSignedIn = (shown: string): Words => ({
  en: `Box refuses to let us sign in${shown}. See whether the client id, the secret or key and the enterprise or user are right, whether an administrator of Box has authorized the application, whether the token has ended, and, with a key, whether the clock of this machine is right.`,
  ja: `Box にサインインできません${shown}。クライアント ID、シークレットまたは鍵、企業 ID またはユーザー ID が正しいか、Box の管理者がアプリを承認しているか、トークンが失効していないかを確認してください。鍵を使う場合は、このサーバーの時刻も確認してください。`,
});

const denied = (shown: string): Words => ({
  en: `Box denies access${shown}. See whether the application has the scope to write files and folders, and whether the account may upload to the folder.`,
  ja: `Box にアクセスを拒否されました${shown}。アプリに、すべてのファイルとフォルダーへの書き込みのスコープがあるか、アカウントにフォルダーへのアップロード権限があるかを確認してください。`,
});

const refusedAddress: Words = {
  en: 'The address lies inside this network, and may not be called. Correct it, or have the operator allow it.',
  ja: '接続先が内部ネットワークのアドレスのため、接続できません。接続先を訂正するか、運用担当者に許可を依頼してください。',
};

const noSpace: Words = {
  en: "There is no space left for the folder's owner. Make room in Box, or raise the limit.",
  ja: 'フォルダー所有者の空き容量がありません。Box で空きを作るか、容量の上限を上げてください。',
};

const unavailable = (shown: string): Words => ({
  en: `Box can't be reached, or does not answer as it should${shown}. Try again later; if it stays so, look at the addresses that are set and at Box's own status page.`,
  ja: `Box に接続できないか、正常な応答がありません${shown}。しばらくしてから再度お試しください。解消しない場合は、接続先の設定と Box の稼働状況を確認してください。`,
});

const notAccepted = (shown: string): Words => ({
  en: `Box would not accept a file in this folder${shown}. See whether the folder's rules, or a policy of Box, forbid it.`,
  ja: `このフォルダーにはファイルを追加できません${shown}。フォルダーの設定や Box のポリシーで制限されていないか確認してください。`,
});
