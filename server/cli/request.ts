import { closeRequest } from '../intake/close-request.ts';
import { systemActor } from '../intake/context.ts';
import { describeRequest, describeRequests } from '../intake/describe-request.ts';
import { lookForFiles } from '../intake/look-for-files.ts';
import { openRequest } from '../intake/open-request.ts';
import { newRequestSchema } from '../intake/rules/new-request.ts';
import { withInstallation } from './surroundings.ts';
import { oneWord, parse, UsageError } from './usage.ts';

/** Opens a request and prints its link. */
export const createRequest = async (args: string[]): Promise<number> => {
  const { values, positionals } = parse(args, {
    instructions: { type: 'string' },
    deadline: { type: 'string' },
    password: { type: 'string' },
    'max-file-bytes': { type: 'string' },
    'take-back-minutes': { type: 'string' },
    type: { type: 'string', multiple: true },
    item: { type: 'string', multiple: true },
    destination: { type: 'string', multiple: true },
    folder: { type: 'string' },
    json: { type: 'boolean', default: false },
  });
  const title = oneWord(positionals, 'title (in quotes)');
  return withInstallation(async ({ intake, config }) => {
    const parsed = newRequestSchema.safeParse({
      title,
      instructions: values.instructions,
      deadline: values.deadline,
      deadlineZone: config.zone,
      password: values.password,
      maxFileBytes: wholeNumber(values['max-file-bytes']),
      takeBackMinutes: wholeNumber(values['take-back-minutes']),
      allowedTypes: values.type,
      items: values.item?.map(itemIn),
      destinations: values.destination,
      folder: values.folder,
    });
    if (!parsed.success)
      throw new UsageError(
        parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('\n'),
      );
    const { requestId } = await openRequest(intake, parsed.data, systemActor);
    const request = await describeRequest(intake, config.publicUrl, requestId);
    console.log(values.json ? JSON.stringify(request, null, 2) : request.link);
    if (!values.json)
      console.error(
        `${requestId} is open. Its folder ${request.folder ?? ''} is upload-only: Nextcloud says permissions ${request.share?.permissions ?? '?'}.`,
      );
    return 0;
  });
};

export const listRequestsCommand = async (args: string[]): Promise<number> => {
  const { values } = parse(args, { json: { type: 'boolean', default: false } });
  return withInstallation(async ({ intake, config }) => {
    const requests = await describeRequests(intake, config.publicUrl, systemActor);
    if (values.json) console.log(JSON.stringify(requests, null, 2));
    else if (requests.length === 0)
      console.log('No requests yet. Open one with: uketori request create TITLE');
    for (const request of values.json ? [] : requests) {
      const arrivals = `${request.submissions} submissions, ${request.files} files`;
      console.log(`${request.id}  ${request.state.padEnd(8)}  ${request.title}  (${arrivals})`);
      if (request.link !== null && request.state === 'open') console.log(`    ${request.link}`);
    }
    return 0;
  });
};

export const closeRequestCommand = async (args: string[]): Promise<number> => {
  const { positionals } = parse(args, {});
  const requestId = oneWord(positionals, 'request id, such as `uketori request list` shows');
  return withInstallation(async ({ intake }) => {
    await closeRequest(intake, requestId, systemActor);
    console.log(`${requestId} is closed.`);
    return 0;
  });
};

export const lookForFilesCommand = async (args: string[]): Promise<number> => {
  const { positionals } = parse(args, {});
  const requestId = oneWord(positionals, 'request id, such as `uketori request list` shows');
  return withInstallation(async ({ intake }) => {
    await lookForFiles(intake, requestId);
    console.log('The importer looks. A file is taken when it has stood still for 30 seconds.');
    return 0;
  });
};

/** A number that the schema then judges; what is no number becomes one that it refuses. */
const wholeNumber = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : Number(text);

/** A checklist item: its label, or all of it as a JSON object, which the schema then judges. */
const itemIn = (text: string): unknown => {
  if (!text.startsWith('{')) return { label: text };
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new UsageError(`--item: expected a label or a JSON object: ${text}`);
  }
};
