import { isAbsolute } from 'node:path';
import { z } from 'zod';

export const kind = 'folder';

/** `{receipt}`: receipt number and submitter. `{number}`: the receipt number alone. `{request}`: its title. */
const placeholders = ['request', 'receipt', 'number'] as const;

export type Placeholder = (typeof placeholders)[number];

export const configSchema = z.object({
  dir: z
    .string()
    .refine((dir) => isAbsolute(dir) && !dir.includes('\0'), { error: 'expected an absolute path' }),
  /** The folder of one submission, below `dir`. */
  template: z
    .string()
    .default('{request}/{receipt}')
    .refine((template) => template.split('/').every((segment) => !/^\.*$/.test(segment)), {
      error: 'expected folder names with / between them, none of them empty, . or ..',
    })
    .refine((template) => unknownPlaceholders(template).length === 0, {
      error: `expected no placeholders but ${placeholders.map((name) => `{${name}}`).join(', ')}`,
    })
    .refine((template) => /\{(receipt|number)\}/.test(template), {
      error: 'expected {receipt} or {number} in it: without, two submissions would meet in one folder',
    }),
});

export type FolderConfig = z.output<typeof configSchema>;

const unknownPlaceholders = (template: string): string[] =>
  [...template.matchAll(/\{([^}]*)\}?/g)]
    .map(([, name]) => name ?? '')
    .filter((name) => !placeholders.some((known) => known === name));

/** Fills each folder name of the template in on its own: a `/` in a title never makes a folder. */
export const fillTemplate = (template: string, values: Record<Placeholder, string>): string[] =>
  template
    .split('/')
    .map((segment) =>
      segment.replaceAll(/\{(request|receipt|number)\}/g, (_, name: Placeholder) => values[name]),
    );
