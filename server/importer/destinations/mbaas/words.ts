import type { KindWords } from '../destination.ts';
import type { MbaasConfig, MbaasSecrets } from './config.ts';

export const words: KindWords<MbaasConfig, MbaasSecrets> = {
  title: { en: 'File bucket (mobile backend)', ja: 'ファイルバケット（モバイルバックエンド）' },
  about: {
    en: 'Files go into one bucket, and only the account may read them unless you say otherwise. A repeat changes nothing of what is there whole, and sends what is missing.',
    ja: '1つのバケットにファイルを置きます。設定しない限り、このアカウント以外は閲覧できません。もう一度引き渡しても、すでにあるものは変わらず、足りないものだけを送ります。',
  },
  settings: {
    baseUrl: {
      label: { en: 'Base address', ja: 'ベースURL' },
      hint: {
        en: 'As far as before /1/, such as https://baas.example.com/api.',
        ja: '「/1/」より前の部分です（例: https://baas.example.com/api）。',
      },
    },
    tenant: {
      label: { en: 'Tenant', ja: 'テナント' },
      hint: { en: 'Its name or ID, such as tenant1.', ja: 'テナント名またはテナントIDです（例: tenant1）。' },
    },
    appId: { label: { en: 'Application ID', ja: 'アプリケーションID' } },
    bucket: {
      label: { en: 'File bucket', ja: 'ファイルバケット' },
      hint: {
        en: 'Its name, such as incoming: up to 40 letters, digits and _, not _ first.',
        ja: 'バケット名です（例: incoming）。英数字と_で40文字までです。先頭に_は使えません。',
      },
    },
    createBucket: {
      label: { en: 'Make a bucket that is missing', ja: 'バケットの自動作成' },
      hint: {
        en: 'With the first delivery, closed for all but the account and those in acl.',
        ja: 'バケットがない場合に、最初の引き渡しで作成します。このアカウントとaclに指定した相手以外には公開しません。',
      },
    },
    template: {
      label: { en: 'File names', ja: 'ファイル名' },
      hint: {
        en: 'One name without /, with {name} (of the file) and {number} or {receipt} (number and submitter) in it. It may also have {request} (title), {submitter}, {year}, {month} and {day} (when the submission was complete, in UTC).',
        ja: '「/」を含まない1つの名前です。{name}（ファイル名）と、{number}（受取番号）または{receipt}（受取番号と送付者名）が必要です。{request}（件名）、{submitter}（送付者名）、{year}、{month}、{day}（送付の完了日、UTC）も使えます。',
      },
    },
    acl: {
      label: { en: 'Who may use the files (ACL)', ja: 'ファイルのアクセス権（ACL）' },
      hint: {
        en: 'Beside the account: for r, w, u, d and admin each, ids of users, or g: and the name of a group. Leave empty for nobody.',
        ja: 'このアカウント以外に許可する相手を、r、w、u、d、adminごとに、ユーザーIDまたは「g:」とグループ名で指定します。誰にも許可しない場合は空欄にします。',
      },
      examples: ['{"r":["g:staff"]}', '{"r":["g:staff","user01"],"d":["g:managers"]}'],
    },
    publish: {
      label: { en: 'Publish the files', ja: 'ファイルの公開' },
      hint: {
        en: 'Every file, but never the manifest, gets an address under which anybody may read it.',
        ja: '誰でも閲覧できるURLをファイルごとに発行します（マニフェストは公開しません）。',
      },
    },
    retentionDays: {
      label: { en: 'Days until deletion', ja: '保存日数' },
      hint: {
        en: 'What was delivered is deleted there so many days later. Leave empty for never.',
        ja: '引き渡したファイルを、この日数が過ぎた後に引き渡し先から削除します。削除しない場合は空欄にします。',
      },
    },
    appKey: {
      label: { en: 'Application key', ja: 'アプリケーションキー' },
      hint: {
        en: 'Not the master key: with that one, no ACL holds.',
        ja: 'マスターキーは使用しないでください。ACLが無効になります。',
      },
    },
    username: {
      label: { en: 'User name', ja: 'ユーザー名' },
      hint: {
        en: 'Either this or the mail address.',
        ja: 'ユーザー名とメールアドレスのどちらか一方だけを入力します。',
      },
    },
    email: {
      label: { en: 'Mail address', ja: 'メールアドレス' },
      hint: {
        en: 'Either this or the user name.',
        ja: 'ユーザー名とメールアドレスのどちらか一方だけを入力します。',
      },
    },
    password: { label: { en: 'Password', ja: 'パスワード' } },
  },
};
