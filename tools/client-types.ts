/**
 * Writes the types of the client from the API's own document. A test says when they are old.
 *   npm run client
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import openapiTS, { astToString, COMMENT_HEADER } from 'openapi-typescript';
import { createApi } from '../server/http/api/api.ts';
import type { Portal } from '../server/http/portal.ts';

export const target = join(import.meta.dirname, '../server/client/document.ts');

/** The document is made of what is registered; nothing is asked of the portal for it. */
export const describeApi = async (): Promise<object> => {
  const { app } = createApi({ publicUrl: new URL('https://uketori.example') } as Portal);
  return (await (await app.request('/openapi.json')).json()) as object;
};

export const clientTypes = async (): Promise<string> =>
  COMMENT_HEADER +
  astToString(
    await openapiTS(JSON.stringify(await describeApi()), { alphabetize: true, defaultNonNullable: false }),
  );

if (process.argv[1] === import.meta.filename) await writeFile(target, await clientTypes());
