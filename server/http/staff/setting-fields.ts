import { z } from 'zod';
import type { SecretField, SettingField, ShownWords } from '../../../web/pages/staff/destination.tsx';

/** A kind of destination, as far as a form needs it. */
interface Kind {
  words: { settings: Readonly<Record<string, ShownWords>> };
  configSchema: z.ZodType;
  secretsSchema: z.ZodType;
}

interface Property {
  type?: string;
  enum?: unknown[];
  default?: unknown;
  const?: unknown;
}

const propertiesOf = (schema: z.ZodType) => {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
  }) as {
    properties?: Record<string, Property>;
    required?: string[];
  };
  return Object.entries(properties).map(([key, property]) => ({
    key,
    property,
    required: required.includes(key),
  }));
};

const kindOf = (key: string, { type, enum: choices }: Property): SettingField['kind'] => {
  if (choices?.every((choice) => typeof choice === 'string') === true) return 'choice';
  if (type === 'string') return 'text';
  if (type === 'number' || type === 'integer') return key.endsWith('Bytes') ? 'size' : 'number';
  return type === 'boolean' ? 'boolean' : 'json';
};

const units = ['B', 'KB', 'MB', 'GB', 'TB'] as const;

/** As sizes are shown everywhere here: a KB has 1,024 bytes. Only what is whole is said in a larger unit. */
const sizeText = (bytes: number): string => {
  let value = bytes;
  let step = 0;
  for (; value >= 1024 && value % 1024 === 0 && step < units.length - 1; step += 1) value /= 1024;
  return `${value} ${units[step] ?? 'B'}`;
};

/** `8 MB`, or bytes where no unit is said; what is none stays text. */
const parsedSize = (text: string): unknown => {
  const [, number = '', unit = ''] =
    /^\s*(\d+(?:\.\d+)?)\s*((?:[KMGT]i?)?B?)\s*$/i.exec(text.normalize('NFKC')) ?? [];
  if (number === '') return text;
  const step = 'BKMGT'.indexOf(unit.toUpperCase().charAt(0));
  return Math.round(Number(number) * 1024 ** Math.max(step, 0));
};

const asText = (value: unknown): string =>
  value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value);

const wordsOf = ({ words }: Pick<Kind, 'words'>, key: string): ShownWords =>
  words.settings[key] ?? { label: { en: key, ja: key } };

/** One field for each setting of a kind, out of its schema. */
export const settingFields = (
  module: Pick<Kind, 'words' | 'configSchema'>,
  config: Record<string, unknown>,
): SettingField[] =>
  propertiesOf(module.configSchema).map(({ key, property, required }) => {
    const kind = kindOf(key, property);
    const shown = (value: unknown) =>
      kind === 'size' && typeof value === 'number' ? sizeText(value) : asText(value);
    return {
      key,
      words: wordsOf(module, key),
      kind,
      choices: kind === 'choice' ? (property.enum ?? []).map(String) : [],
      required,
      ...(property.default === undefined ? {} : { preset: shown(property.default) }),
      value: shown(config[key]),
    };
  });

export const secretFields = (
  module: Pick<Kind, 'words' | 'secretsSchema'>,
  set: readonly string[],
  removed: readonly string[] = [],
): SecretField[] =>
  propertiesOf(module.secretsSchema).map(({ key, required }) => ({
    key,
    words: wordsOf(module, key),
    required,
    isSet: set.includes(key),
    isRemoved: removed.includes(key),
  }));

/** What a form says, as the schema wants it. What is left empty is left out; what can't be read stays text, and is refused. */
export const readSettings = (
  module: Pick<Kind, 'words' | 'configSchema'>,
  form: Record<string, unknown>,
): Record<string, unknown> =>
  Object.fromEntries(
    settingFields(module, {}).flatMap(({ key, kind }) => {
      const given = form[`config.${key}`];
      if (typeof given !== 'string' || given.trim() === '') return [];
      if (kind === 'size') return [[key, parsedSize(given)]];
      return [[key, kind === 'text' || kind === 'choice' ? given.trim() : parsed(given)]];
    }),
  );

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

export const readSecrets = (
  module: Pick<Kind, 'words' | 'secretsSchema'>,
  form: Record<string, unknown>,
): Record<string, string> =>
  Object.fromEntries(
    secretFields(module, []).flatMap(({ key }) => {
      const given = form[`secret.${key}`];
      // A private key keeps its lines; a pasted password loses the line's end that came with it.
      return typeof given === 'string' && given.trim() !== ''
        ? [[key, given.trim().replaceAll('\r\n', '\n')]]
        : [];
    }),
  );

/** Those that the form wants to have taken away. */
export const readRemovedSecrets = (
  module: Pick<Kind, 'words' | 'secretsSchema'>,
  form: Record<string, unknown>,
): string[] =>
  secretFields(module, []).flatMap(({ key }) => (form[`secret.${key}.remove`] === 'yes' ? [key] : []));
