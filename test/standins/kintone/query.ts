import { apiError } from './errors.ts';

export interface Query {
  condition: { field: string; value: string } | undefined;
  limit: number;
}

/** The part of kintone's query language that asks for one value. @throws ApiError where it doesn't parse */
export const parseQuery = (text: string): Query => {
  const found = /^(?:(\S+) = "((?:[^"\\]|\\.)*)" ?)?(?:limit (\d+))?$/s.exec(text);
  const [, field, value = '', limit = '100'] = found ?? [];
  if (found === null || Number(limit) > 500) throw apiError(400, 'GAIA_IQ11');
  return {
    condition: field === undefined ? undefined : { field, value: value.replaceAll(/\\(.)/gs, '$1') },
    limit: Number(limit),
  };
};
