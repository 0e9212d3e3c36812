import { type Failure, isFailure } from '../../../lib/failure.ts';
import type { Words } from '../../../lib/words.ts';
import type { CheckFinding, CheckResult } from '../destination.ts';
import { type BucketSeen, type ContentAcl, lookAtBucket, mayRead, rightsIn } from './bucket.ts';
import { type Acl, anonymous, authenticated, type MbaasConfig } from './config.ts';
import type { Baas, Session } from './session.ts';

/** Signs in, and reads what the bucket says of itself: nothing is written, nothing can be left over. */
export const checkBaas = async (
  config: MbaasConfig,
  open: () => Baas,
  signal: AbortSignal = new AbortController().signal,
): Promise<CheckResult> => {
  const baas = open();
  const findings: CheckFinding[] = [];
  try {
    const session = await baas.session(signal);
    findings.push(good(signedIn(config)));
    findings.push(...(await bucketFindings(baas, config, session, signal)));
  } catch (error) {
    if (!isFailure(error)) throw error;
    findings.push(problem(wordsOf(config, error)));
  } finally {
    await baas.close();
  }
  findings.push(...opennessOf(config));
  return { fit: findings.every(({ level }) => level !== 'problem'), findings };
};

const good = (text: Words): CheckFinding => ({ level: 'good', text });
const warning = (text: Words): CheckFinding => ({ level: 'warning', text });
const problem = (text: Words): CheckFinding => ({ level: 'problem', text });

const signedIn = ({ tenant }: MbaasConfig): Words => ({
  en: `The account could sign in to the tenant ${tenant}.`,
  ja: `テナント ${tenant} にサインインできました。`,
});

const bucketFindings = async (
  baas: Baas,
  config: MbaasConfig,
  session: Session,
  signal: AbortSignal,
): Promise<CheckFinding[]> => {
  const { bucket } = config;
  const seen: BucketSeen = await lookAtBucket(baas, config, signal);
  if (seen === 'absent')
    return [
      config.createBucket
        ? warning({
            en: `There is no file bucket ${bucket} yet. The first delivery makes it, closed for all but this account and those named in acl, if the account may make buckets.`,
            ja: `ファイルバケット ${bucket} はまだありません。アカウントにバケットの作成権限があれば、最初の引き渡し時に作成します。このアカウントと acl に指定した相手以外には公開しません。`,
          })
        : problem({
            en: `There is no file bucket ${bucket}. Make it in the developer console, correct its name, or set createBucket.`,
            ja: `ファイルバケット ${bucket} がありません。デベロッパーコンソールで作成するか、名前を修正するか、createBucket を有効にしてください。`,
          }),
    ];
  if (seen !== 'closed') return rightFindings(config, rightsIn(seen.contentAcl, session), seen.contentAcl);
  return (await mayRead(baas, config, signal))
    ? [
        warning({
          en: `The account may not read the settings of the bucket ${bucket}, so whether the bucket is there and takes files can't be told before the first delivery. Add the account to r of the bucket's ACL.`,
          ja: `バケット ${bucket} の設定を参照する権限がないため、バケットの有無やファイルを登録できるかどうかを事前に確認できません。バケットの ACL の r にこのアカウントを追加してください。`,
        }),
      ]
    : [unreadable(bucket)];
};

const unreadable = (bucket: string): CheckFinding =>
  problem({
    en: `The account may not read in the bucket ${bucket}. It must, to find again what it has delivered: add it to r of the bucket's contentACL.`,
    ja: `バケット ${bucket} のファイルを参照する権限がありません。引き渡し済みのファイルを確認するために必要です。バケットの contentACL の r にこのアカウントを追加してください。`,
  });

const rightFindings = (
  { bucket, publish, retentionDays }: MbaasConfig,
  rights: ReturnType<typeof rightsIn>,
  acl: ContentAcl,
): CheckFinding[] => {
  const findings: CheckFinding[] = [];
  if (!rights.create)
    findings.push(
      problem({
        en: `The account may not create files in the bucket ${bucket}. Add it to c of the bucket's contentACL.`,
        ja: `バケット ${bucket} にファイルを作成する権限がありません。バケットの contentACL の c にこのアカウントを追加してください。`,
      }),
    );
  if (!rights.read) findings.push(unreadable(bucket));
  if (!rights.update)
    findings.push(
      (publish ? problem : warning)({
        en: `The account may not change files in the bucket ${bucket}. It must, to publish them and to write an unfinished one again: add it to u of the bucket's contentACL.`,
        ja: `バケット ${bucket} のファイルを更新する権限がありません。ファイルの公開や、書き込みが中断したファイルの再送に必要です。バケットの contentACL の u にこのアカウントを追加してください。`,
      }),
    );
  if (!rights.remove && retentionDays !== undefined)
    findings.push(
      problem({
        en: `The account may not delete files in the bucket ${bucket}, so they stay when the retention period ends. Add it to d of the bucket's contentACL.`,
        ja: `バケット ${bucket} のファイルを削除する権限がないため、保存期間が終わってもファイルが残ります。バケットの contentACL の d にこのアカウントを追加してください。`,
      }),
    );
  if (findings.length === 0)
    findings.push(
      good({
        en: `The bucket ${bucket} is there, and the account may create, read, change and delete files in it.`,
        ja: `バケット ${bucket} があり、ファイルの作成・参照・更新・削除の権限があります。`,
      }),
    );
  if ([acl.c, acl.w].some((list) => list?.includes(anonymous)))
    findings.push(
      warning({
        en: `Anybody may put files into the bucket ${bucket}, without signing in. If that is not meant, take g:anonymous out of its contentACL.`,
        ja: `バケット ${bucket} には、サインインしなくても誰でもファイルを登録できます。意図した設定でなければ、contentACL から g:anonymous を外してください。`,
      }),
    );
  return findings;
};

