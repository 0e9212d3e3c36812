import { randomUUID } from 'node:crypto';
import { isFailure } from '../../../lib/failure.ts';
import type { Words } from '../../../lib/words.ts';
import type { CheckFinding, CheckResult } from '../destination.ts';
import { type KintoneApi, says } from './api.ts';
import type { KintoneConfig } from './config.ts';
import { type Form, problemsIn } from './form.ts';

/**
 * Reads the form and a record, and then tries writes that kintone must refuse, to hear whether it refuses them for want
 * of rights: its API tells nobody with a token what the token may do.
 */
export const checkKintone = async (
  config: KintoneConfig,
  api: KintoneApi,
  signal?: AbortSignal,
): Promise<CheckResult> => {
  const findings: CheckFinding[] = [];
  const form = await api.form(signal).catch((error: unknown) => {
    signal?.throwIfAborted();
    findings.push({ level: 'problem', text: wordsFor(error, config) });
  });
  if (form !== undefined) {
    findings.push({
      level: 'good',
      text: {
        en: `The app ${config.app} can be read at ${api.linkTo()}.`,
        ja: `アプリ ${config.app} に接続できました（${api.linkTo()}）。`,
      },
    });
    findings.push(...formFindings(form, config));
    // Never where a field is not as it should be: kintone leaves out what it doesn't know, and would make a record.
    if (problemsIn(form, config).length === 0) findings.push(...(await rightsFindings(config, api, signal)));
  }
  return { fit: findings.every(({ level }) => level !== 'problem'), findings };
};

const formFindings = (form: Form, config: KintoneConfig): CheckFinding[] => {
  const problems = problemsIn(form, config);
  const findings: CheckFinding[] = problems.map((text) => ({ level: 'problem', text }));
  if (problems.length === 0)
    findings.push({
      level: 'good',
      text: {
        en: 'All fields that are named are in the form and fit.',
        ja: '設定されたフィールドはすべてフォームにあり、種類も適切です。',
      },
    });
  const { record } = config;
  if (
    record.mode === 'find' &&
    form[record.field]?.type !== 'RECORD_NUMBER' &&
    form[record.field]?.unique === false
  )
    findings.push({
      level: 'warning',
      text: {
        en: `The field "${record.field}" takes the same value twice. A delivery whose value two records have is not attached to either: prohibit duplicate values if you can.`,
        ja: `フィールド「${record.field}」は値の重複を許可しています。同じ値のレコードが複数あると、どちらにも添付されません。可能であれば「値の重複を禁止する」を有効にしてください。`,
      },
    });
  return findings;
};

interface Right {
  name: Words;
  /** Of its absence. */
  level: CheckFinding['level'];
  /** Whether kintone must refuse the attempt. */
  impossible: boolean;
  attempt(): Promise<unknown>;
}

const rightsFindings = async (
  config: KintoneConfig,
  api: KintoneApi,
  signal: AbortSignal | undefined,
): Promise<CheckFinding[]> => {
  const { attachmentField, keyField, record } = config;
  const isNew = record.mode === 'new';
  // For two reasons: no file has this key, and a text that prohibits duplicate values takes 64 characters.
  const refused = {
    [attachmentField]: { value: [{ fileKey: randomUUID() }] },
    [keyField]: { value: `uketori-check-${'x'.repeat(400)}` },
  };
  const noRecord = 999_999_999_999;
  const rights: Right[] = [
    {
      name: { en: 'view records', ja: 'レコード閲覧' },
      level: 'problem',
      impossible: false,
      attempt: () => api.search('limit 1', ['$id', attachmentField, keyField], signal),
    },
    {
      name: { en: 'edit records', ja: 'レコード編集' },
      // New records are edited only to put back an attachment that somebody has removed.
      level: isNew ? 'warning' : 'problem',
      impossible: true,
      attempt: () => api.update(noRecord, 1, refused, signal),
    },
  ];
  if (isNew)
    rights.push({
      name: { en: 'add records', ja: 'レコード追加' },
      level: 'problem',
      impossible: true,
      attempt: () => api.add(refused, signal),
    });
  const findings: CheckFinding[] = [];
  for (const right of rights) {
    const error = await right.attempt().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    signal?.throwIfAborted();
    const finding = rightFinding(right, error, config);
    if (finding !== undefined) findings.push(finding);
  }
  if (findings.length === 0)
    findings.push({
      level: 'good',
      text: {
        en: 'The API token may do what deliveries need, as far as kintone tells without a record being made.',
        ja: 'APIトークンに必要なアクセス権があります（レコードを作成せずに確認できる範囲）。',
      },
    });
  return findings;
};

