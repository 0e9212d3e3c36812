import type { IncomingMessage } from 'node:http';
import type { App, Values } from './app.ts';
import { apiError } from './errors.ts';
import type { StoredFile, TemporaryFiles } from './files.ts';
import { parseQuery } from './query.ts';

export interface Call {
  request: IncomingMessage;
  url: URL;
  body: Record<string, unknown>;
}

/** What the routes share. */
export interface Domain {
  apps: Map<number, App>;
  files: TemporaryFiles;
  /** Codes of fields that tokens may not see. */
  hidden: Set<string>;
  /** Is asked before a write is looked at, and may do what somebody else does just then. */
  beforeWrite: (() => void) | undefined;
}

export type Route = (domain: Domain, call: Call) => unknown;

type Right = 'view' | 'add' | 'edit';

/** The app that a token opens, if it may do one of these there. */
const appFor = ({ apps }: Domain, call: Call, id: unknown, ...rights: Right[]): App => {
  const tokens = tokensOf(call.request);
  const app = apps.get(Number(id));
  if (app === undefined) throw apiError(404, 'GAIA_AP01');
  const space = /^\/k\/guest\/(\d+)\//.exec(call.url.pathname)?.[1];
  if (space !== (app.guestSpace === undefined ? undefined : String(app.guestSpace)))
    throw apiError(400, 'GAIA_IL23');
  const known = app.tokens.find(({ token }) => tokens.includes(token));
  if (known === undefined) throw apiError(400, 'GAIA_IA02');
  if (!rights.some((right) => known.rights.has(right))) throw apiError(403, 'GAIA_NO01');
  return app;
};

/** Files belong to no app: any token of the domain will do. */
const requireToken = ({ apps }: Domain, { request }: Call): void => {
  const tokens = tokensOf(request);
  const isKnown = [...apps.values()].some((app) => app.tokens.some(({ token }) => tokens.includes(token)));
  if (!isKnown) throw apiError(400, 'GAIA_IA02');
};

const tokensOf = ({ headers }: IncomingMessage): string[] => {
  const header = headers['x-cybozu-api-token'];
  if (typeof header !== 'string' || header === '') throw apiError(401, 'CB_AU01');
  const tokens = header.split(',');
  if (tokens.length > 9) throw apiError(400, 'CB_VA01');
  return tokens;
};

const getFields: Route = (domain, call) => {
  const app = appFor(domain, call, call.url.searchParams.get('app'), 'view', 'add');
  const properties = Object.entries(app.form).map(([code, field]) => [code, { code, label: code, ...field }]);
  return { properties: Object.fromEntries(properties), revision: '1' };
};

const getRecords: Route = (domain, call) => {
  const { searchParams } = call.url;
  const app = appFor(domain, call, searchParams.get('app'), 'view');
  const { condition, limit } = parseQuery(searchParams.get('query') ?? '');
  const wanted = [...searchParams].filter(([key]) => /^fields\[\d+\]$/.test(key));
  const found = [...app.records.values()].filter((record) => {
    if (condition === undefined) return true;
    const { field, value } = condition;
    if (field === '$id') return record.id === Number(value);
    if (app.form[field] === undefined) throw apiError(400, 'GAIA_IQ11');
    const held = String(app.valueOf(record, field));
    if (app.form[field].type === 'NUMBER') return held !== '' && Number(held) === Number(value);
    return held.toLowerCase() === value.toLowerCase();
  });
  const records = found.slice(0, limit).map((record) => {
    const shown = app.shown(record, domain.hidden);
    if (wanted.length === 0) return shown;
    return Object.fromEntries(wanted.flatMap(([, code]) => (shown[code] ? [[code, shown[code]]] : [])));
  });
  return { records, totalCount: null };
};

const addRecord: Route = (domain, call) => {
  const app = appFor(domain, call, call.body['app'], 'add');
  domain.beforeWrite?.();
  const { id, revision } = app.add(call.body['record'] as Values);
  return { id: String(id), revision: String(revision) };
};

const updateRecord: Route = (domain, call) => {
  const app = appFor(domain, call, call.body['app'], 'edit');
  domain.beforeWrite?.();
  const { id, revision, record } = call.body;
  return {
    revision: String(app.update(Number(id), revision as number | undefined, record as Values).revision),
  };
};

const uploadFile: Route = async (domain, call) => {
  requireToken(domain, call);
  return { fileKey: domain.files.keep(await domain.files.receive(call.request)) };
};

const downloadFile = (domain: Domain, call: Call): StoredFile => {
  requireToken(domain, call);
  const fileKey = call.url.searchParams.get('fileKey') ?? '';
  for (const app of domain.apps.values()) {
    const attached = app.attachedBy(fileKey);
    if (attached !== undefined) return attached.file;
  }
  throw apiError(404, 'GAIA_BL01');
};

export const routes: Record<string, Route> = {
  'GET app/form/fields': getFields,
  'GET records': getRecords,
  'POST record': addRecord,
  'PUT record': updateRecord,
  'POST file': uploadFile,
  'GET file': downloadFile,
};
