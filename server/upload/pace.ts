import type { UploadLimits } from './engine.ts';

const MiB = 1024 * 1024;

/** Before so much has come, or for so long, a burst out of some network's buffers looks like speed. */
const evidenceBytes = 8 * MiB;
const evidenceMs = 2_000;
/** Parts get smaller towards the end, so that little is left to be sent once the last byte has come. */
const leastTaperedBytes = 4 * MiB;

export interface Arrived {
  arrivedBytes: number;
  /** Milliseconds in which they could come. */
  openMs: number;
}

/** How fast bytes have come lately. */
export interface SpeedMeter {
  /** @returns bytes per second; undefined before that can be told */
  look(arrived: Arrived): number | undefined;
}

export const createSpeedMeter = (): SpeedMeter => {
  let from: Arrived = { arrivedBytes: 0, openMs: 0 };
  let mark = from;
  return {
    look({ arrivedBytes, openMs }) {
      if (openMs - mark.openMs > evidenceMs) {
        from = mark;
        mark = { arrivedBytes, openMs };
      }
      const bytes = arrivedBytes - from.arrivedBytes;
      const ms = openMs - from.openMs;
      return bytes < evidenceBytes && ms < evidenceMs ? undefined : (bytes * 1000) / Math.max(1, ms);
    },
  };
};

/**
 * At which size a part that is collected is full.
 * @param restBytes of the file, from the start of this part; undefined while its length is still to be said
 */
export const fullPartBytes = (
  startBytes: number,
  restBytes: number | undefined,
  { partBytes }: Pick<UploadLimits, 'partBytes'>,
): number => {
  const isOnePart = startBytes === 0 && restBytes !== undefined && restBytes <= partBytes;
  if (isOnePart || restBytes === undefined) return partBytes;
  return Math.min(partBytes, Math.max(Math.ceil(restBytes / 2), leastTaperedBytes));
};

/**
 * How many bytes may be sent while they come: what takes this submitter `mostMs`, and none for who is slow.
 * @param rest `bodyBytes`: what this PATCH still brings, undefined when it doesn't say
 * @returns undefined: none
 */
export const flowBytes = (
  bytesPerSecond: number | undefined,
  rest: { isWholeFile: boolean; bodyBytes: number | undefined },
  limits: Pick<UploadLimits, 'flow' | 'mostPartBytes'>,
): number | undefined => {
  const { isWholeFile, bodyBytes } = rest;
  const { flow, mostPartBytes } = limits;
  if (bytesPerSecond === undefined || bytesPerSecond < flow.leastBytesPerSecond) return undefined;
  if (bodyBytes === undefined || bodyBytes < flow.leastBytes) return undefined;
  const worthBytes = Math.floor((bytesPerSecond * flow.mostMs) / 1000);
  // A whole file is no part: what Nextcloud announces for those doesn't bind it.
  if (isWholeFile && bodyBytes <= worthBytes) return bodyBytes;
  return Math.min(bodyBytes, worthBytes, mostPartBytes);
};
