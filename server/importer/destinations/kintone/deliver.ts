import { Failure } from '../../../lib/failure.ts';
import {
  type Delivered,
  type Delivery,
  type DeliveryContext,
  type DeliveryFile,
  type Destination,
  defineDestination,
} from '../destination.ts';
import { createKintoneApi, type KintoneApi, type RecordValues, says } from './api.ts';
import { checkKintone } from './check.ts';
import { configSchema, type KintoneConfig, kind, secretsSchema } from './config.ts';
import { fillText } from './fill.ts';
import { type Form, problemsIn, valueFor } from './form.ts';
import { namesOf, otherThanSent, type Pair, type Pairing, pairUp, remoteOf } from './pairs.ts';
import { createRecords, type Records, type Target } from './records.ts';
import { isStaleKey, openUploads, type Uploads } from './uploads.ts';
import { words } from './words.ts';

/** Times that a record is read again because somebody else has written to it, or a file key was refused. */
const mostRounds = 5;

interface Room {
  config: KintoneConfig;
  api: KintoneApi;
  records: Records;
}

/** One attempt at a delivery. */
interface Attempt extends Room {
  delivery: Delivery;
  context: DeliveryContext;
  form: Form;
  uploads: Uploads;
  nameOf: (fileId: string) => string;
}

export const kintone = defineDestination({
  kind,
  words,
  configSchema,
  secretsSchema,
  secretsGoTo: ['baseUrl'],
  create(config, { apiToken }, { http }): Destination {
    const api = createKintoneApi(config, apiToken, http);
    const room = { config, api, records: createRecords(config, api) };
    return {
      check: (signal) => checkKintone(config, api, signal),
      probe: (delivery, context) => probe(room, delivery, context),
      deliver: (delivery, context) => deliver(room, delivery, context),
    };
  },
});

const probe = async (
  room: Room,
  delivery: Delivery,
  context: DeliveryContext,
): Promise<Delivered | undefined> => {
  const { records, api } = room;
  const nameOf = namesOf(delivery);
  const { chosenRecord } = await openUploads(context, api, nameOf);
  const target = await records.marked(delivery, chosenRecord, context.signal);
  if (target === undefined) return undefined;
  const { pairs, missing } = await pairing({ ...room, delivery, context, nameOf }, target);
  return missing.length > 0 ? undefined : deliveredAs(room, target, pairs, () => false, true);
};

const deliver = async (room: Room, delivery: Delivery, context: DeliveryContext): Promise<Delivered> => {
  const form = await room.api.form(context.signal);
  const problems = problemsIn(form, room.config);
  // kintone would take it, and leave out what the form has no field for.
  if (problems.length > 0)
    throw new Failure('destination.rejected', { details: { problems: problems.map(({ en }) => en) } });
  const nameOf = namesOf(delivery);
  const uploads = await openUploads(context, room.api, nameOf);
  const attempt: Attempt = { ...room, delivery, context, form, uploads, nameOf };
  let refused: unknown;
  let resent = false;
  for (let round = 0; round < mostRounds; round += 1) {
    let view = await look(attempt);
    // Sending can take hours, and somebody works on the record meanwhile.
    while (await uploads.send(view.missing)) view = await look(attempt);
    if (view.marked && view.missing.length === 0)
      return deliveredAs(room, view.target, view.pairs, (file) => uploads.sent(file), true);
    try {
      return await verify(attempt, await write(attempt, view));
    } catch (error) {
      refused = error;
      if (isStaleKey(error) && !resent) {
        await uploads.forget();
        resent = true;
      } else if (!says(error, 'GAIA_CO02') && !(await isDuplicate(attempt, view, error))) throw error;
    }
  }
  throw refused;
};

/** What there is of a delivery. */
type View = Pairing &
  ({ marked: true; target: Target } | { marked: false /** To be added to. */; target: Target | undefined });

