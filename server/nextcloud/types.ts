import type { Readable } from 'node:stream';
import type { Body } from './body.ts';

export interface CallOptions {
  signal?: AbortSignal | undefined;
}

export interface ServerStatus {
  installed: boolean;
  maintenance: boolean;
  /** '32.0.1' */
  version: string;
  productName: string;
}

export interface Capabilities {
  /** '32.0.1' */
  version: string;
  sharing: {
    enabled: boolean;
    publicLinks: boolean;
    /** Folders may be shared as file drops. */
    fileDrop: boolean;
    mailShares: boolean;
    passwordEnforced: boolean;
    /** Days after which the server presets that a link expires; `enforced`: nobody may set a later date. */
    expireDate: { enabled: boolean; enforced: boolean; days: number | undefined };
    /** Where it is off, public requests need `X-Requested-With: XMLHttpRequest`. */
    outgoingFederation: boolean;
  };
  /** What the server announces; 100 MiB and 5 where it announces nothing. `maxPartBytes` is never 0. */
  chunkedUpload: { maxPartBytes: number; maxParallel: number };
  /** In lower case, extensions with their dot. */
  forbiddenNames: {
    forbiddenNames: string[];
    forbiddenBasenames: string[];
    forbiddenExtensions: string[];
    forbiddenCharacters: string[];
  };
  windowsCompatibleNames: boolean;
  passwordPolicy: PasswordPolicy | undefined;
}

export interface PasswordPolicy {
  minLength: number;
  nonCommon: boolean;
  numeric: boolean;
  special: boolean;
  upperLower: boolean;
  notPwned: boolean;
}

/** How a server presents itself, as far as that is not Nextcloud's own. Not trusted: it is for pages to show. */
export interface Theming {
  /** One line of at most 120 characters. */
  name: string | undefined;
  /** `#rrggbb`, in lower case. */
  color: string | undefined;
  /** Below the base URL, with its query, which changes with the logo. */
  logoPath: string | undefined;
}

export interface UserInfo {
  id: string;
  displayName: string;
  email: string | undefined;
  /** Null: unlimited, or not known to the server. */
  quota: { freeBytes: number | null; usedBytes: number | undefined; totalBytes: number | null };
  groups: string[];
  language: string | undefined;
}

/** Permission bits of a share. A file drop is exactly `create`. */
export const permission = { read: 1, update: 2, create: 4, delete: 8, share: 16 } as const;
export const shareType = { user: 0, group: 1, publicLink: 3, mail: 4 } as const;

export interface ShareAttribute {
  scope: string;
  key: string;
  value: unknown;
}

/** `token` and `url` are secrets: they open the drop. `path` is relative to the account and follows the folder. */
export interface Share {
  id: string;
  type: number;
  permissions: number;
  /** '' for a share that is no link. */
  token: string;
  /** Built from the server's own idea of its host; '' for mail shares and those that are no link. */
  url: string;
  path: string;
  ownerUser: string;
  folderFileId: number;
  /** Of a mail share: the address that it was made for. */
  recipient: string | undefined;
  /** The last day, 'YYYY-MM-DD' in the owner's time zone. */
  expiration: string | null;
  note: string;
  label: string;
  hasPassword: boolean;
  attributes: ShareAttribute[];
}

export interface NewShare {
  /** User-relative path of a folder. */
  path: string;
  password?: string | undefined;
  /** Makes it a mail share, for this address. Nothing is mailed: that is `sendMail`. */
  recipient?: string | undefined;
  /**
   * The day on which it is over, 'YYYY-MM-DD': Nextcloud takes other forms and means another day by them. Null: none, which a
   * server that enforces one refuses; left out: as the server presets it.
   */
  expireDate?: string | null | undefined;
  label?: string | undefined;
  note?: string | undefined;
  attributes?: ShareAttribute[] | undefined;
}

export interface ShareChanges {
  permissions?: number;
  /** Null takes it away. */
  expireDate?: string | null;
  password?: string | null;
  note?: string;
  label?: string;
}

/** What a public address answered to somebody who has the share's password. */
export interface PublicProbe {
  /** One of the methods was answered below 400. */
  readable: boolean;
  /** The password was refused (401), so the refusal says nothing about what it opens. */
  passwordRefused: boolean;
  /** In the order asked; stops after a refused password, for wrong ones are counted. */
  statuses: { method: string; status: number }[];
}

