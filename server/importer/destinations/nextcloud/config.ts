import { z } from 'zod';
import { templateSchema } from '../template.ts';

export const kind = 'nextcloud';

export const configSchema = z.object({
  /** In the account that the request belongs to: names with `/` before each. It must be there. */
  folder: z
    .string()
    .regex(/^(\/(?!\.{1,2}(\/|$))[^/\0]+)+$/, { error: 'expected a path such as /Archive/In' }),
  /** Below `folder`. */
  template: templateSchema('{request}/{receipt}', { ownFolder: true }),
  /** Why there is no `move` stands in the README. */
  mode: z
    .enum(['copy'], {
      error: "expected copy: moving is done after all deliveries, by the request's after-action",
    })
    .default('copy'),
});

export type NextcloudConfig = z.output<typeof configSchema>;
