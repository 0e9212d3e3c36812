import type { DeliveryState, ScanResult } from '../../db/schema/index.ts';

/** Where staff see what was handed on: destinations and deliveries. */
export interface ImporterMessages {
  navigation: Record<
    'label' | 'requests' | 'templates' | 'destinations' | 'deliveries' | 'notices' | 'people' | 'audit',
    string
  >;
  destinations: {
    title: string;
    intro: string;
    empty: string;
    add: string;
    addHint: string;
    inUse: string;
    paused: string;
    failing: (p: { until: string }) => string;
    counts: (p: Record<Exclude<DeliveryState, 'withdrawn'>, number>) => string;
    onlyAdministrators: string;
  };
  destination: {
    back: string;
    newTitle: (p: { kind: string }) => string;
    name: string;
    maxConcurrent: string;
    maxConcurrentHint: string;
    config: string;
    configHint: string;
    secrets: string;
    secretsHint: string;
    secretKept: string;
    removeSecret: (p: { name: string }) => string;
    json: string;
    size: string;
    examples: string;
    yes: string;
    no: string;
    preset: string;
    save: string;
    saved: string;
    check: string;
    checkHint: string;
    findings: string;
    fit: string;
    unfit: string;
    level: Record<'good' | 'warning' | 'problem', string>;
    pause: string;
    resume: string;
    remove: string;
    seeDeliveries: string;
  };
  removeDestination: {
    title: (p: { name: string }) => string;
    goes: string;
    stays: string;
    requests: (p: { count: number }) => string;
    more: (p: { count: number }) => string;
    requestsFirst: string;
    closed: (p: { count: number }) => string;
    waiting: (p: { count: number }) => string;
    waitingFirst: string;
    dead: (p: { count: number }) => string;
    seeDead: string;
    cannotBeUndone: string;
    submit: string;
  };
  deliveries: {
    title: string;
    all: string;
    none: string;
    next: string;
    csv: string;
    replayFailed: (p: { count: number }) => string;
    to: string;
    wholeSubmission: string;
    found: string;
  };
  delivery: {
    back: string;
    key: string;
    keyHint: string;
    made: string;
    delivered: string;
    next: string;
    soon: string;
    whenResumed: string;
    removed: string;
    there: string;
    open: string;
    files: string;
    notScanned: string;
    scan: Record<ScanResult, string>;
    released: string;
    release: string;
    releaseHint: string;
    attempts: string;
    outcome: Record<'delivered' | 'already-there' | 'awaiting' | 'retry' | 'dead' | 'under-way', string>;
    retry: string;
    replay: string;
    replayHint: string;
    giveUp: string;
    giveUpHint: string;
  };
}
