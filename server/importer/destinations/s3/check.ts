import { createHash, randomBytes } from 'node:crypto';
import {
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  HeadBucketCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { type Failure, isFailure } from '../../../lib/failure.ts';
import type { Words } from '../../../lib/words.ts';
import type { CheckFinding, CheckResult } from '../destination.ts';
import { asFailure, bucketRegionOf, errorName, statusOf } from './failures.ts';
import { type Bucket, base64Of, headOf, isTaken, storedAs } from './objects.ts';
import { endUpload } from './upload.ts';

/**
 * Looks by doing: begins an upload in parts and takes it back, which shows nothing to anybody. Where the key may delete, an
 * object is written twice too, to see that the second is refused, and taken away.
 */
export const checkBucket = async (bucket: Bucket): Promise<CheckResult> => {
  const findings: CheckFinding[] = [];
  const step = async (
    work: () => Promise<CheckFinding[]>,
    explain: typeof explainBucket,
  ): Promise<boolean> => {
    try {
      findings.push(...(await work()));
      return true;
    } catch (error) {
      bucket.signal.throwIfAborted();
      findings.push({ level: 'problem', text: explain(bucket, error) });
      return false;
    }
  };
  if (await step(() => seesBucket(bucket), explainBucket))
    if (await step(() => mayWrite(bucket), explainWriting))
      await step(() => keepsOthers(bucket), explainWriting);
  return { fit: findings.every(({ level }) => level !== 'problem'), findings };
};

const seesBucket = async (bucket: Bucket): Promise<CheckFinding[]> => {
  const { client, config, signal } = bucket;
  await client.send(new HeadBucketCommand({ Bucket: config.bucket }), { abortSignal: signal });
  // Whoever may not read is refused even what is not there.
  await headOf(bucket, probeKey(bucket));
  return [
    good({
      en: `The bucket ${config.bucket} is there and can be read with this key.`,
      ja: `バケット ${config.bucket} があり、このアクセスキーで読み取れます。`,
    }),
  ];
};

const mayWrite = async (bucket: Bucket): Promise<CheckFinding[]> => {
  const { client, config, signal } = bucket;
  const key = probeKey(bucket);
  const { UploadId: id } = await client.send(
    new CreateMultipartUploadCommand({ ...storedAs(config, {}), Key: key, ChecksumAlgorithm: 'SHA256' }),
    { abortSignal: signal },
  );
  if (id !== undefined) await endUpload(bucket, { key, id });
  return [
    good({
      en: 'Objects can be written, and unfinished uploads taken back.',
      ja: 'オブジェクトを書き込め、未完了のアップロードを取り消せます。',
    }),
  ];
};

/** Whether a second object under a taken key is refused: it is what keeps others' objects from being replaced. */
const keepsOthers = async (bucket: Bucket): Promise<CheckFinding[]> => {
  if (!bucket.config.conditionalWrites)
    return [
      warning({
        en: "Conditional writes are switched off for this destination. Others' objects are looked for before each write; one that is made in that very moment would be replaced. Let nobody else write below the prefix.",
        ja: 'この引き渡し先では条件付き書き込みを使用しません。書き込みの直前に既存のオブジェクトを確認しますが、その瞬間に作成されたものは置き換えられます。プレフィックスの下には他から書き込まないようにしてください。',
      }),
    ];
  const key = probeKey(bucket);
  if (!(await mayDelete(bucket, key)))
    return [
      good({
        en: 'The key may not delete, so it was not tried whether a taken name is refused. Deliveries need no right to delete.',
        ja: 'このアクセスキーには削除の権限がないため、使用済みの名前が拒否されるかどうかは確認していません。引き渡しに削除の権限は不要です。',
      }),
    ];
  const { refused, left } = await tryTwice(bucket, key);
  return [
    ...(left ? [leftOver(key)] : []),
    refused
      ? good({
          en: 'What others have put there is safe: a name that is taken is refused.',
          ja: '他の人が置いたものは保護されます。使用済みの名前への書き込みは拒否されます。',
        })
      : {
          level: 'problem',
          text: {
            en: 'This system replaces an object although it was told not to (If-None-Match). Use one that keeps to it, or set "conditionalWrites" to false and let nobody else write below the prefix.',
            ja: 'このシステムは、置き換えないよう指定しても（If-None-Match）オブジェクトを置き換えます。対応したシステムを使用するか、「conditionalWrites」を false にして、プレフィックスの下に他から書き込まないようにしてください。',
          },
        },
  ];
};

/** Writes one key twice, and takes away what came of it. */
const tryTwice = async (bucket: Bucket, key: string): Promise<{ refused: boolean; left: boolean }> => {
  const versions = [await putProbe(bucket, key)];
  let refused = false;
  let left = false;
  try {
    versions.push(await putProbe(bucket, key));
  } catch (error) {
    refused = isTaken(error);
    if (!refused) throw error;
  } finally {
    for (const version of versions)
      await remove(bucket, key, version ?? 'null').catch(() => {
        left = true;
      });
  }
  return { refused, left };
};

const leftOver = (key: string): CheckFinding =>
  warning({
    en: `The check could not take away its own object ${key}. Delete it when the bucket allows it.`,
    ja: `確認用のオブジェクト ${key} を削除できませんでした。削除できるようになったら削除してください。`,
  });

const putProbe = async ({ client, config, signal }: Bucket, key: string): Promise<string | undefined> => {
  const bytes = Buffer.from('Written by a check, and taken away by it.\n');
  const { VersionId } = await client.send(
    new PutObjectCommand({
      ...storedAs(config, {}),
      Key: key,
      Body: bytes,
      ContentLength: bytes.length,
      ChecksumSHA256: base64Of(createHash('sha256').update(bytes).digest('hex')),
      IfNoneMatch: '*',
    }),
    { abortSignal: signal },
  );
  return VersionId;
};

/** Asked with a key that nothing has. With a version, so that no delete marker comes of it where versions are kept. */
const mayDelete = async (bucket: Bucket, key: string): Promise<boolean> => {
  try {
    await remove(bucket, key, 'null');
    return true;
  } catch (error) {
    bucket.signal.throwIfAborted();
    if (isFailure(error) || (statusOf(error) ?? 500) >= 500) throw error;
    return false;
  }
};

const remove = async ({ client, config, signal }: Bucket, key: string, version: string): Promise<void> => {
  await client.send(new DeleteObjectCommand({ Bucket: config.bucket, Key: key, VersionId: version }), {
    abortSignal: signal,
  });
};

const probeKey = ({ config }: Bucket): string =>
  `${config.prefix}.uketori-check-${randomBytes(8).toString('hex')}`;

const good = (text: Words): CheckFinding => ({ level: 'good', text });
const warning = (text: Words): CheckFinding => ({ level: 'warning', text });

const explainBucket = (bucket: Bucket, error: unknown): Words => {
  const { bucket: name, region } = bucket.config;
  const there = bucketRegionOf(error);
  if (there !== undefined && there !== region)
    return {
      en: `The bucket ${name} is in the region ${there}, not in ${region}. Set "region" to ${there}.`,
      ja: `バケット ${name} のリージョンは ${region} ではなく ${there} です。「region」を ${there} に変更してください。`,
    };
  const status = statusOf(error);
  if (status === 404)
    return {
      en: `There is no bucket ${name}. Make it, or put its name right. It is never made by itself.`,
      ja: `バケット ${name} がありません。作成するか、名前を修正してください。自動では作成しません。`,
    };
  if (status === 401 || status === 403)
    return {
      en: `The system refuses this key for the bucket ${name}. Put the access key and its secret right, and allow it ListBucket, GetObject, PutObject and AbortMultipartUpload.`,
      ja: `バケット ${name} へのアクセスが拒否されました。アクセスキーとシークレットを確認し、ListBucket、GetObject、PutObject、AbortMultipartUpload を許可してください。`,
    };
  if (status === 301 || status === 307 || status === 400)
    return {
      en: `The system doesn't answer for the bucket ${name} as it is set up (${status}). See whether region, endpoint and "forcePathStyle" are right, and a session token, if there is one, still good.`,
      ja: `現在の設定ではバケット ${name} にアクセスできません（${status}）。リージョン、エンドポイント、「forcePathStyle」と、セッショントークンを使用している場合はその有効期限を確認してください。`,
    };
  return explainSystem(error);
};

const explainWriting = (bucket: Bucket, error: unknown): Words => {
  const { prefix, bucket: name } = bucket.config;
  const status = statusOf(error);
  const code = errorName(error) ?? String(status);
  if (status === 401 || status === 403)
    return {
      en: `This key may not write to ${name}/${prefix}. Allow it PutObject and AbortMultipartUpload there, and the use of the encryption key where one is set.`,
      ja: `このアクセスキーには ${name}/${prefix} に書き込む権限がありません。PutObject と AbortMultipartUpload を許可し、暗号化キーを指定している場合はその使用も許可してください。`,
    };
  if (status === 501)
    return {
      en: `The system can't do something that deliveries need (${code}). If it is conditional writes, set "conditionalWrites" to false and let nobody else write below the prefix; else see storage class and encryption.`,
      ja: `引き渡しに必要な機能にシステムが対応していません（${code}）。条件付き書き込みが原因の場合は「conditionalWrites」を false にして、プレフィックスの下に他から書き込まないようにしてください。それ以外の場合は、ストレージクラスと暗号化の設定を確認してください。`,
    };
  if (status !== undefined && status < 500 && status !== 408 && status !== 429)
    return {
      en: `The system refuses to write (${code}). See whether storage class and encryption are ones that it offers.`,
      ja: `書き込みが拒否されました（${code}）。ストレージクラスと暗号化の設定がシステムに対応しているか確認してください。`,
    };
  return explainSystem(error);
};

const explainSystem = (error: unknown): Words => {
  const failure = asFailure(error) as Failure | Error;
  if (isFailure(failure, 'destination.address-refused'))
    return {
      en: 'The address lies inside this network and may not be called. Have the administrator allow it, or choose another.',
      ja: 'このアドレスは内部ネットワークにあるため、接続が許可されていません。管理者に許可を依頼するか、別のアドレスを指定してください。',
    };
  const code = errorName(error) ?? statusOf(error) ?? 'no answer';
  return {
    en: `The system can't be used at the moment (${code}). See whether the endpoint is right and the system is well, and check again.`,
    ja: `現在システムを使用できません（${code === 'no answer' ? '応答なし' : code}）。エンドポイントとシステムの状態を確認し、もう一度お試しください。`,
  };
};
