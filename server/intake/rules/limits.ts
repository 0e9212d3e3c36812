import { Failure } from '../../lib/failure.ts';
import { endingOf } from './content.ts';

/** Limits of a request; null: none. */
export interface Limits {
  maxFileBytes: number | null;
  maxFilesPerSubmission: number | null;
  maxBytesPerSubmission: number | null;
  maxBytesPerRequest: number | null;
  /** Name endings, lower case, without the dot; empty: any. */
  allowedTypes: readonly string[];
}

/** What is taken already, by uploads that are stored or under way. */
export interface Taken {
  files: number;
  bytes: number;
  requestBytes: number;
}

/**
 * Whether one more file may come in.
 * @param sizeBytes null while its length is deferred: asked again when it is declared
 * @throws Failure `upload.…`, which names the limit
 */
export const checkLimits = (
  file: { name: string; sizeBytes: number | null },
  limits: Limits,
  taken: Taken,
): void => {
  const ending = endingOf(file.name);
  if (limits.allowedTypes.length > 0 && !limits.allowedTypes.includes(ending))
    throw new Failure('upload.type-not-allowed', {
      params: { name: file.name, allowed: limits.allowedTypes.map((type) => `.${type}`).join(' ') },
    });
  if (limits.maxFilesPerSubmission !== null && taken.files >= limits.maxFilesPerSubmission)
    throw new Failure('upload.too-many', { params: { limit: limits.maxFilesPerSubmission } });
  if (file.sizeBytes !== null) checkSize(file.sizeBytes, limits, taken);
};

const checkSize = (sizeBytes: number, limits: Limits, taken: Taken): void => {
  if (limits.maxFileBytes !== null && sizeBytes > limits.maxFileBytes)
    throw new Failure('upload.too-large', { params: { limitBytes: limits.maxFileBytes } });
  if (limits.maxBytesPerSubmission !== null && taken.bytes + sizeBytes > limits.maxBytesPerSubmission)
    throw new Failure('upload.total-too-large', { params: { limitBytes: limits.maxBytesPerSubmission } });
  if (limits.maxBytesPerRequest !== null && taken.requestBytes + sizeBytes > limits.maxBytesPerRequest)
    throw new Failure('upload.total-too-large', { params: { limitBytes: limits.maxBytesPerRequest } });
};
