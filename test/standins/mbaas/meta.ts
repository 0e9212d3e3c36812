import type { StoredFile } from './state.ts';

/** What is told of a file. */
export const shownMeta = (file: StoredFile, origin: string): Record<string, unknown> => ({
  _id: file.id,
  filename: file.filename,
  contentType: file.contentType,
  length: file.body.length,
  ACL: file.acl,
  createdAt: file.createdAt,
  updatedAt: file.updatedAt,
  metaETag: file.metaETag,
  fileETag: file.fileETag,
  cacheDisabled: false,
  ...(file.publicPath === undefined ? {} : { publicUrl: `${origin}${file.publicPath}` }),
  ...(file.options === undefined ? {} : { options: file.options }),
  ...(file.deleted ? { _deleted: true } : {}),
});
