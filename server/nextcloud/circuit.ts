import { Failure } from '../lib/failure.ts';

/** Says afterwards what an authenticated call has shown about the credentials. Only the first word counts. */
export interface Attempt {
  accepted(): void;
  /** @returns the failure to throw */
  refused(): Failure;
  /** The call ended without the credentials having been looked at (network, 429, 5xx). */
  unclear(): void;
}

/**
 * Keeps refused credentials from being tried over and over. Nextcloud counts wrong logins per source address:
 * about a dozen, and it answers 429 to everybody behind that address (measured on Nextcloud 32.0.1).
 */
export interface Circuit {
  readonly isOpen: boolean;
  /** @throws Failure `nextcloud.credentials-refused` while open, but for the one call that is the probe */
  enter(): Attempt;
}

export interface CircuitOptions {
  /** Between the refusal and the first probe; doubles with every probe that is refused. Default five minutes. */
  firstProbeMs?: number;
  longestProbeMs?: number;
  /** Milliseconds that only grow. */
  nowMs?: () => number;
  onOpen?: () => void;
  onClose?: () => void;
}

interface State {
  open: boolean;
  probing: boolean;
  waitMs: number;
  nextProbeAtMs: number;
}

const whileProbingMs = 5_000;
/** A probe that showed nothing is repeated after this part of the wait. */
const unclearShare = 0.1;

/** The circuit of one account: share it between all clients of that account. */
export function createCircuit(options: CircuitOptions = {}): Circuit {
  const firstProbeMs = options.firstProbeMs ?? 5 * 60_000;
  const longestProbeMs = options.longestProbeMs ?? 60 * 60_000;
  const nowMs = options.nowMs ?? (() => performance.now());
  const state: State = { open: false, probing: false, waitMs: firstProbeMs, nextProbeAtMs: 0 };

  const refusal = (): Failure => {
    const untilProbeMs = Math.max(0, Math.ceil(state.nextProbeAtMs - nowMs()));
    const afterMs = state.probing ? Math.min(whileProbingMs, state.waitMs) : untilProbeMs;
    return new Failure('nextcloud.credentials-refused', { retry: { afterMs } });
  };

  const openNow = (): void => {
    state.open = true;
    state.waitMs = firstProbeMs;
    state.nextProbeAtMs = nowMs() + firstProbeMs;
    options.onOpen?.();
  };

  const closeNow = (): void => {
    state.open = false;
    options.onClose?.();
  };

  return {
    get isOpen() {
      return state.open;
    },
    enter() {
      if (!state.open) return ordinaryAttempt(state, openNow, refusal);
      if (state.probing || nowMs() < state.nextProbeAtMs) throw refusal();
      state.probing = true;
      return probe(state, { nowMs, longestProbeMs, closeNow, refusal });
    },
  };
}

/** One that began while the circuit was closed: its refusal opens it, its success says nothing that is news. */
const ordinaryAttempt = (state: State, openNow: () => void, refusal: () => Failure): Attempt => ({
  accepted() {},
  refused() {
    if (!state.open) openNow();
    return refusal();
  },
  unclear() {},
});

const probe = (
  state: State,
  circuit: { nowMs: () => number; longestProbeMs: number; closeNow: () => void; refusal: () => Failure },
): Attempt => {
  let settled = false;
  const once = (effect: () => void): void => {
    if (settled) return;
    settled = true;
    state.probing = false;
    effect();
  };
  return {
    accepted: () => once(circuit.closeNow),
    refused() {
      once(() => {
        state.waitMs = Math.min(state.waitMs * 2, circuit.longestProbeMs);
        state.nextProbeAtMs = circuit.nowMs() + state.waitMs;
      });
      return circuit.refusal();
    },
    unclear: () =>
      once(() => {
        state.nextProbeAtMs = circuit.nowMs() + state.waitMs * unclearShare;
      }),
  };
};
