import { z } from 'zod';
import { isZone } from '../../lib/zones.ts';

const maxFields = 30;
const maxItems = 50;
const name = /^[a-z][a-z0-9_]{0,39}$/;

const instant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;

const wholeNumber = (max: number) => z.number().int().min(1).max(max);
const bytes = wholeNumber(Number.MAX_SAFE_INTEGER);

export const requestFieldSchema = z
  .strictObject({
    key: z
      .string()
      .regex(name, { error: 'expected a-z, 0-9 and _, beginning with a letter, at most 40 characters' }),
    label: z.string().trim().min(1).max(200),
    kind: z.enum(['text', 'long-text', 'email', 'date', 'choice']).default('text'),
    required: z.boolean().default(false),
    choices: z.array(z.string().trim().min(1).max(200)).min(1).max(50).optional(),
  })
  .refine((field) => field.kind !== 'choice' || field.choices !== undefined, {
    error: 'a field of kind choice needs choices',
    path: ['choices'],
  });

/** Name endings: `pdf`, `.xlsx`. Empty: any. */
const allowedTypes = z
  .array(
    z
      .string()
      .trim()
      .toLowerCase()
      .regex(/^\.?[^\s./\\]{1,20}$/)
      .transform((type) => type.replace(/^\./, '')),
  )
  .max(100)
  .default([]);

/** Something that is expected by name, with rules of its own beside those of the request. */
export const checklistItemSchema = z.strictObject({
  label: z
    .string()
    .trim()
    .min(1)
    .max(120)
    .regex(/^[^\u0000-\u001f\u007f-\u009f]*$/, { error: 'expected one line' }),
  required: z.boolean().default(true),
  maxFileBytes: bytes.nullable().default(null),
  /** In one submission. */
  maxFiles: wholeNumber(100_000).nullable().default(null),
  allowedTypes,
});

/** What a request is opened with, as the API, the command line and the form say it. */
export const newRequestSchema = z
  .strictObject({
    title: z.string().trim().min(1).max(200),
    /** Id of the team that it is to belong to, one of one's own; left out: the first of them. */
    team: z.string().nullable().default(null),
    instructions: z.string().trim().max(20_000).default(''),
    fields: z
      .array(requestFieldSchema)
      .max(maxFields)
      .refine((fields) => new Set(fields.map((field) => field.key)).size === fields.length, {
        error: 'two fields have the same key',
      })
      .default([]),
    /** Each has a place of its own on the submitter's page. */
    items: z
      .array(checklistItemSchema)
      .max(maxItems)
      .refine((items) => new Set(items.map(({ label }) => label.toLowerCase())).size === items.length, {
        error: 'two items have the same label',
      })
      .default([]),
    /** ISO 8601 with an offset; seconds may be left out. */
    deadline: z
      .string()
      .refine((text) => instant.test(text) && !Number.isNaN(Date.parse(text)), {
        error: 'expected a moment such as 2026-12-31T17:00+09:00',
      })
      .nullable()
      .default(null),
    deadlineZone: z
      .string()
      .refine(isZone, { error: 'expected a time zone such as Asia/Tokyo' })
      .default('UTC'),
    graceMinutes: z
      .number()
      .int()
      .min(0)
      .max(60 * 24 * 90)
      .default(0),
    /** How long an upload that stands still can be gone on with: at most 23 h, for Nextcloud removes parts after 24. */
    resumeMinutes: z
      .number()
      .int()
      .min(10)
      .max(60 * 23)
      .default(60 * 20),
    takeBackMinutes: z
      .number()
      .int()
      .min(0)
      .max(60 * 24 * 30)
      .default(10),
    password: z.string().min(4).max(200).nullable().default(null),
    maxFileBytes: bytes.nullable().default(null),
    maxFilesPerSubmission: wholeNumber(100_000).nullable().default(null),
    maxBytesPerSubmission: bytes.nullable().default(null),
    maxBytesPerRequest: bytes.nullable().default(null),
    allowedTypes,
    deliverPer: z.enum(['submission', 'file']).default('submission'),
    /** Whether files that no scanner has looked at whole are delivered, or wait for staff. */
    unscanned: z.enum(['deliver', 'hold']).default('deliver'),
    /** What becomes of files in Nextcloud when every delivery of their submission is confirmed. */
    afterImport: z.enum(['keep', 'move', 'delete']).default('keep'),
    deleteAfterDays: z.number().int().min(0).max(3650).default(30),
    /** Names of destinations; left out: the first destination that was set up. */
    destinations: z.array(z.string()).max(20).optional(),
    /** User-relative path of a folder in Nextcloud that is there already; left out: one is made. */
    folder: z
      .string()
      .regex(/^(\/[^/\\\0]+)+$/, { error: 'expected a path such as /Reports/2026' })
      .refine((path) => !path.split('/').some((segment) => segment === '.' || segment === '..'), {
        error: 'expected a path without . or ..',
      })
      .nullable()
      .default(null),
  })
  .superRefine(({ items, allowedTypes: ofRequest }, context) => {
    for (const [index, { allowedTypes: ofItem }] of items.entries())
      if (ofRequest.length > 0 && ofItem.some((type) => !ofRequest.includes(type)))
        context.addIssue({
          code: 'custom',
          path: ['items', index, 'allowedTypes'],
          message: 'the request does not take these types',
        });
  });

export type NewRequestInput = z.input<typeof newRequestSchema>;
export type ParsedNewRequest = z.output<typeof newRequestSchema>;
