import { z } from 'zod';
import { isLocalTime, isZone } from '../../lib/zones.ts';
import { oneLine, showsSomething, withoutUnseen } from './visible-text.ts';

const maxFields = 30;
const maxItems = 50;
const name = /^[a-z][a-z0-9_]{0,39}$/;

const isInstant = (text: string): boolean => {
  const [, local, offset] = /^(.*?)(Z|[+-]\d{2}:\d{2})$/.exec(text) ?? [];
  return local !== undefined && isLocalTime(local) && !Number.isNaN(Date.parse(`${local}${offset}`));
};

/** What nobody sees is taken out of what staff write. */
const text = () => z.string().overwrite(withoutUnseen);

/** The length is told by another rule. */
const isSeen = (text: string): boolean => text === '' || showsSomething(text);
const unseen = { error: 'expected something that can be seen' };

const wholeNumber = (max: number) => z.number().int().min(1).max(max);
const bytes = wholeNumber(Number.MAX_SAFE_INTEGER);

export const requestFieldSchema = z
  .strictObject({
    key: z
      .string()
      .regex(name, { error: 'expected a-z, 0-9 and _, beginning with a letter, at most 40 characters' }),
    label: text().trim().min(1).max(200).refine(isSeen, unseen),
    kind: z.enum(['text', 'long-text', 'email', 'date', 'choice']).default('text'),
    required: z.boolean().default(false),
    choices: z.array(text().trim().min(1).max(200).refine(isSeen, unseen)).min(1).max(50).optional(),
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
  label: text()
    .trim()
    .min(1)
    .max(120)
    .refine(isSeen, unseen)
    .regex(/^[^\u0000-\u001f\u007f-\u009f]*$/, { error: 'expected one line' }),
  required: z.boolean().default(true),
  maxFileBytes: bytes.nullable().default(null),
  /** In one submission. */
  maxFiles: wholeNumber(100_000).nullable().default(null),
  allowedTypes,
});

/** What staff may say of a request when they open it, and change later. */
const changeable = {
  /** On one line. */
  title: z
    .string()
    .overwrite(oneLine)
    .trim()
    .min(1)
    .max(200)
    .refine(isSeen, unseen)
    .refine((title) => !/\p{Cc}/u.test(title), { error: 'expected no control characters' }),
  instructions: text().trim().max(20_000),
  fields: z
    .array(requestFieldSchema)
    .max(maxFields)
    .refine((fields) => new Set(fields.map((field) => field.key)).size === fields.length, {
      error: 'two fields have the same key',
    }),
  /** ISO 8601 with an offset; seconds may be left out. */
  deadline: z
    .string()
    .refine(isInstant, { error: 'expected a moment that exists, such as 2026-12-31T17:00+09:00' })
    .nullable(),
  deadlineZone: z.string().refine(isZone, { error: 'expected a time zone such as Asia/Tokyo' }),
  graceMinutes: z
    .number()
    .int()
    .min(0)
    .max(60 * 24 * 90),
  /** How long an upload that stands still can be gone on with: at most 23 h, for Nextcloud removes parts after 24. */
  resumeMinutes: z
    .number()
    .int()
    .min(10)
    .max(60 * 23),
  takeBackMinutes: z
    .number()
    .int()
    .min(0)
    .max(60 * 24 * 30),
  password: z.string().min(4).max(200).nullable(),
  maxFileBytes: bytes.nullable(),
  maxFilesPerSubmission: wholeNumber(100_000).nullable(),
  maxBytesPerSubmission: bytes.nullable(),
  maxBytesPerRequest: bytes.nullable(),
  allowedTypes: allowedTypes.removeDefault(),
  deliverPer: z.enum(['submission', 'file']),
  /** Whether files that no scanner has looked at whole are delivered, or wait for staff. */
  unscanned: z.enum(['deliver', 'hold']),
  /** What becomes of files in Nextcloud when every delivery of their submission is confirmed. */
  afterImport: z.enum(['keep', 'move', 'delete']),
  deleteAfterDays: z.number().int().min(0).max(3650),
  /** Days after it was closed, when its files are taken out of Nextcloud; null: they stay. */
  retentionDays: wholeNumber(36_500).nullable(),
  /** In which its page is offered to submitters; the first, where a browser asks for none of them. */
  languages: z
    .array(z.enum(['en', 'ja']))
    .min(1)
    .refine((languages) => new Set(languages).size === languages.length, {
      error: 'a language is named twice',
    }),
  /** Whether files are also taken on the share's own page in Nextcloud: its address and password are told to staff then. */
  nextcloudPageAllowed: z.boolean(),
  /** Names of destinations; left out when it is opened: the first destination that was set up. */
  destinations: z.array(z.string()).max(20),
};

