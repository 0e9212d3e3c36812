import { formatBytes, formatList, type Language } from '../i18n/format.ts';
import type { SendMessages } from '../i18n/send-messages.ts';
import { fill, fillCount } from '../i18n/template.ts';
import { nameOf } from './paths.ts';
import type { ItemView } from './view.ts';

/** What a request, or one item of its checklist, takes. The server decides again; here it is only said sooner. */
export interface Rules {
  maxFileBytes?: number;
  maxFiles?: number;
  maxBytes?: number;
  /** Name endings, lower case, without the dot; empty: any. */
  allowedTypes: string[];
}

/** Something that is expected by name: it has a place of its own on the page. */
export interface ChecklistSlot {
  id: string;
  label: string;
  required: boolean;
  rules: Rules;
}

/** The id of the input that takes files for an item, or others: what is wrong there goes by it. */
export const inputOfSlot = (slot?: string): string => (slot === undefined ? 'files' : `files.${slot}`);

/** What is missing before anything can be sent, by the input that it is missing at. */
export const missingFiles = (
  items: readonly ItemView[],
  checklist: readonly ChecklistSlot[],
  words: Pick<SendMessages['problem'], 'noFiles' | 'itemMissing' | 'itemNoneFits' | 'itemEmpty' | 'noneFits'>,
): Record<string, string> => {
  const ready = items.filter(({ state }) => state === 'ready');
  const isIn =
    (id: string) =>
    ({ slot }: ItemView): boolean =>
      slot === id;
  const missing = checklist.filter(
    ({ id, required }) => required && !ready.some(({ slot, sizeBytes }) => slot === id && sizeBytes > 0),
  );
  const whyMissing = (id: string): string => {
    if (ready.some(isIn(id))) return words.itemEmpty;
    return items.some(isIn(id)) ? words.itemNoneFits : words.itemMissing;
  };
  if (missing.length > 0)
    return Object.fromEntries(missing.map(({ id }) => [inputOfSlot(id), whyMissing(id)]));
  const [first] = items;
  if (ready.length > 0) return {};
  return first === undefined
    ? { [inputOfSlot(checklist[0]?.id)]: words.noFiles }
    : { [inputOfSlot(first.slot)]: words.noneFits };
};

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

/** How much more may be added; undefined: as much as one likes. */
export const room = (
  items: readonly ItemView[],
  { maxFiles, maxBytes }: Rules,
): { files: number | undefined; bytes: number | undefined } => {
  const taken = items.filter(({ state }) => state !== 'refused' && state !== 'failed');
  const takenBytes = taken.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return {
    files: maxFiles === undefined ? undefined : Math.max(0, maxFiles - taken.length),
    bytes: maxBytes === undefined ? undefined : Math.max(0, maxBytes - takenBytes),
  };
};

const brokenNameRule = (name: string): BrokenRule | undefined => {
  if (/[\u0000-\u001f\u007f-\u009f]/.test(name)) return { rule: 'nameControl' };
  if (new TextEncoder().encode(name).length > maxNameBytes) return { rule: 'nameTooLong' };
  if (/^\.htaccess$|^\.user\.ini$|\.(part|filepart)$|\\/i.test(name)) return { rule: 'nameForbidden' };
  return undefined;
};

/**
 * The list, with what each file breaks. Whether one fits depends on those before it: all that is not yet under way is
 * judged anew, and a file that breaks a rule takes nothing from the others.
 */
export const judged = (
  items: readonly ItemView[],
  {
    rules,
    checklist,
    language,
    messages,
  }: {
    rules: Rules;
    checklist: readonly ChecklistSlot[];
    language: Language;
    messages: Pick<SendMessages, 'rule'>;
  },
): ItemView[] => {
  const counted = (of: Rules) => ({ rules: of, files: 0, bytes: 0 });
  const ofRequest = counted(rules);
  const ofSlots = new Map(checklist.map((slot) => [slot.id, counted(slot.rules)]));
  return items.map((item) => {
    const settled = item.state !== 'ready' && item.state !== 'refused';
    const ofSlot = ofSlots.get(item.slot ?? '');
    const held = ofSlot === undefined ? [ofRequest] : [ofSlot, ofRequest];
    const broken = settled ? undefined : firstOf(held, (each) => brokenRule(item, each.rules, each));
    if (item.state !== 'failed' && broken === undefined)
      for (const each of held) {
        each.files += 1;
        each.bytes += item.sizeBytes;
      }
    if (settled) return item;
    const words = broken === undefined ? undefined : ruleWords(language, messages.rule, broken);
    const needsRoom = broken?.rule === 'tooMany' || broken?.rule === 'totalTooLarge';
    return { ...item, state: broken === undefined ? 'ready' : 'refused', words, needsRoom };
  });
};

const firstOf = <T, R>(all: readonly T[], ask: (each: T) => R | undefined): R | undefined => {
  for (const each of all) {
    const answer = ask(each);
    if (answer !== undefined) return answer;
  }
  return undefined;
};

/**
 * The list, with what is worth knowing of each: that it was added once more, that another one has its place and one of
 * them will be numbered, or that it is empty, and then counts for nothing that is required.
 * @param again keys of what was added although it is there
 */
export const noted = (
  items: readonly ItemView[],
  {
    checklist,
    messages: { files: words },
  }: {
    checklist: readonly ChecklistSlot[];
    messages: {
      files: Pick<
        SendMessages['files'],
        'twice' | 'sameName' | 'empty' | 'emptyRequired' | 'changed' | 'elsewhere' | 'makeRoom'
      >;
    };
  },
  again: ReadonlySet<string>,
): ItemView[] => {
  const required = new Set<string | undefined>(checklist.flatMap((slot) => (slot.required ? slot.id : [])));
  const seen = new Set<string>();
  return items.map((item) => {
    const room = item.needsRoom === true ? words.makeRoom : undefined;
    if (item.state === 'refused') return { ...item, note: again.has(item.key) ? words.twice : room };
    const place = `${item.slot ?? ''}/${item.path.toLowerCase()}`;
    const isSecond = seen.has(place);
    seen.add(place);
    const ofEmpty = required.has(item.slot) ? words.emptyRequired : words.empty;
    const own = item.sizeBytes === 0 ? ofEmpty : undefined;
    const remark = item.remark && words[item.remark];
    const note = again.has(item.key) ? words.twice : (remark ?? (isSecond ? words.sameName : own));
    return item.note === note ? item : { ...item, note };
  });
};

/** The words for a broken rule. */
export const ruleWords = (language: Language, messages: SendMessages['rule'], broken: BrokenRule): string => {
  if ('limitBytes' in broken)
    return fill(language, messages[broken.rule], { limit: formatBytes(language, broken.limitBytes) });
  if ('limit' in broken) return fillCount(language, messages.tooMany, broken.limit);
  if ('types' in broken) return fill(language, messages.type, { types: typeList(language, broken.types) });
  return messages[broken.rule];
};

/** `.pdf, .docx`. */
export const typeList = (language: Language, types: readonly string[]): string =>
  formatList(
    language,
    types.map((type) => `.${type}`),
  );
