/** What somebody who is signed in may be asked for again who they are. */
export type ConfirmedDeed = 'address' | 'token' | 'second-factor' | 'nextcloud' | 'people';

/** What somebody who is signed in sees of themselves. */
export interface AccountMessages {
  title: string;
  details: string;
  login: string;
  name: string;
  email: {
    title: string;
    label: string;
    hint: string;
    save: string;
    saved: string;
  };
  mailing: string;
  mailingHint: string;
  mailings: Record<'each' | 'daily' | 'none', string>;
  /** Notices as notifications at Nextcloud. */
  notified: {
    label: string;
    hint: (p: { user: string }) => string;
    /** Why it can't be had, and who does what about it. */
    obstacles: Record<
      'no-account' | 'no-administrator' | 'no-app' | 'refused' | 'unknown' | 'unknown-user',
      (p: { user: string }) => string
    >;
    /** After `no-account`: for who can connect one, and for who can't. */
    connect: string;
    ask: string;
  };
  language: string;
  languageHint: string;
  save: string;
  saved: string;
  /** Before something that lets somebody into an account for good. */
  confirm: {
    title: string;
    text: string;
    /** Before what is about to be done. */
    about: string;
    deed: Record<ConfirmedDeed, string>;
    password: string;
    submit: string;
    signIn: string;
    orSignIn: string;
    noWay: string;
    confirmedTitle: string;
    confirmedText: string;
    goOn: string;
    cancel: string;
  };
  password: {
    title: string;
    text: string;
    none: string;
    current: string;
    new: string;
    newHint: (p: { count: number }) => string;
    again: string;
    /** A tick box. */
    revokeTokens: string;
    change: string;
    changed: string;
  };
  secondFactor: {
    title: string;
    off: string;
    begin: string;
    waiting: string;
    openApp: string;
    secret: string;
    /** Of the key, as a QR code. */
    codePicture: string;
    code: string;
    confirm: string;
    on: (p: { count: number }) => string;
    turnOff: string;
    turnedOff: string;
    recoveryTitle: string;
    recoveryText: string;
    signInTitle: string;
    signInText: string;
    codeOrRecovery: string;
    startAgain: string;
  };
  nextcloud: {
    title: string;
    text: string;
    connect: string;
    connectedAs: (p: { user: string }) => string;
    reconnect: string;
    reconnectText: string;
    inUse: (p: { count: number }) => string;
    disconnect: string;
    disconnectText: string;
    isConnected: string;
    isDisconnected: string;
  };
  sessions: {
    title: string;
    text: string;
    device: (p: { browser: string; system: string }) => string;
    unknownBrowser: string;
    signedIn: (p: { at: string }) => string;
    from: (p: { address: string }) => string;
    isThis: string;
    end: string;
    endOthers: string;
    ended: string;
  };
  tokens: {
    title: string;
    text: string;
    docs: string;
    scopes: string;
    name: string;
    nameHint: string;
    life: string;
    days: (p: { count: number }) => string;
    forEver: string;
    create: string;
    until: (p: { at: string }) => string;
    untilRevoked: string;
    over: (p: { at: string }) => string;
    used: (p: { at: string }) => string;
    neverUsed: string;
    revoke: string;
    revoked: string;
    /** The only page that shows it. */
    newTitle: string;
    newText: string;
    token: string;
  };
}
