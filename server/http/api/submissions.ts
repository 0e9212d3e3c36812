import { createRoute, z } from '@hono/zod-openapi';
import { type ListedSubmission, listSubmissions } from '../../../db/queries/submission-lists.ts';
import { deliveriesOf, type FileRow, filesOf, uploadsOf } from '../../../db/queries/submissions.ts';
import { cleanText } from '../../intake/rules/answers.ts';
import { csvHeaders } from '../../lib/csv.ts';
import { Failure } from '../../lib/failure.ts';
import { pageOf } from '../../lib/pages.ts';
import { nextcloudLink } from '../file-link.ts';
import { fileTable } from '../file-table.ts';
import type { Portal } from '../portal.ts';
import type { Api } from './guarded.ts';
import { deliveryStateSchema, idParam, json, next, pageQuery, problem, scanSchema } from './schemas.ts';

const stateSchema = z.enum(['open', 'finishing', 'sealed', 'discarded']);

const submissionFields = {
  id: z.string(),
  receiptNumber: z.string(),
  state: stateSchema,
  origin: z.enum(['portal', 'nextcloud']).openapi({
    description: '`nextcloud`: its files were found in the folder, where the portal had not put them.',
  }),
  request: z.object({ id: z.string(), title: z.string() }),
  submitter: z.object({ name: z.string(), email: z.string().nullable() }),
  message: z.string(),
  answers: z.array(z.object({ key: z.string(), label: z.string(), value: z.string() })),
  supplementOf: z.string().nullable().openapi({ description: 'The submission that this one adds to.' }),
  finishedBySubmitter: z.boolean(),
  late: z.boolean(),
  createdAt: z.iso.datetime(),
  sealedAt: z.iso.datetime().nullable(),
  purgedAt: z.iso.datetime().nullable().openapi({
    description: 'When its files were taken out of Nextcloud, as the request’s `retentionDays` wants.',
  }),
};

const submissionSchema = z.object(submissionFields).openapi('Submission');

const wholeSchema = z
  .object({
    ...submissionFields,
    files: z.array(
      z.object({
        id: z.string(),
        path: z.string(),
        sentName: z.string(),
        item: z.string().nullable().openapi({ description: 'The checklist item that it was sent for.' }),
        sizeBytes: z.number().int(),
        sha256: z.string(),
        state: z.string(),
        scan: scanSchema,
        released: z.boolean().openapi({
          description: 'Staff have said that it may be delivered, whatever a scanner says.',
        }),
        nextcloudUrl: z.string().nullable().openapi({
          description:
            'Leads to the file for whoever may sign in to Nextcloud; null when it is there no more.',
        }),
        storedAt: z.iso.datetime(),
      }),
    ),
    deliveries: z.array(
      z.object({
        id: z.string(),
        destination: z.string().openapi({ description: 'By name.' }),
        state: deliveryStateSchema,
        deliveredAt: z.iso.datetime().nullable(),
      }),
    ),
    underWay: z
      .array(
        z.object({
          id: z.string(),
          path: z.string(),
          state: z.string(),
          sizeBytes: z.number().int().nullable(),
          offsetBytes: z.number().int(),
          failureCode: z.string().nullable(),
        }),
      )
      .openapi({ description: 'What was begun and is not stored.' }),
  })
  .openapi('SubmissionWithFiles');

const routes = {
  list: createRoute({
    method: 'get',
    path: '/submissions',
    summary: 'List what was sent, newest first',
    request: {
      query: z.object({
        request: z.string().optional(),
        state: stateSchema.optional(),
        search: z.string().max(200).optional().openapi({
          description: 'What the receipt number, the submitter’s name or address, or a file’s name holds.',
        }),
        ...pageQuery,
      }),
    },
    responses: {
      200: json(z.object({ submissions: z.array(submissionSchema), next }), 'Submissions'),
      default: problem,
    },
  }),
  csv: createRoute({
    method: 'get',
    path: '/requests/{id}/files.csv',
    summary: 'The files of a request as a table for a spreadsheet, at most 10,000 of them',
    request: { params: idParam },
    responses: {
      200: { description: 'CSV', content: { 'text/csv': { schema: z.string() } } },
      default: problem,
    },
  }),
  show: createRoute({
    method: 'get',
    path: '/submissions/{id}',
    summary: 'Show a submission with its files',
    request: { params: idParam },
    responses: { 200: json(wholeSchema, 'The submission'), default: problem },
  }),
};