const itemsOf = <Item extends z.ZodType<{ label: string }>>(item: Item) =>
  z
    .array(item)
    .max(maxItems)
    .refine((items) => new Set(items.map(({ label }) => label.toLowerCase())).size === items.length, {
      error: 'two items have the same label',
    });

const newRequest = z.strictObject({
  title: changeable.title,
  /** Id of the team that it is to belong to, one of one's own; left out: the first of them. */
  team: z.string().nullable().default(null),
  /** In whose folder it lives: the portal's, or in that of whoever opens it, who has connected their account. */
  account: z.enum(['portal', 'own']).default('portal'),
  instructions: changeable.instructions.default(''),
  fields: changeable.fields.default([]),
  /** Each has a place of its own on the submitter's page. */
  items: itemsOf(checklistItemSchema).default([]),
  deadline: changeable.deadline.default(null),
  deadlineZone: changeable.deadlineZone.default('UTC'),
  graceMinutes: changeable.graceMinutes.default(0),
  resumeMinutes: changeable.resumeMinutes.default(60 * 20),
  takeBackMinutes: changeable.takeBackMinutes.default(10),
  password: changeable.password.default(null),
  maxFileBytes: changeable.maxFileBytes.default(null),
  maxFilesPerSubmission: changeable.maxFilesPerSubmission.default(null),
  maxBytesPerSubmission: changeable.maxBytesPerSubmission.default(null),
  maxBytesPerRequest: changeable.maxBytesPerRequest.default(null),
  allowedTypes,
  deliverPer: changeable.deliverPer.default('submission'),
  unscanned: changeable.unscanned.default('deliver'),
  afterImport: changeable.afterImport.default('keep'),
  deleteAfterDays: changeable.deleteAfterDays.default(30),
  retentionDays: changeable.retentionDays.default(null),
  languages: changeable.languages.default(['en', 'ja']),
  nextcloudPageAllowed: changeable.nextcloudPageAllowed.default(false),
  destinations: changeable.destinations.optional(),
  /** User-relative path of a folder in Nextcloud that is there already; left out: one is made. */
  folder: z
    .string()
    // As Nextcloud keeps its paths: the same name in pieces, as a Mac may send it, would seem to be another folder.
    .normalize('NFC')
    .regex(/^(\/[^/\\\0]+)+$/, { error: 'expected a path such as /Reports/2026' })
    .refine((path) => !path.split('/').some((segment) => segment === '.' || segment === '..'), {
      error: 'expected a path without . or ..',
    })
    .nullable()
    .default(null),
});

/** What a request is opened with, as the API, the command line and the form say it. */
export const newRequestSchema = newRequest.superRefine(requireTypesOfRequest);

/** What of a request a template keeps: not what is of one time or one place, and never a password. */
export const templateContentSchema = newRequest
  .omit({ team: true, deadline: true, password: true, folder: true })
  .superRefine(requireTypesOfRequest);

/** What of a request is to be otherwise than its template has it. */
export const fromTemplateSchema = z
  .strictObject({
    ...changeable,
    items: itemsOf(checklistItemSchema),
    folder: newRequest.shape.folder.removeDefault(),
    account: newRequest.shape.account.removeDefault(),
  })
  .partial();

export const templateNameSchema = text()
  .trim()
  .min(1)
  .max(200)
  .refine(isSeen, unseen)
  .regex(/^[^\u0000-\u001f\u007f-\u009f]*$/, { error: 'expected one line' });

/**
 * What of a request is to be otherwise; what is left out stays. `items` is the whole checklist: one without its `id`
 * is new, one that is missing is taken off. Account and folder stay.
 */
export const requestChangeSchema = z
  .strictObject({
    ...changeable,
    /** Id of the team that it is to belong to, one of one's own. */
    team: z.string(),
    items: itemsOf(checklistItemSchema.extend({ id: z.string().optional() })),
  })
  .partial();

function requireTypesOfRequest(
  {
    items,
    allowedTypes: ofRequest,
  }: { items: readonly { allowedTypes: string[] }[]; allowedTypes: string[] },
  context: Pick<z.RefinementCtx, 'addIssue'>,
): void {
  for (const [index, { allowedTypes: ofItem }] of items.entries())
    if (ofRequest.length > 0 && ofItem.some((type) => !ofRequest.includes(type)))
      context.addIssue({
        code: 'custom',
        path: ['items', index, 'allowedTypes'],
        message: 'the request does not take these types',
      });
}

export type NewRequestInput = z.input<typeof newRequestSchema>;
export type ParsedNewRequest = z.output<typeof newRequestSchema>;
export type RequestChange = z.output<typeof requestChangeSchema>;
export type TemplateContent = z.output<typeof templateContentSchema>;
