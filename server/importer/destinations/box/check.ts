import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { isFailure } from '../../../lib/failure.ts';
import type { CheckFinding, CheckResult } from '../destination.ts';
import type { BoxApi } from './api.ts';
import { failureOfBox, read } from './failures.ts';
import { mayNot, mayNotShare, noFolder, noPassword, wordsOf } from './findings.ts';
import { look } from './items.ts';
import type { WantedLink } from './link.ts';
import type { Tools } from './probe.ts';

/** Free space below which staff are warned. */
const scarceBytes = 1024 ** 3;

/** Looks: signs in, reads who that is and what it may do in the folder, and asks whether a file would be accepted. */
export const checkBox = async (tools: Tools, signal: AbortSignal | undefined): Promise<CheckResult> => {
  const { api, config, link } = tools;
  const findings: CheckFinding[] = [];
  try {
    findings.push(...(await account(api, signal)));
    findings.push(...(await folder(api, config.folderId, link, signal)));
    if (findings.every(({ level }) => level !== 'problem'))
      await look(api, config.folderId, `uketori-check-${randomBytes(8).toString('hex')}`, 1, signal);
    if (config.auth.kind === 'developer-token') findings.push(shortLived);
  } catch (error) {
    if (!isFailure(error)) throw error;
    findings.push({ level: 'problem', text: wordsOf(error) });
  }
  return { fit: findings.every(({ level }) => level !== 'problem'), findings };
};

const shortLived: CheckFinding = {
  level: 'warning',
  text: {
    en: 'A developer token ends an hour after it was made. Use it for trying only; for work, set up client credentials or a key pair.',
    ja: 'デベロッパートークンは発行から 1 時間で失効します。動作確認にのみ使用し、運用ではクライアント資格情報（CCG）または JWT を設定してください。',
  },
};

const userSchema = z.object({
  name: z.string(),
  login: z.string().nullish(),
  space_amount: z.number(),
  space_used: z.number(),
  max_upload_size: z.number(),
});

const account = async (api: BoxApi, signal: AbortSignal | undefined): Promise<CheckFinding[]> => {
  const path = '/users/me?fields=name,login,space_amount,space_used,max_upload_size';
  const reply = await api.call({ method: 'GET', url: { at: 'api', path }, signal });
  if (reply.status !== 200) throw failureOfBox(reply, 'look at the account');
  const { name, login, ...space } = read(userSchema, reply, 'look at the account');
  const who = login === null || login === undefined ? name : `${name} (${login})`;
  const most = gibibytes(space.max_upload_size);
  const findings: CheckFinding[] = [
    {
      level: 'good',
      text: {
        en: `Box is signed in to as ${who}. Files of up to ${most} are accepted.`,
        ja: `${who} として Box にサインインできました。アップロードできるファイルは ${most} までです。`,
      },
    },
  ];
  // An account without a limit says that it has a negative or a vast amount.
  const freeBytes = space.space_amount - space.space_used;
  if (space.space_amount > 0 && freeBytes < scarceBytes)
    findings.push({
      level: 'warning',
      text: {
        en: `Only ${gibibytes(Math.max(freeBytes, 0))} are free in this account. What counts is the space of the folder's owner; make room soon if it is this one.`,
        ja: `このアカウントの空き容量は ${gibibytes(Math.max(freeBytes, 0))} です。実際に消費されるのはフォルダー所有者の容量です。所有者がこのアカウントの場合は、早めに空きを作ってください。`,
      },
    });
  return findings;
};

const gibibytes = (bytes: number): string => `${(bytes / 1024 ** 3).toFixed(1)} GiB`;

const folderSchema = z.object({
  name: z.string(),
  item_status: z.string(),
  permissions: z.object({
    can_upload: z.boolean(),
    can_download: z.boolean(),
    can_share: z.boolean(),
    can_set_share_access: z.boolean(),
  }),
  allowed_shared_link_access_levels: z.array(z.string()).nullish(),
});

const folder = async (
  api: BoxApi,
  id: string,
  link: WantedLink | undefined,
  signal: AbortSignal | undefined,
): Promise<CheckFinding[]> => {
  const path = `/folders/${id}?fields=name,item_status,permissions,allowed_shared_link_access_levels`;
  const reply = await api.call({ method: 'GET', url: { at: 'api', path }, signal });
  if (reply.status === 404) return [{ level: 'problem', text: noFolder(id) }];
  if (reply.status !== 200) throw failureOfBox(reply, 'look at the folder');
  const found = read(folderSchema, reply, 'look at the folder');
  if (found.item_status !== 'active') return [{ level: 'problem', text: noFolder(id) }];
  const { can_upload, can_download, can_share, can_set_share_access } = found.permissions;
  if (!can_upload || !can_download) return [{ level: 'problem', text: mayNot(found.name) }];
  const levels = found.allowed_shared_link_access_levels ?? undefined;
  if (link !== undefined && (!can_share || levels?.includes(link.config.access) === false))
    return [{ level: 'problem', text: mayNotShare(found.name, link.config.access) }];
  const findings: CheckFinding[] = [
    {
      level: 'good',
      text: {
        en: `The folder “${found.name}” is there, and files can be put into it.`,
        ja: `フォルダー「${found.name}」があり、ファイルを追加できます。`,
      },
    },
  ];
  if (link?.password !== undefined && !can_set_share_access)
    findings.push({ level: 'warning', text: noPassword(found.name) });
  if (id === '0')
    findings.push({
      level: 'warning',
      text: {
        en: 'It is the root folder of the account, which can’t be shared: of a service account, nobody else sees it. Choose a folder that staff are invited to.',
        ja: 'これはアカウントのルートフォルダーで、共有できません。サービスアカウントの場合は他の人から見えないため、担当者を招待したフォルダーを指定してください。',
      },
    });
  return findings;
};