/** What was sent: who, what, and where it is. */
export const addSubmissionRoutes = ({ add }: Api, portal: Portal): void => {
  const { db } = portal;
  add({ needs: 'submissions:read' }, routes.list, async (c) => {
    const { request: requestId, state, search, ...asked } = c.req.valid('query');
    const text = search === undefined ? undefined : cleanText(search);
    const filter = { teams: c.var.actor.teams, requestId, state, search: text };
    const page = await pageOf(asked, /^sub_[0-9a-f]+$/, (stretch) => listSubmissions(db, filter, stretch));
    return c.json({ submissions: page.rows.map(shown), next: page.next ?? null }, 200);
  });
  add({ needs: 'submissions:read', of: 'request' }, routes.csv, async (c) =>
    c.body(await fileTable(db, c.req.valid('param').id), 200, csvHeaders('files.csv')),
  );
  add({ needs: 'submissions:read', of: 'submission' }, routes.show, async (c) => {
    const { id } = c.req.valid('param');
    const [found] = await listSubmissions(db, { teams: 'all', id }, { limit: 1 });
    if (found === undefined) throw new Failure('not-found');
    const [files, uploads, deliveries] = await Promise.all([
      filesOf(db, id),
      uploadsOf(db, id),
      deliveriesOf(db, [id]),
    ]);
    const itemOf = new Map(uploads.map(({ upload }) => [upload.id, upload.checklistItemId]));
    const underWay = uploads.flatMap(({ upload, file }) => (file === null ? [upload] : []));
    return c.json(
      {
        ...shown(found),
        files: files.map((file) =>
          shownFile(file, itemOf.get(file.uploadId ?? '') ?? null, found.nextcloudUrl),
        ),
        deliveries: deliveries.map(({ delivery, destination }) => ({
          id: delivery.id,
          destination,
          state: delivery.state,
          deliveredAt: delivery.deliveredAt?.toISOString() ?? null,
        })),
        underWay: underWay.map(
          ({ id: uploadId, targetPath, state, sizeBytes, offsetBytes, failureCode }) => ({
            id: uploadId,
            path: targetPath,
            state,
            sizeBytes,
            offsetBytes,
            failureCode,
          }),
        ),
      },
      200,
    );
  });
};

const shown = ({ submission, request }: ListedSubmission) => ({
  id: submission.id,
  receiptNumber: submission.receiptNumber,
  state: submission.state,
  origin: submission.origin,
  request: { id: request.id, title: request.title },
  submitter: { name: submission.submitterName, email: submission.submitterEmail },
  message: submission.message,
  answers: request.fields.map(({ key, label }) => ({ key, label, value: submission.answers[key] ?? '' })),
  supplementOf: submission.supplementOf,
  finishedBySubmitter: submission.finishedBySubmitter,
  late: submission.late,
  createdAt: submission.createdAt.toISOString(),
  sealedAt: submission.sealedAt?.toISOString() ?? null,
  purgedAt: submission.purgedAt?.toISOString() ?? null,
});

const shownFile = (file: FileRow, item: string | null, nextcloudUrl: string) => ({
  id: file.id,
  path: file.path,
  sentName: file.sentName,
  item,
  sizeBytes: file.sizeBytes,
  sha256: file.sha256,
  state: file.state,
  scan: file.scanResult && { result: file.scanResult, found: file.scanFound },
  released: file.releasedAt !== null,
  nextcloudUrl: nextcloudLink(nextcloudUrl, file) ?? null,
  storedAt: file.storedAt.toISOString(),
});
