import { formatBytes, type Language, messagesFor } from '../i18n/index.ts';
import { type Rules, typeList } from '../sending/rules.ts';

/** What a request, or one item of its checklist, takes: a line for each rule. */
export const ruleLines = (language: Language, rules: Rules): string[] => {
  const words = messagesFor(language).public.rules;
  return [
    ...(rules.allowedTypes.length === 0
      ? []
      : [words.allowedTypes({ types: typeList(language, rules.allowedTypes) })]),
    ...(rules.maxFileBytes === undefined
      ? []
      : [words.maxFileBytes({ size: formatBytes(language, rules.maxFileBytes) })]),
    ...(rules.maxFiles === undefined ? [] : [words.maxFiles({ count: rules.maxFiles })]),
    ...(rules.maxBytes === undefined
      ? []
      : [words.maxBytes({ size: formatBytes(language, rules.maxBytes) })]),
  ];
};