export interface Shares {
  /** A public link with `permissions=4`. Not proven yet: that is `createFileDrop`. */
  create(input: NewShare, options?: CallOptions): Promise<Share>;
  /** @throws Failure `nextcloud.not-found`; asking for an expired share deletes it (measured on Nextcloud 32.0.1) */
  get(id: string, options?: CallOptions): Promise<Share>;
  update(id: string, changes: ShareChanges, options?: CallOptions): Promise<Share>;
  remove(id: string, options?: CallOptions): Promise<'removed' | 'absent'>;
  /**
   * Has Nextcloud mail the address of a mail share to its recipient, and its password in another mail, where the server does
   * that. At most ten in ten minutes. It answers well although its own mail does not work; where it says that it
   * failed, the share is gone (both measured on Nextcloud 32.0.1).
   */
  sendMail(id: string, password: string | undefined, options?: CallOptions): Promise<void>;
  /** Of all types, other people's reshares included. */
  listOn(path: string, options?: CallOptions): Promise<Share[]>;
  /** Those on the folders above. */
  listInherited(path: string, options?: CallOptions): Promise<Share[]>;
  /**
   * GET, HEAD and PROPFIND on the share's public address. A password that was refused is not given again for an
   * hour: Nextcloud shuts out an address after seven wrong ones.
   * @throws Failure when an answer is neither reading nor refusal (429, 5xx, redirect)
   */
  probePublicReading(
    token: string,
    password: string | undefined,
    options?: CallOptions,
  ): Promise<PublicProbe>;
}

export interface Entry {
  /** User-relative and decoded, without a slash at the end. */
  path: string;
  name: string;
  kind: 'file' | 'directory';
  /** A directory's is the sum of what it holds. */
  sizeBytes: number;
  fileId: number;
  etag: string;
  modifiedAt: Date | undefined;
  uploadedAt: Date | undefined;
  /** As the uploader claimed it: Nextcloud stores it and never checks it. */
  claimedSha256: string | undefined;
  /** As it was given when the file was stored. Gone when somebody has changed its content. */
  mark: string | undefined;
  /** Nextcloud's letters, such as 'RGDNVW'. */
  permissions: string;
}

/** What the server said of something it stored. Without a file id it may have stored nothing: look. */
export interface Stored {
  fileId: number | undefined;
  /** '' where the server told none, as for every COPY. */
  etag: string;
  /** Of what was stored, when asked for. Wrong on S3 storage under 100 MiB. */
  sha256: string | undefined;
}

export interface PutOptions extends CallOptions {
  sizeBytes: number;
  /** A name that is taken is `nextcloud.exists` instead of being replaced. */
  createOnly?: boolean;
  /** Left out up to 1970-01-02, which Nextcloud answers with 500. */
  mtime?: Date | undefined;
  /** Hex, to be kept with the file; Nextcloud doesn't check it. */
  sha256?: string | undefined;
  /** A word without blanks, to be kept with the file: tells whose it is. */
  mark?: string | undefined;
  wantHash?: boolean;
  /** Lets the server refuse at once what its quota can't hold. */
  totalBytes?: number | undefined;
}

export interface PutPartOptions extends CallOptions {
  sizeBytes: number;
  totalBytes?: number | undefined;
  wantHash?: boolean;
}

export interface AssembleOptions extends CallOptions {
  totalBytes: number;
  mtime?: Date | undefined;
  sha256?: string | undefined;
  mark?: string | undefined;
  createOnly: true;
  wantHash: boolean;
}

/** Both ends belong to it. */
export interface ByteRange {
  startByte: number;
  endByte?: number | undefined;
}

export interface Download {
  /** Holds a connection until it has ended or is destroyed. */
  body: Readable;
  /** Of the body: with a range, of the range. */
  sizeBytes: number;
  etag: string;
  /** Nextcloud tells none with a download (measured on 32.0.1): `stat` does. */
  fileId: number | undefined;
}

/** All paths are user-relative and unencoded: '/A/日本語 %#?.txt'. */
export interface Files {
  stat(path: string, options?: CallOptions): Promise<Entry | undefined>;
  /** What a folder holds, not the folder itself. @throws Failure `nextcloud.not-found` */
  list(path: string, options?: CallOptions): Promise<Entry[]>;
  get(path: string, options?: CallOptions & { range?: ByteRange | undefined }): Promise<Download>;
  /** `nextcloud.exists` also comes for a create-only put under a forbidden name (`x.part`): look, or check names before. */
  put(path: string, body: Body, options: PutOptions): Promise<Stored>;
  /** @throws Failure `nextcloud.conflict` without the folder above, `nextcloud.exists` where a file has the name */
  makeDirectory(path: string, options?: CallOptions): Promise<'created' | 'existed'>;
  /** Never replaces: @throws Failure `nextcloud.exists`, `nextcloud.conflict` without the folder above the target */
  move(from: string, to: string, options: CallOptions & { overwrite: false }): Promise<Stored>;
  /** As `move`; the new file has an id of its own. */
  copy(from: string, to: string, options: CallOptions & { overwrite: false }): Promise<Stored>;
  /** @param options `etag`: only while the file still has it; another in its place is left alone ('absent') */
  remove(path: string, options?: CallOptions & { etag?: string }): Promise<'removed' | 'absent'>;
}

