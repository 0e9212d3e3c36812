import { EventEmitter, once } from 'node:events';
import type { Readable } from 'node:stream';
import { Busboy, type BusboyFileStream, type BusboyInstance } from '@fastify/busboy';
import { Failure } from '../../../lib/failure.ts';

/** One part of a form, in the order in which they come. */
export type FormPart =
  | { kind: 'field'; name: string; value: string }
  | {
      kind: 'file';
      field: string;
      /** As it was sent, with its folders; empty where an input was left empty. */
      name: string;
      contentType: string;
      /** Read to its end, or given up with `resume`: nothing after it comes before. Breaks when the connection does. */
      content: Readable;
    };

/** More than a request can ask, a folder can hold or a text can be long. */
const limits = {
  fields: 200,
  fieldSize: 64 * 1024,
  files: 5_000,
  parts: 5_200,
  headerSize: 16 * 1024,
  headerPairs: 50,
};

/**
 * Takes a form apart as it comes. Files pass through: a sender is held back until somebody reads. No more comes in
 * while a file waits behind the one that is being read, or small files would pile up.
 * @throws Failure `input.invalid` for what is no such form or ends within it, `input.too-large`, `upload.too-many`;
 * what the connection broke with
 */
export async function* partsOf(source: Readable, contentType: string): AsyncGenerator<FormPart, void> {
  const parser = openParser(contentType);
  const waiting: FormPart[] = [];
  const state: { file?: BusboyFileStream; error?: Error; isOver: boolean } = { isOver: false };
  const bell = new EventEmitter();
  const ring = () => bell.emit('ring');
  const fail = (error: Error) => {
    state.error ??= error;
    state.file?.destroy(state.error);
    ring();
  };
  const take = (part: FormPart) => {
    waiting.push(part);
    ring();
  };
  parser.on('field', (name, value, _isNameCut, isCut) => {
    if (isCut) fail(new Failure('input.too-large'));
    else take({ kind: 'field', name, value });
  });
  parser.on('file', (field, content, name, _encoding, contentType) => {
    state.file = content;
    // Whoever reads it is told as well; unread it must not end the process.
    content.on('error', () => undefined);
    take({ kind: 'file', field, name, contentType, content });
  });
  parser.on('filesLimit', () => fail(new Failure('upload.too-many', { params: { limit: limits.files } })));
  for (const event of ['fieldsLimit', 'partsLimit'] as const)
    parser.on(event, () => fail(new Failure('input.too-large')));
  parser.on('error', (cause) => fail(new Failure('input.invalid', { cause })));
  parser.on('finish', () => {
    state.isOver = true;
    ring();
  });

  const pump = async () => {
    // The connection is still needed for the answer.
    for await (const chunk of source.iterator({ destroyOnReturn: false })) {
      while (waiting.length > 0 && state.error === undefined) await once(bell, 'ring');
      if (state.error !== undefined) return;
      await new Promise<void>((resolve) => {
        parser.write(chunk as Buffer, () => resolve());
      });
    }
    parser.end();
  };
  pump().catch(fail);
  try {
    for (;;) {
      if (state.error !== undefined) throw state.error;
      const part = waiting.shift();
      if (part === undefined) {
        if (state.isOver) return;
        await once(bell, 'ring');
      } else {
        ring();
        yield part;
      }
    }
  } finally {
    fail(new Failure('input.invalid'));
  }
}

const openParser = (contentType: string): BusboyInstance => {
  if (!/^multipart\/form-data\s*;/i.test(contentType)) throw new Failure('input.invalid');
  try {
    return new Busboy({
      headers: { 'content-type': contentType },
      preservePath: true,
      isPartAFile: (_field, _type, fileName) => fileName !== undefined,
      limits,
    });
  } catch (cause) {
    throw new Failure('input.invalid', { cause });
  }
};
