import { findRequest } from '../../db/queries/requests.ts';
import { Failure } from '../lib/failure.ts';
import type { Actor, Intake } from './context.ts';
import { type OpenAs, type OpenedRequest, openRequest } from './open-request.ts';
import { contentOf } from './request-content.ts';
import {
  type NewRequestInput,
  newRequestSchema,
  type ParsedNewRequest,
  type RequestChange,
} from './rules/new-request.ts';

/** What is to be different this time; what is left out is as it was. */
export type Otherwise = RequestChange & Partial<Pick<ParsedNewRequest, 'folder' | 'account'>>;

/**
 * Opens a request that asks for what is there already, but for what is to be otherwise.
 * @throws Failure as `openRequest`, `input.invalid` for what does not go together
 */
export const openLike = async (
  intake: Intake,
  content: NewRequestInput & { team: string | null },
  otherwise: Otherwise,
  actor: Actor,
  as: OpenAs = {},
): Promise<OpenedRequest> => {
  const given = Object.fromEntries(Object.entries(otherwise).filter(([, value]) => value !== undefined));
  const parsed = newRequestSchema.safeParse({ ...content, ...given });
  if (!parsed.success) {
    const [first] = parsed.error.issues;
    throw new Failure('input.invalid', { params: { field: first?.path.join('.') ?? '' } });
  }
  return openRequest(intake, parsed.data, actor, as);
};

/**
 * Opens another request like one that is there: in its team, with its blank forms, in a folder of its own. Its deadline and its
 * password are not taken over.
 * @throws Failure as `openLike`, `not-found`
 */
export const duplicateRequest = async (
  intake: Intake,
  requestId: string,
  otherwise: Otherwise,
  actor: Actor,
): Promise<OpenedRequest> => {
  const request = await findRequest(intake.db, requestId);
  if (request === undefined) throw new Failure('not-found');
  const content = await contentOf(intake.db, request);
  const items = content.items.map(({ label, required, maxFileBytes, maxFiles, allowedTypes }) => ({
    label,
    required,
    maxFileBytes,
    maxFiles,
    allowedTypes,
  }));
  const asNew = { ...content, items, deadline: null };
  return openLike(intake, asNew, otherwise, actor, { formsOf: request.id });
};