export interface UploadListing {
  /** In the order of their names. */
  parts: { name: string; sizeBytes: number; etag: string }[];
  joinedBytes: number;
}

/** Chunked upload, the classic way: parts of any size and name, joined in the natural order of their names. */
export interface Uploads {
  begin(id: string, options?: CallOptions): Promise<'created' | 'existed'>;
  /** Replaces a part of the same name. */
  putPart(
    id: string,
    name: string,
    body: Body,
    options: PutPartOptions,
  ): Promise<{ etag: string; sha256: string | undefined }>;
  /** Undefined: there is no such upload (any more). */
  list(id: string, options?: CallOptions): Promise<UploadListing | undefined>;
  /** The parts joined. */
  read(id: string, options?: CallOptions & { range?: ByteRange | undefined }): Promise<Readable>;
  /**
   * Copies the joined parts to the target and keeps them. The server checks no sum here, `totalBytes` or not (measured
   * on Nextcloud 32.0.1): list the parts before, and look at the target afterwards. `nextcloud.exists` also comes
   * for a forbidden name; any failure that may pass can mean that the target is there all the same.
   */
  assemble(id: string, targetPath: string, options: AssembleOptions): Promise<Stored>;
  removePart(id: string, name: string, options?: CallOptions): Promise<'removed' | 'absent'>;
  remove(id: string, options?: CallOptions): Promise<'removed' | 'absent'>;
}

/** What somebody finds in their notifications at Nextcloud, and on a phone that has its app. */
export interface Notification {
  /** Of the row that it is about. */
  id: string;
  /** Plain, of any length, in one language. */
  text: string;
  /** Where it leads. */
  link: URL;
}

/** Only an administrator's account can tell other accounts something, and only where the app for it is on. */
export interface Notifications {
  /**
   * Nextcloud tells none from another: the same again is there twice.
   * @param userId in upper or lower case: it is the same account
   * @throws Failure `nextcloud.forbidden` (no administrator's account), `nextcloud.not-found` (the app is off, or from before
   * Nextcloud 30), and what every call may throw
   */
  tell(userId: string, notification: Notification, options?: CallOptions): Promise<'told' | 'unknown-user'>;
  /** Tells nobody anything. @throws Failure what is in the way for now, and `nextcloud.credentials-refused` */
  mayTell(options?: CallOptions): Promise<'yes' | 'no-administrator' | 'no-app'>;
}

/** One account on one Nextcloud. Every call may throw `Failure` with a `nextcloud.*` code, or its signal's reason. */
export interface Nextcloud {
  readonly baseUrl: URL;
  readonly user: string;
  /** Needs no credentials, and answers during maintenance. */
  status(options?: CallOptions): Promise<ServerStatus>;
  capabilities(options?: CallOptions): Promise<Capabilities>;
  /** Needs no credentials. */
  theming(options?: CallOptions): Promise<Theming>;
  /** What lies at a `logoPath`, whatever it is; undefined for more than `maxBytes`. Needs no credentials. */
  logo(path: string, options: CallOptions & { maxBytes: number }): Promise<Buffer | undefined>;
  me(options?: CallOptions): Promise<UserInfo>;
  /** @throws Failure `nextcloud.not-found`, `nextcloud.forbidden` for one whom the account may not ask about */
  userById(id: string, options?: CallOptions): Promise<UserInfo>;
  readonly shares: Shares;
  readonly files: Files;
  readonly uploads: Uploads;
  readonly notifications: Notifications;
  /**
   * Whether the server's password policy takes it for a share: its lists of common and leaked ones are asked only so. Where the
   * app is not there, every one is taken. `POST /apps/password_policy/api/v1/validate`, seen on Nextcloud 32.0.1.
   */
  acceptsPassword(password: string, options?: CallOptions): Promise<boolean>;
  /** An address that needs no credentials: a secret. From 1 to 86400 seconds; files only. */
  directLink(fileId: number, options: CallOptions & { expiresInSeconds: number }): Promise<string>;
  /** Calls under way fail with `nextcloud.unreachable`. */
  close(): Promise<void>;
}