/** Whom the files will be open to, by what is configured here. */
const opennessOf = ({ acl, publish, baseUrl }: MbaasConfig): CheckFinding[] => {
  const findings: CheckFinding[] = [];
  if (publish)
    findings.push(
      warning({
        en: 'Every delivered file is published: anybody who has its address can read it, without signing in. If that is not meant, turn publish off.',
        ja: '引き渡したファイルはすべて公開され、URL を知っていれば誰でもサインインなしで閲覧できます。意図した設定でなければ、publish を無効にしてください。',
      }),
    );
  if (acl.r.includes(anonymous))
    findings.push(
      warning({
        en: 'The files can be read by anybody, without signing in: acl names g:anonymous. If that is not meant, take it out.',
        ja: 'acl に g:anonymous が指定されているため、サインインしていない人も含め、誰でもファイルを閲覧できます。意図した設定でなければ、外してください。',
      }),
    );
  else if (acl.r.includes(authenticated))
    findings.push(
      warning({
        en: 'The files and their manifests can be read by every user of the tenant: acl names g:authenticated. If that is not meant, name a group of your own.',
        ja: 'acl に g:authenticated が指定されているため、テナントの全ユーザーがファイルとマニフェストを閲覧できます。意図した設定でなければ、専用のグループを指定してください。',
      }),
    );
  if (isOpenToChange(acl))
    findings.push(
      warning({
        en: 'The files can be changed or deleted by everybody: acl names g:anonymous or g:authenticated in w, u, d or admin. If that is not meant, take them out.',
        ja: 'acl の w・u・d・admin に g:anonymous または g:authenticated が指定されているため、誰でもファイルを変更・削除できます。意図した設定でなければ、外してください。',
      }),
    );
  if (findings.length === 0)
    findings.push(
      good({
        en: 'The files are closed: only the account and those named in acl can read them.',
        ja: 'ファイルを閲覧できるのは、このアカウントと acl に指定した相手だけです。',
      }),
    );
  if (baseUrl.startsWith('http:'))
    findings.push(
      warning({
        en: 'The address begins with http: passwords and files pass the network unencrypted. Use https.',
        ja: 'アドレスが http で始まるため、パスワードとファイルが暗号化されずに送信されます。https を使用してください。',
      }),
    );
  return findings;
};

const isOpenToChange = ({ w, u, d, admin }: Acl): boolean =>
  [w, u, d, admin].some((names) => names.includes(anonymous) || names.includes(authenticated));

const wordsOf = ({ baseUrl, tenant }: MbaasConfig, failure: Failure): Words => {
  const { host } = new URL(baseUrl);
  const answered = failure.details['status'];
  const status = typeof answered === 'number' ? String(answered) : undefined;
  if (failure.code === 'destination.address-refused')
    return {
      en: `${host} lies in a network that this installation does not call. Its administrators can allow it in DESTINATION_NETWORKS.`,
      ja: `${host} は、このシステムからの接続が許可されていないネットワークにあります。管理者に DESTINATION_NETWORKS での許可を依頼してください。`,
    };
  if (status === undefined)
    return {
      en: `${host} can't be reached. Check the address, and whether the BaaS is running.`,
      ja: `${host} に接続できません。アドレスと、BaaS が稼働しているかどうかを確認してください。`,
    };
  if (failure.code === 'destination.auth')
    return {
      en: `The BaaS at ${host} refuses the account (${status}). Check application ID and key, user and password, and whether the user is enabled.`,
      ja: `${host} の BaaS がアカウントを受け付けません（${status}）。アプリケーション ID とキー、ユーザーとパスワード、ユーザーが有効かどうかを確認してください。`,
    };
  if (failure.code === 'destination.unavailable')
    return {
      en: `${host} answers, but not as the BaaS should (${status}). Try again later; if it stays so, check baseUrl.`,
      ja: `${host} から応答がありましたが、正常ではありません（${status}）。時間をおいて再度お試しください。解消しない場合は baseUrl を確認してください。`,
    };
  return {
    en: `The BaaS at ${host} does not know what it is asked for (${status}). Check baseUrl and the tenant ${tenant}.`,
    ja: `${host} の BaaS が要求を受け付けません（${status}）。baseUrl とテナント ${tenant} を確認してください。`,
  };
};
