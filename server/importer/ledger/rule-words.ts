import { z } from 'zod';
import type { Words } from '../../lib/words.ts';

/** The rules of destinations' settings, whose own words are English, in Japanese. A test holds that all are here. */
const rules: Readonly<Record<string, string>> = {
  "expected a private key in OpenSSH's form that the passphrase, if there is one, opens":
    'OpenSSH形式の秘密鍵を入力してください（パスフレーズがある場合は、それで開けるもの）',
  "expected copy: moving is done after all deliveries, by the request's after-action":
    'copyを指定してください。移動は、すべての引き渡しの後に、依頼ごとの設定で行います',
  'expected 1 to 40 letters, digits and _, not _ first':
    '英数字と「_」を1～40文字で入力してください（先頭に「_」は使えません）',
  'expected a digit, a capital or another character': '数字、大文字、記号のいずれかを含めてください',
  'expected a header that the message does not have': '通知にすでにあるヘッダーとは異なる名前にしてください',
  'expected a name or an address, without a port':
    'ホスト名またはアドレスを、ポート番号なしで入力してください',
  'expected a password, a privateKey or both': 'パスワードと秘密鍵のどちらか、または両方を入力してください',
  'expected a path such as /Archive/In': '「/Archive/In」のようなパスを入力してください',
  'expected a placeholder, such as {answer:customer}':
    '「{answer:customer}」のような差し込み項目を含めてください',
  'expected a region such as ap-northeast-1': '「ap-northeast-1」のようなリージョンを入力してください',
  'expected a template that gives each submission a folder of its own, or a link of each file':
    '送付ごとにフォルダーが分かれるテンプレートにするか、リンクをファイルごとにしてください',
  'expected an absolute path': '絶対パスを入力してください',
  'expected an address with http:// or https://': 'http:// または https:// で始まるURLを入力してください',
  'expected an http or https address without a query':
    'http または https のURLを、「?」以降を付けずに入力してください',
  'expected an https address': 'https のURLを入力してください',
  'expected at most 300 bytes': '300バイト以内で入力してください',
  'expected attachmentField and keyField to be fields of their own':
    '添付ファイルのフィールドとキーのフィールドには、それぞれ別のフィールドを指定してください',
  'expected canEdit only for files, and with canDownload':
    '編集の許可は、ファイルごとのリンクで、ダウンロードを許可する場合にのみ指定できます',
  'expected either username or email': 'ユーザー名とメールアドレスのどちらか一方を指定してください',
  'expected fingerprints that begin with SHA256:, with spaces between':
    '「SHA256:」で始まるフィンガープリントを、空白で区切って入力してください',
  'expected https:// and a host, such as https://example.cybozu.com':
    '「https://example.cybozu.com」のように、https:// とホスト名を入力してください',
  'expected letters, digits, - and _': '英数字、「-」、「_」で入力してください',
  'expected letters, digits, - and _, with {number} once: without, two deliveries would meet':
    '英数字、「-」、「_」で入力し、{number}を1回含めてください（含めないと、複数の引き渡しが重なります）',
  'expected names with / between them, none of them empty, . or ..':
    '名前を「/」で区切って入力してください（空の名前、「.」、「..」は使えません）',
  'expected no permissions where only collaborators may open the link':
    '共同作業者だけが開けるリンクには、権限を指定できません',
  'expected no placeholders but {request.title}, {request.id}, {receipt}, {submitter.name}, {submitter.email}, {message}, {answer:key}, {answers}, {files}, {sealedAt}, {late}, {late:yes|no}, {finished}, {finished:yes|no}':
    '使用できる差し込み項目は次のとおりです: {request.title}, {request.id}, {receipt}, {submitter.name}, {submitter.email}, {message}, {answer:key}, {answers}, {files}, {sealedAt}, {late}, {late:yes|no}, {finished}, {finished:yes|no}',
  'expected no user, password or #part in it':
    'ユーザー名、パスワード、「#」以降を含まないURLを入力してください',
  'expected nothing, or names that each end with /':
    '空欄にするか、それぞれ「/」で終わる名前を入力してください',
  'expected one API token, or up to nine with commas between them':
    'APIトークンを1つ、または9つまでカンマで区切って入力してください',
  'expected one name without /, with {name} and without {item} in it':
    '「/」と{item}を含まず、{name}を含む名前を1つ入力してください',
  'expected printable ASCII': '半角の英数字と記号で入力してください',
  'expected the digits of an id': 'IDを数字で入力してください',
  'expected the field that records are found by to be left alone':
    'レコードを探すためのフィールドには、値を設定しないでください',
  'expected the id of a user, or g: and the name of a group':
    'ユーザーのID、または「g:」に続けてグループ名を入力してください',
  'expected the name of a bucket': 'バケット名を入力してください',
  'expected the name of a folder': 'フォルダー名を入力してください',
  'expected the name of a time zone': 'タイムゾーンの名前を入力してください',
  'expected the name or id of a tenant': 'テナントの名前またはIDを入力してください',
  'expected vanityName only for a folder: several files would want the same one':
    'カスタムURLは、フォルダーのリンクにのみ指定できます',
  'expected visible ASCII characters': '半角の英数字と記号で入力してください',
  'expected whsec_ and 24 to 64 random bytes in base64':
    '「whsec_」に続けて、24～64バイトの乱数をBase64で入力してください',
  'expected {item} only beside {name}: a delivery has files of several items':
    '{item}は{name}と一緒に使用してください（1件の引き渡しに複数の項目のファイルが含まれます）',
  'expected {name} only after the last /': '{name}は最後の「/」より後に入れてください',
};

/** @returns undefined for a rule that has no words of its own */
export const ruleInJapanese = (rule: string): string | undefined => rules[rule];

const { localeError } = z.locales.ja();

/**
 * What is wrong with settings, a line each, by their names; in English for programs, in Japanese for people.
 * @param labels of settings, as their form shows them
 */
export const problemsWith = (
  schema: z.ZodType,
  value: unknown,
  prefix: 'config' | 'secrets',
  labels: Readonly<Record<string, { label: Words }>>,
): Words[] => {
  const english = schema.safeParse(value).error?.issues ?? [];
  const japanese = schema.safeParse(value, { error: localeError }).error?.issues ?? [];
  return english.map(({ path, message }, index) => ({
    en: `${prefix}.${path.join('.')}: ${message}`,
    ja: `${labelOf(labels, path)}: ${ruleInJapanese(message) ?? japanese[index]?.message ?? message}`,
  }));
};

const labelOf = (
  labels: Readonly<Record<string, { label: Words }>>,
  path: readonly PropertyKey[],
): string => {
  const [key, ...rest] = path.map(String);
  return [labels[key ?? '']?.label.ja ?? key, ...rest].filter((part) => part !== undefined).join('.');
};
