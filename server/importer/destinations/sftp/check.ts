import { randomBytes } from 'node:crypto';
import { Failure, isFailure } from '../../../lib/failure.ts';
import type { Words } from '../../../lib/words.ts';
import type { CheckFinding, CheckResult } from '../destination.ts';
import type { SftpConfig } from './config.ts';
import type { Way } from './connect.ts';
import { isStatus, NotOffered, status } from './failures.ts';
import { type Naming, namingIn, rootOf } from './place.ts';
import { type Session, withSession } from './session.ts';

/** Free space below which staff are warned. */
const scarceBytes = 1024 ** 3;

/** Looks by doing: signs in, writes a hidden file, gives it a second name, and takes both away again. */
export const checkServer = async (way: Way, signal: AbortSignal): Promise<CheckResult> => {
  const findings: CheckFinding[] = [];
  try {
    findings.push(...(await withSession(way, signal, (session) => lookAround(session, way.config))));
  } catch (error) {
    signal.throwIfAborted();
    findings.push({ level: 'problem', text: explain(way.config, error) });
  }
  return { fit: findings.every(({ level }) => level !== 'problem'), findings };
};

const lookAround = async (session: Session, config: SftpConfig): Promise<CheckFinding[]> => {
  const root = await rootOf(session, config.directory);
  const naming = await namingIn(session, root, () => `.uketori-check-${randomBytes(8).toString('hex')}`);
  return [
    {
      level: 'good',
      text: {
        en: `The server knows the user, and the folder ${root} can be written to.`,
        ja: `サーバーにサインインでき、フォルダー ${root} に書き込めます。`,
      },
    },
    ...wordsOfNaming(naming),
    ...(await spaceIn(session, root)),
  ];
};

const wordsOfNaming = (naming: Naming): CheckFinding[] =>
  naming === 'claim-and-rename'
    ? [
        {
          level: 'warning',
          text: {
            en: 'The server has no hard links, and its renaming replaces files. Names are taken by an empty file first, so nothing is replaced; a crash at that moment can leave the empty file behind, and the repeat then takes the name with a number.',
            ja: 'このサーバーではハードリンクを使えず、名前の変更で既存のファイルが置き換わります。先に空のファイルで名前を確保するため置き換えは起きませんが、その瞬間に異常終了すると空のファイルが残ることがあり、再実行時には番号の付いた名前になります。',
          },
        },
      ]
    : [];

const spaceIn = async ({ sftp, call }: Session, root: string): Promise<CheckFinding[]> => {
  try {
    const told = await call<{ f_bavail: number; f_frsize: number }>((done) =>
      sftp.ext_openssh_statvfs(root, done),
    );
    const freeBytes = told.f_bavail * told.f_frsize;
    const free = `${(freeBytes / 1024 ** 3).toFixed(1)} GiB`;
    return [
      freeBytes < scarceBytes
        ? {
            level: 'warning',
            text: {
              en: `Only ${free} are free in it. Make room soon.`,
              ja: `空き容量が ${free} しかありません。早めに空きを作ってください。`,
            },
          }
        : { level: 'good', text: { en: `${free} are free in it.`, ja: `空き容量は ${free} です。` } },
    ];
  } catch (error) {
    // Not every server tells.
    if (error instanceof NotOffered || isStatus(error, status.unsupported, status.failure)) return [];
    throw error;
  }
};

const explain = (config: SftpConfig, error: unknown): Words => {
  const { directory, host, port, user } = config;
  if (isFailure(error, 'destination.auth')) return explainSignIn(config, error);
  if (isFailure(error, 'destination.address-refused'))
    return {
      en: `The address of ${host} lies inside this network and may not be called. Have the administrator allow it, or choose another.`,
      ja: `${host} のアドレスは内部ネットワークにあるため、接続が許可されていません。管理者に許可を依頼するか、別のホストを指定してください。`,
    };
  if (isFailure(error, 'destination.conflict'))
    return {
      en: `${directory} is a file. Choose a folder, or move the file out of the way.`,
      ja: `${directory} はファイルです。フォルダーを指定するか、ファイルを移動してください。`,
    };
  if (isStatus(error, status.noSuchFile))
    return {
      en: `There is no folder ${directory}. Make it, or put its name right. It is never made by itself.`,
      ja: `フォルダー ${directory} がありません。作成するか、名前を修正してください。自動では作成しません。`,
    };
  if (isStatus(error, status.permissionDenied))
    return {
      en: `The user ${user} may not write to ${directory}. Give it the right to read, write and enter the folder.`,
      ja: `ユーザー ${user} には ${directory} に書き込む権限がありません。読み取り・書き込み・実行の権限を与えてください。`,
    };
  if (error instanceof Failure)
    return {
      en: `${host}, port ${port}, doesn't answer as an SFTP server (${reasonOf(error)}). See whether host and port are right and the server is well.`,
      ja: `${host} のポート ${port} から SFTP サーバーとしての応答がありません（${reasonOf(error)}）。ホストとポート、サーバーの状態を確認してください。`,
    };
  return {
    en: `The server can't be used as it is: it refused to write a file in ${directory}. See whether there is space, and whether the server's own log says why.`,
    ja: `${directory} へのファイルの書き込みがサーバーに拒否されました。空き容量とサーバーのログを確認してください。`,
  };
};

const explainSignIn = ({ hostKey, user }: SftpConfig, failure: Failure): Words => {
  const seen = failure.details['seenHostKey'];
  if (typeof seen !== 'string')
    return {
      en: `The server refuses to let ${user} in. Put user, password or key right, and see whether SFTP is allowed for it.`,
      ja: `ユーザー ${user} のサインインが拒否されました。ユーザー名、パスワードまたは鍵を確認し、SFTP の利用が許可されているか確認してください。`,
    };
  if (hostKey === '')
    return {
      en: `The server shows the key ${seen}. Ask whoever runs it whether that is right, and set it as "hostKey". Until then nothing is delivered, and the server is told no password.`,
      ja: `サーバーの鍵のフィンガープリントは ${seen} です。サーバーの管理者に正しいことを確認し、「hostKey」に設定してください。設定するまで引き渡しは行わず、パスワードも送信しません。`,
    };
  return {
    en: `The server shows the key ${seen}, which is not the one that was set. Somebody may be in between. Ask whoever runs it; if its key was changed, set the new one as "hostKey". Until then nothing is delivered.`,
    ja: `サーバーの鍵のフィンガープリントは ${seen} で、設定されたものと一致しません。通信が傍受されている可能性があります。サーバーの管理者に確認し、鍵が変更された場合は新しいものを「hostKey」に設定してください。設定するまで引き渡しは行いません。`,
  };
};

const reasonOf = ({ details }: Failure): string =>
  details['stalled'] === true
    ? 'silent'
    : typeof details['reason'] === 'string'
      ? details['reason']
      : 'unknown';