const look = async (attempt: Attempt): Promise<View> => {
  const { records, uploads, delivery, context } = attempt;
  const marked = await records.marked(delivery, uploads.chosenRecord, context.signal);
  const target = marked ?? (await records.toWrite(delivery, context.signal));
  // A twin may have written to it between the two readings.
  if (target !== undefined && records.isMarked(target, delivery))
    return { marked: true, target, ...(await pairing(attempt, target)) };
  return { marked: false, target, pairs: [], missing: delivery.files };
};

/** Whether a record was refused because a twin has made it. What is wrong with the values is wrong again. */
const isDuplicate = async (attempt: Attempt, { target }: View, error: unknown): Promise<boolean> => {
  const { records, delivery, context } = attempt;
  if (target !== undefined || !says(error, 'CB_VA01')) return false;
  return (await records.marked(delivery, undefined, context.signal)) !== undefined;
};

const pairing = (
  {
    delivery,
    context,
    nameOf,
    api,
    config,
  }: Pick<Attempt, 'delivery' | 'context' | 'nameOf' | 'api' | 'config'>,
  target: Target,
) => {
  const { readBackUpToBytes } = config;
  return pairUp(delivery, target.attachments, nameOf, { api, readBackUpToBytes, signal: context.signal });
};

/**
 * The one write that makes a delivery be there: attachments, mark and fields at once. A new record is added, not
 * upserted: an upsert would replace the attachments of a record that has come to be since it was looked for, and kintone
 * refuses the second record of a key in either case.
 */
const write = async (
  attempt: Attempt,
  { marked, target, missing }: View,
): Promise<{ id: number; revision: number }> => {
  const { api, config, delivery, context, uploads } = attempt;
  const { attachmentField, keyField } = config;
  const { signal } = context;
  const added = uploads.keysOf(missing).map((fileKey) => ({ fileKey }));
  if (target === undefined)
    return api.add(
      { ...mapped(attempt), [keyField]: { value: delivery.key }, [attachmentField]: { value: added } },
      signal,
    );
  const { id, revision, attachments, marks } = target;
  // An attachment that is not named again is taken away.
  const kept = attachments.map(({ fileKey }) => ({ fileKey }));
  const values: RecordValues = { [attachmentField]: { value: [...kept, ...added] } };
  // What staff have changed in the fields since the first time is theirs.
  if (!marked) {
    const lines = marks.trim() === '' ? [] : [marks.trimEnd()];
    Object.assign(values, mapped(attempt), { [keyField]: { value: [...lines, delivery.key].join('\n') } });
  }
  await uploads.choose(id);
  return { id, revision: await api.update(id, revision, values, signal) };
};

/** The configured fields, each in the form that its type takes. */
const mapped = ({ config, form, delivery, nameOf }: Attempt): RecordValues =>
  Object.fromEntries(
    Object.entries(config.fields).map(([code, template]) => {
      const text = fillText(template, delivery, nameOf);
      const field = form[code] ?? { type: 'SINGLE_LINE_TEXT' };
      return [code, { value: valueFor(field, text, config.timeZone) }];
    }),
  );

/** Reads the record back. @throws Failure when it doesn't hold what was sent */
const verify = async (attempt: Attempt, written: { id: number; revision: number }): Promise<Delivered> => {
  const { records, context, uploads } = attempt;
  const target = await records.byId(written.id, context.signal);
  if (target !== undefined) {
    const { pairs, missing } = await pairing(attempt, target);
    if (missing.length === 0) return deliveredAs(attempt, target, pairs, (file) => uploads.sent(file), false);
    if (target.revision === written.revision) throw otherThanSent(missing, written.id);
  }
  throw new Failure('destination.unavailable', {
    retry: 'later',
    details: { problem: 'somebody else has changed the record right after the write', record: written.id },
  });
};

const deliveredAs = (
  { api, config }: Room,
  target: Target,
  pairs: readonly Pair[],
  sent: (file: DeliveryFile) => boolean,
  alreadyThere: boolean,
): Delivered => {
  const link = api.linkTo(target.id);
  return {
    alreadyThere,
    remote: pairs.map((pair) => remoteOf(pair, link, sent(pair.file))),
    place: `app ${config.app}, record ${target.id}`,
    link,
    details: { app: config.app, record: target.id, revision: target.revision },
  };
};
