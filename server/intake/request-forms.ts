import { createHash } from 'node:crypto';
import type { Queryable } from '../../db/client.ts';
import { recordAudit } from '../../db/queries/audit.ts';
import { deleteForm, type FormRow, formPiece, formsOf, insertForm } from '../../db/queries/request-forms.ts';
import { findRequest } from '../../db/queries/requests.ts';
import { lockRequest } from '../../db/queries/submissions.ts';
import type { AuditAction } from '../../db/schema/index.ts';
import { Failure } from '../lib/failure.ts';
import type { Actor, Intake } from './context.ts';
import { baseNameRules, freePath, pathKey, storedName } from './rules/names.ts';

export const maxFormBytes = 20 * 1024 * 1024;
export const maxForms = 10;

/**
 * Attaches a blank form to a request, for everybody behind its link to fetch.
 * @throws Failure `not-found`, `form.empty`, `form.too-large`, `form.too-many`, `upload.name-…`
 */
export const attachForm = async (
  intake: Intake,
  requestId: string,
  file: { name: string; content: Buffer },
  actor: Actor,
): Promise<FormRow> => {
  if (file.content.length === 0) throw new Failure('form.empty');
  if (file.content.length > maxFormBytes)
    throw new Failure('form.too-large', { params: { limitBytes: maxFormBytes } });
  const name = storedName(file.name, baseNameRules);
  return intake.db.transaction(async (tx) => {
    if ((await findRequest(tx, requestId)) === undefined) throw new Failure('not-found');
    await lockRequest(tx, requestId);
    const others = await formsOf(tx, requestId);
    if (others.length >= maxForms) throw new Failure('form.too-many', { params: { limit: maxForms } });
    const form = await insertForm(tx, {
      requestId,
      position: (others.at(-1)?.position ?? 0) + 1,
      name: freePath(
        name,
        others.map((other) => pathKey(other.name)),
      ),
      sizeBytes: file.content.length,
      sha256: createHash('sha256').update(file.content).digest('hex'),
      content: file.content,
    });
    await recordForm(tx, 'request.form-attached', form, actor);
    return form;
  });
};

/** @throws Failure `not-found` */
export const removeForm = async (
  intake: Intake,
  requestId: string,
  formId: string,
  actor: Actor,
): Promise<void> => {
  await intake.db.transaction(async (tx) => {
    const form = await deleteForm(tx, requestId, formId);
    if (form === undefined) throw new Failure('not-found');
    await recordForm(tx, 'request.form-removed', form, actor);
  });
};

const recordForm = (tx: Queryable, action: AuditAction, form: FormRow, actor: Actor): Promise<void> =>
  recordAudit(tx, {
    actor: actor.name,
    address: actor.address,
    action,
    subject: form.requestId,
    details: { form: form.id, name: form.name, sizeBytes: form.sizeBytes, sha256: form.sha256 },
  });

/** So much of a form is in memory for each who fetches it, however slow they are. */
const pieceBytes = 256 * 1024;

/** A form's content. It fails in the middle when the form is removed meanwhile. */
export const readForm = async function* (
  { db }: Pick<Intake, 'db'>,
  { id, sizeBytes }: Pick<FormRow, 'id' | 'sizeBytes'>,
): AsyncGenerator<Uint8Array> {
  for (let startByte = 0; startByte < sizeBytes; startByte += pieceBytes) {
    const piece = await formPiece(db, id, { startByte, sizeBytes: pieceBytes });
    if (piece === undefined) throw new Failure('not-found');
    yield piece;
  }
};
