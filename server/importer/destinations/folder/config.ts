import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { templateSchema } from '../template.ts';

export const kind = 'folder';

export const configSchema = z.object({
  dir: z
    .string()
    .refine((dir) => isAbsolute(dir) && !dir.includes('\0'), { error: 'expected an absolute path' }),
  /** Below `dir`. */
  template: templateSchema('{request}/{receipt}', { ownFolder: true }),
});

export type FolderConfig = z.output<typeof configSchema>;
