import { liveFilesId, liveSaidId } from '../../console/live.ts';
import { messagesFor } from '../../i18n/index.ts';
import type { PageContext } from '../context.ts';

/**
 * Where a page says what has changed in it, and whom its script listens to. What is kept as things stand is marked
 * `data-live`, and has an id.
 * @param path of the stream
 * @param files how many there are, so that more of them can be told
 */
export const Live = ({ context, path, files }: { context: PageContext; path: string; files: number }) => {
  const { live } = messagesFor(context.language).console;
  return (
    <>
      <output
        id={liveSaidId}
        class="visually-hidden"
        data-stream={path}
        data-new-files={JSON.stringify(live.files)}
      />
      <span id={liveFilesId} data-live hidden>
        {files}
      </span>
    </>
  );
};
