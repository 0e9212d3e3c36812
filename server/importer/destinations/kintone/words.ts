import type { KindWords } from '../destination.ts';
import type { KintoneConfig, KintoneSecrets } from './config.ts';

export const words: KindWords<KintoneConfig, KintoneSecrets> = {
  title: { en: 'kintone', ja: 'kintone' },
  about: {
    en: 'Files are attached to a record of a kintone app: a new one for each delivery, or one that is found by an answer. In the app you need an attachment field, and a text field for the delivery’s key, by which a repeat knows what is there already and changes nothing.',
    ja: 'kintoneアプリのレコードにファイルを添付します。引き渡しごとに新しいレコードを追加するか、回答をもとに既存のレコードを探します。アプリには、添付ファイルのフィールドと、引き渡しのキーを入れる文字列のフィールドが必要です。キーがあるため、もう一度引き渡しても二重には添付されません。',
  },
  settings: {
    baseUrl: {
      label: { en: 'Address of the domain', ja: 'ドメインのURL' },
      hint: {
        en: 'Without a path, such as https://example.cybozu.com.',
        ja: 'パスは含めません（例: https://example.cybozu.com）。',
      },
    },
    app: {
      label: { en: 'App ID', ja: 'アプリID' },
      hint: {
        en: "The number in the app's address: 12 in /k/12/, 34 in /k/guest/5/34/.",
        ja: 'アプリのURLに含まれる番号です（例: /k/12/の場合は12、/k/guest/5/34/の場合は34）。',
      },
    },
    guestSpace: {
      label: { en: 'Guest space ID', ja: 'ゲストスペースID' },
      hint: {
        en: 'Where the app is in a guest space: its number, such as 5 in /k/guest/5/34/.',
        ja: 'アプリがゲストスペースにある場合に入力します（例: /k/guest/5/34/の場合は5）。',
      },
    },
    record: {
      label: { en: 'Record', ja: '添付先のレコード' },
      hint: {
        en: '"new" adds one for each delivery. "find" takes the one whose field (by its field code) has the value, which may be an answer: {answer:…} with the key of the question.',
        ja: '"new"は引き渡しごとにレコードを追加します。"find"は、field（フィールドコード）の値がvalueと一致する既存のレコードに添付します。valueには{answer:…}（質問のキー）で回答を使えます。',
      },
      examples: ['{"mode":"new"}', '{"mode":"find","field":"顧客番号","value":"{answer:customer}"}'],
    },
    attachmentField: {
      label: { en: 'Field for the attachments', ja: '添付ファイルのフィールド' },
      hint: {
        en: 'Its field code, such as 添付ファイル.',
        ja: 'フィールドコードを入力します（例: 添付ファイル）。',
      },
    },
    keyField: {
      label: { en: "Field for the delivery's key", ja: 'キーのフィールド' },
      hint: {
        en: 'Its field code, such as 受渡キー. For new records a single-line text that prohibits duplicate values, for found ones a multi-line text: it keeps a repeat from attaching twice.',
        ja: '二重の登録を防ぐフィールドのフィールドコードです（例: 受渡キー）。レコードを追加する場合は「値の重複を禁止する」を有効にした文字列（1行）、既存のレコードに添付する場合は文字列（複数行）にします。',
      },
    },
    fields: {
      label: { en: 'Other fields', ja: 'その他のフィールド' },
      hint: {
        en: 'Texts by field code; they replace what a found record has. They may be made of {request.title}, {request.id}, {receipt}, {submitter.name}, {submitter.email}, {message}, {answer:key}, {answers}, {files}, {sealedAt}, {late} and {finished}.',
        ja: 'フィールドコードごとに値を指定します。既存のレコードの値は上書きします。{request.title}、{request.id}、{receipt}、{submitter.name}、{submitter.email}、{message}、{answer:key}、{answers}、{files}、{sealedAt}、{late}、{finished}を使えます。',
      },
      examples: ['{"件名":"{request.title}","受付番号":"{receipt}"}'],
    },
    timeZone: {
      label: { en: 'Time zone', ja: 'タイムゾーン' },
      hint: {
        en: 'Dates and times are filled in as they are there.',
        ja: '日付と時刻のフィールドには、このタイムゾーンでの値が入ります。',
      },
    },
    readBackUpToBytes: {
      label: { en: 'Largest attachment to read back', ja: '読み戻して照合する大きさの上限' },
      hint: {
        en: 'Attachments up to this size are downloaded again to compare their SHA-256; of larger ones, name and size are compared. 0 for none.',
        ja: 'この大きさまでの添付ファイルは、ダウンロードしてSHA-256を照合します。これより大きいものは名前とサイズを照合します。0の場合はダウンロードしません。',
      },
    },
    apiToken: {
      label: { en: 'API token', ja: 'APIトークン' },
      hint: {
        en: "The app's, with the rights to view, add and edit records. Where fields fill lookups, add the tokens of the apps that are looked up, with commas between: nine at most.",
        ja: 'レコードの閲覧・追加・編集のアクセス権を付けた、アプリのAPIトークンです。ルックアップに値を入れる場合は、参照先のアプリのAPIトークンもカンマで区切って入力します（合計9個まで）。',
      },
    },
  },
};