const rightFinding = (
  { name, level, impossible }: Right,
  error: unknown,
  config: KintoneConfig,
): CheckFinding | undefined => {
  if (isFailure(error, 'destination.auth'))
    return {
      level,
      text: {
        en: `The API token may not ${name.en}. Tick that right for it in the app's settings, and update the app.`,
        ja: `APIトークンに「${name.ja}」のアクセス権がありません。アプリの設定でAPIトークンのアクセス権を有効にし、アプリを更新してください。`,
      },
    };
  if (isFailure(error, 'destination.unavailable', 'destination.address-refused'))
    return { level: 'problem', text: wordsFor(error, config) };
  if (error === undefined && impossible)
    return {
      level: 'problem',
      text: {
        en: 'kintone took a write that it should have refused. Look for a record whose key begins with "uketori-check-" and delete it, and see to it that the key field prohibits duplicate values.',
        ja: 'kintoneが本来拒否すべき書き込みを受け付けました。キーが「uketori-check-」で始まるレコードがあれば削除し、キーのフィールドで「値の重複を禁止する」が有効か確認してください。',
      },
    };
  return undefined;
};

/** What staff do about a failure. */
const wordsFor = (error: unknown, { baseUrl, app, guestSpace }: KintoneConfig): Words => {
  const { host } = new URL(baseUrl);
  if (isFailure(error, 'destination.auth'))
    return {
      en: `${host} refuses the API token. Make one in the settings of the app ${app}, with the rights to view, add and edit records, update the app, and enter it here. Where kintone limits IP addresses, allow this server's.`,
      ja: `${host} でAPIトークンが拒否されました。アプリ ${app} の設定でAPIトークンを生成し、レコードの閲覧・追加・編集のアクセス権を付けてアプリを更新したうえで、ここに入力してください。IPアドレス制限がある場合は、このサーバーのIPアドレスを許可してください。`,
    };
  if (isFailure(error, 'destination.address-refused'))
    return {
      en: `${host} is an address that this installation may not call. Correct the address, or have an administrator allow its network.`,
      ja: `${host} は、この環境からの接続が許可されていないアドレスです。アドレスを修正するか、管理者にネットワークの許可を依頼してください。`,
    };
  if (says(error, 'GAIA_AP01'))
    return {
      en: `There is no app ${app} at ${host}. Correct the app's number: it stands in the app's address, after /k/.`,
      ja: `${host} にアプリ ${app} がありません。アプリIDを修正してください（アプリのURLの「/k/」の後の数字です）。`,
    };
  if (isFailure(error, 'destination.unavailable'))
    return {
      en: `${host} can't be reached, or is under maintenance or too busy. See whether the address is right, and check again later.`,
      ja: `${host} に接続できないか、メンテナンス中または混雑しています。アドレスを確認し、しばらくしてからもう一度お試しください。`,
    };
  const { kintone, status } = isFailure(error) ? error.details : {};
  const code = typeof kintone === 'string' ? kintone : typeof status === 'number' ? String(status) : '';
  const space = guestSpace === undefined;
  return {
    en: `${host} does not answer as kintone's API does (${code === '' ? 'no code' : code}). See whether the address is right${space ? ', and whether the app is in a guest space: then its number belongs in "guestSpace"' : ` and the app is in the guest space ${guestSpace}`}.`,
    ja: `${host} からkintone APIの正常な応答がありませんでした（${code === '' ? 'コードなし' : code}）。アドレスが正しいか、${space ? 'アプリがゲストスペースにある場合は「guestSpace」にスペース番号が設定されているか' : `アプリがゲストスペース ${guestSpace} にあるか`}を確認してください。`,
  };
};
