import type { KindWords } from '../destination.ts';
import { templateWords } from '../template.ts';
import type { S3Config, S3Secrets } from './config.ts';

export const words: KindWords<S3Config, S3Secrets> = {
  title: { en: 'S3 or compatible', ja: 'S3または互換ストレージ' },
  about: {
    en: 'Files become objects in a bucket. Nothing is ever replaced where the system keeps to its conditions. A repeat changes nothing of what is there whole, and sends what is missing.',
    ja: 'バケットにオブジェクトとしてファイルを置きます。条件付き書き込みに対応したシステムでは、既存のものを上書きしません。もう一度引き渡しても、すでにあるものは変わらず、足りないものだけを送ります。',
  },
  settings: {
    endpoint: {
      label: { en: 'Endpoint', ja: 'エンドポイント' },
      hint: {
        en: "Such as https://files.example.org:9000. Leave empty for Amazon's own.",
        ja: '例: https://files.example.org:9000。Amazon S3の場合は空欄にします。',
      },
    },
    region: {
      label: { en: 'Region', ja: 'リージョン' },
      hint: { en: 'Such as ap-northeast-1.', ja: '例: ap-northeast-1' },
    },
    bucket: {
      label: { en: 'Bucket', ja: 'バケット' },
      hint: {
        en: 'Its name, such as collected-files. It is never made by itself.',
        ja: 'バケット名です（例: collected-files）。自動では作成しません。',
      },
    },
    prefix: {
      label: { en: 'Prefix', ja: 'プレフィックス' },
      hint: {
        en: 'Stands before every key and ends with /, such as uketori/. Leave empty for none.',
        ja: 'すべてのキーの先頭に付けます。「/」で終わる必要があります（例: uketori/）。付けない場合は空欄にします。',
      },
    },
    template: templateWords,
    forcePathStyle: {
      label: { en: 'Path-style addresses', ja: 'パス形式のURL' },
      hint: {
        en: "The bucket in the path, not in the host's name: most systems that are not Amazon's want it so.",
        ja: 'バケット名をホスト名ではなくパスに入れます。Amazon以外のシステムの多くで必要です。',
      },
    },
    conditionalWrites: {
      label: { en: 'Conditional writes', ja: '条件付き書き込み' },
      hint: {
        en: 'No only for a system that refuses If-None-Match: then let nobody else write below the prefix, or it may be replaced.',
        ja: 'システムがIf-None-Matchに対応していない場合のみ「いいえ」にします。その場合は、置き換えを防ぐため、プレフィックスの下に他から書き込まないようにしてください。',
      },
    },
    storageClass: { label: { en: 'Storage class', ja: 'ストレージクラス' } },
    serverSideEncryption: { label: { en: 'Server-side encryption', ja: 'サーバー側の暗号化' } },
    kmsKeyId: {
      label: { en: 'KMS key', ja: 'KMSキー' },
      hint: {
        en: "For aws:kms, such as alias/collected. Leave empty for the bucket's own.",
        ja: 'aws:kmsの場合に指定します（例: alias/collected）。バケットのキーを使う場合は空欄にします。',
      },
    },
    accessKeyId: {
      label: { en: 'Access key ID', ja: 'アクセスキーID' },
      hint: {
        en: 'With the rights ListBucket, GetObject, PutObject and AbortMultipartUpload, and to use the KMS key where one is set.',
        ja: 'ListBucket、GetObject、PutObject、AbortMultipartUploadの権限が必要です。KMSキーを指定する場合は、その使用権限も必要です。',
      },
    },
    secretAccessKey: { label: { en: 'Secret access key', ja: 'シークレットアクセスキー' } },
    sessionToken: {
      label: { en: 'Session token', ja: 'セッショントークン' },
      hint: {
        en: 'For credentials that end by themselves: deliveries fail when they have.',
        ja: '有効期限のある認証情報の場合に入力します。期限が切れると引き渡しは失敗します。',
      },
    },
  },
};
