/**
 * A toy of the portal's intake for the preview: the routes that the submitter's page talks to, in memory, with bytes
 * counted, hashed and thrown away. It stands for nothing: tests of sending run against the portal.
 */
import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';

const storingMs = 1500;

export const createToyIntake = () => {
  const submissions = new Map();
  const uploads = new Map();

  const json = (response, status, body) => {
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
    return true;
  };
  const tus = (response, status, headers = {}) => {
    response.writeHead(status, { 'Tus-Resumable': '1.0.0', ...headers }).end();
    return true;
  };

  const open = async (request, response) => {
    const details = JSON.parse(await textOf(request));
    if (details.name === 'wrong')
      return json(response, 422, {
        code: 'submission.field-invalid',
        message: 'This name can’t be used.',
        field: 'name',
      });
    const submission = { id: randomUUID(), state: 'open', receiptNumber: '261122-7F3KQ', sealsAtMs: 0 };
    submissions.set(submission.id, submission);
    return json(response, 201, {
      submissionId: submission.id,
      credential: submission.id,
      receiptNumber: submission.receiptNumber,
    });
  };

  const statusOf = (submission) => {
    const own = [...uploads.values()].filter((upload) => upload.submissionId === submission.id);
    if (submission.state === 'finishing' && Date.now() > submission.sealsAtMs) submission.state = 'sealed';
    const stored = submission.state === 'sealed';
    return {
      state: submission.state,
      receiptNumber: submission.receiptNumber,
      ...(stored ? { receiptUrl: '/receipt' } : {}),
      files: own.map((upload) => ({
        uploadId: upload.id,
        name: upload.name,
        sizeBytes: upload.sizeBytes,
        offsetBytes: upload.offsetBytes,
        state: upload.offsetBytes < upload.sizeBytes ? 'uploading' : stored ? 'stored' : 'received',
        ...(stored ? { sha256: upload.hash.copy().digest('hex'), storedAt: new Date().toISOString() } : {}),
      })),
    };
  };

  const create = (request, response) => {
    const metadata = Object.fromEntries(
      String(request.headers['upload-metadata'] ?? '')
        .split(',')
        .map((pair) => pair.trim().split(' '))
        .map(([key, value]) => [key, Buffer.from(value ?? '', 'base64').toString()]),
    );
    const name = metadata.relativePath ?? metadata.filename;
    if (name.includes('refuse'))
      return json(response, 422, {
        code: 'upload.name-forbidden',
        message: `“${name}” has a name that the file storage does not allow. It was not sent.`,
      });
    const upload = {
      id: randomUUID(),
      submissionId: String(request.headers.authorization).replace('Bearer ', ''),
      name,
      sizeBytes: Number(request.headers['upload-length']),
      offsetBytes: 0,
      hash: createHash('sha256'),
    };
    uploads.set(upload.id, upload);
    return tus(response, 201, { Location: `/uploads/${upload.id}` });
  };

  const append = async (request, response, upload) => {
    const bytesPerMs = Number(new URL(request.headers.referer ?? 'http://x').searchParams.get('slow') ?? 1e6);
    if (Number(request.headers['upload-offset']) !== upload.offsetBytes) return tus(response, 409);
    const writer = {};
    upload.writer = writer;
    try {
      for await (const piece of request) {
        if (upload.writer !== writer) {
          request.destroy();
          return true;
        }
        upload.hash.update(piece);
        upload.offsetBytes += piece.length;
        await wait(piece.length / bytesPerMs);
      }
    } catch {
      // The submitter went away; what came is kept.
      return true;
    }
    return tus(response, 204, { 'Upload-Offset': String(upload.offsetBytes) });
  };

  return async (request, response, url) => {
    const [, room, id, action] = url.pathname.split('/');
    if (room === 'r' && action === 'submissions') return open(request, response);
    if (room === 'submissions' && submissions.has(id)) {
      const submission = submissions.get(id);
      if (action === 'finish')
        Object.assign(submission, { state: 'finishing', sealsAtMs: Date.now() + storingMs });
      return json(response, action === 'finish' ? 202 : 200, statusOf(submission));
    }
    if (room !== 'uploads') return false;
    if (request.method === 'POST') return create(request, response);
    const upload = uploads.get(id);
    if (upload === undefined) return tus(response, 404);
    if (request.method === 'HEAD') {
      // Whoever asks where to go on takes over.
      upload.writer = undefined;
      return tus(response, 200, {
        'Upload-Offset': String(upload.offsetBytes),
        'Upload-Length': String(upload.sizeBytes),
      });
    }
    if (request.method === 'PATCH') return append(request, response, upload);
    uploads.delete(id);
    return tus(response, 204);
  };
};

const textOf = async (request) => {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  return Buffer.concat(pieces).toString();
};
