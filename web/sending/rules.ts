import { formatBytes, formatCount, formatList, type Language } from '../i18n/format.ts';
import type { SendMessages } from '../i18n/send-messages.ts';
import { fill } from '../i18n/template.ts';
import { nameOf } from './paths.ts';

/** What a request takes. The server decides again; here it is only said sooner. */
export interface Rules {
  maxFileBytes?: number;
  maxFiles?: number;
  maxBytes?: number;
  /** Name endings, lower case, without the dot; empty: any. */
  allowedTypes: string[];
}

export type BrokenRule =
  | { rule: 'tooLarge' | 'totalTooLarge'; limitBytes: number }
  | { rule: 'tooMany'; limit: number }
  | { rule: 'type'; types: string[] }
  | { rule: 'nameTooLong' | 'nameControl' | 'nameForbidden' };

/** Bytes of UTF-8, as the server counts them. */
const maxNameBytes = 240;

/**
 * The first rule that a file breaks.
 * @param before what is in the list ahead of it and breaks none
 */
export const brokenRule = (
  file: { path: string; sizeBytes: number },
  rules: Rules,
  before: { files: number; bytes: number },
): BrokenRule | undefined => {
  const name = nameOf(file.path);
  const named = brokenNameRule(name);
  if (named !== undefined) return named;
  const ending = /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? '';
  if (rules.allowedTypes.length > 0 && !rules.allowedTypes.includes(ending))
    return { rule: 'type', types: rules.allowedTypes };
  if (rules.maxFileBytes !== undefined && file.sizeBytes > rules.maxFileBytes)
    return { rule: 'tooLarge', limitBytes: rules.maxFileBytes };
  if (rules.maxFiles !== undefined && before.files >= rules.maxFiles)
    return { rule: 'tooMany', limit: rules.maxFiles };
  if (rules.maxBytes !== undefined && before.bytes + file.sizeBytes > rules.maxBytes)
    return { rule: 'totalTooLarge', limitBytes: rules.maxBytes };
  return undefined;
};

const brokenNameRule = (name: string): BrokenRule | undefined => {
  if (/[\u0000-\u001f\u007f-\u009f]/.test(name)) return { rule: 'nameControl' };
  if (new TextEncoder().encode(name).length > maxNameBytes) return { rule: 'nameTooLong' };
  if (/^\.htaccess$|^\.user\.ini$|\.(part|filepart)$|\\/i.test(name)) return { rule: 'nameForbidden' };
  return undefined;
};

/** The words for a broken rule. */
export const ruleWords = (language: Language, messages: SendMessages['rule'], broken: BrokenRule): string => {
  if ('limitBytes' in broken)
    return fill(language, messages[broken.rule], { limit: formatBytes(language, broken.limitBytes) });
  if ('limit' in broken)
    return fill(language, messages.tooMany, { limit: formatCount(language, broken.limit) });
  if ('types' in broken) return fill(language, messages.type, { types: typeList(language, broken.types) });
  return messages[broken.rule];
};

/** `.pdf, .docx`. */
export const typeList = (language: Language, types: readonly string[]): string =>
  formatList(
    language,
    types.map((type) => `.${type}`),
  );
