import type { IncomingMessage, ServerResponse } from 'node:http';
import { S3Error } from './errors.ts';
import type { Account } from './signature.ts';
import type { Store } from './store.ts';

/** What Amazon calls them in policies. */
export type Action = 'ListBucket' | 'GetObject' | 'PutObject' | 'DeleteObject' | 'AbortMultipartUpload';

/** What an attempt to write meets next: see the suite of destinations. */
export type Fault =
  | 'throttled'
  | 'failing'
  | 'answer-lost'
  | 'hanging'
  | 'conflict'
  | 'corrupting'
  | 'not-xml'
  | 'redirected';

export interface S3StandIn {
  url: string;
  store: Store;
  account: Account;
  denied: Set<Action>;
  /** `yes`: as Amazon does. `ignored`: replaces all the same. `refused`: answers that it can't. */
  conditionalWrites: 'yes' | 'ignored' | 'refused';
  /** False: knows nothing of SHA-256 checksums, as systems of some years ago. */
  checksums: boolean;
  /** Called before an object is made, when all of its bytes are here. */
  beforeMade: (key: string) => void;
  /** Called when a part is about to be taken. */
  beforePart: () => void;
  /** What the signature of the last body covered. */
  signedPayload: string | undefined;
  /** The next joining of parts fails after its 200, as Amazon's can. */
  failsLate: boolean;
  /** Strikes the next request that writes. */
  fault: Fault | undefined;
  /** One line a request, such as `PUT /bucket/key`. */
  log: string[];
  close(): Promise<void>;
}

export interface Call {
  standIn: S3StandIn;
  request: IncomingMessage;
  response: ServerResponse;
  key: string;
  query: URLSearchParams;
  fault: Fault | undefined;
}

export const bucketName = 'collected';
export const region = 'ap-northeast-1';

export const requireRight = ({ denied }: S3StandIn, action: Action): void => {
  if (denied.has(action)) throw new S3Error(403, 'AccessDenied');
};
