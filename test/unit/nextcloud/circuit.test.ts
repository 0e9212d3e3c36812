import { describe, expect, test } from 'vitest';
import { isFailure } from '../../../server/lib/failure.ts';
import { createCircuit } from '../../../server/nextcloud/circuit.ts';

const minute = 60_000;

const withClock = () => {
  const clock = { ms: 0, opened: 0, closed: 0 };
  const circuit = createCircuit({
    nowMs: () => clock.ms,
    onOpen: () => (clock.opened += 1),
    onClose: () => (clock.closed += 1),
  });
  return { clock, circuit };
};

const refusalOf = (work: () => unknown): unknown => {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
};

describe('the circuit of an account', () => {
  test('lets everything pass while nothing is refused', () => {
    const { circuit, clock } = withClock();
    for (let n = 0; n < 20; n += 1) circuit.enter().accepted();
    circuit.enter().unclear();
    expect(circuit.isOpen).toBe(false);
    expect(clock.opened).toBe(0);
  });

  test('opens at the first refusal, and then fails every call at once with the time of the probe', () => {
    const { circuit, clock } = withClock();
    expect(circuit.enter().refused().retry).toEqual({ afterMs: 5 * minute });
    clock.ms = 4 * minute;
    const refusal = refusalOf(() => circuit.enter());
    expect(isFailure(refusal, 'nextcloud.credentials-refused')).toBe(true);
    expect(refusal).toMatchObject({ retry: { afterMs: minute } });
    expect(clock.opened).toBe(1);
  });

  test('calls that were under way when it opened neither open it again nor close it', () => {
    const { circuit, clock } = withClock();
    const [first, second, third] = [circuit.enter(), circuit.enter(), circuit.enter()];
    first.refused();
    clock.ms = minute;
    second.refused();
    third.accepted();
    expect(circuit.isOpen).toBe(true);
    expect(clock.opened).toBe(1);
    expect(refusalOf(() => circuit.enter())).toMatchObject({ retry: { afterMs: 4 * minute } });
  });

  test('one probe passes when its time has come, and no other call beside it', () => {
    const { circuit, clock } = withClock();
    circuit.enter().refused();
    clock.ms = 5 * minute;
    const probe = circuit.enter();
    expect(refusalOf(() => circuit.enter())).toBeDefined();
    probe.accepted();
    expect(circuit.isOpen).toBe(false);
    expect(clock.closed).toBe(1);
    circuit.enter().accepted();
  });

  test('every refused probe doubles the wait, up to an hour', () => {
    const { circuit, clock } = withClock();
    circuit.enter().refused();
    const waits: number[] = [];
    for (let n = 0; n < 6; n += 1) {
      const before = refusalOf(() => circuit.enter());
      expect(before).toBeDefined();
      const { afterMs } = (before as { retry: { afterMs: number } }).retry;
      waits.push(afterMs / minute);
      clock.ms += afterMs;
      circuit.enter().refused();
    }
    expect(waits).toEqual([5, 10, 20, 40, 60, 60]);
    expect(clock.opened).toBe(1);
  });

  test('a probe that showed nothing is repeated, without doubling', () => {
    const { circuit, clock } = withClock();
    circuit.enter().refused();
    clock.ms = 5 * minute;
    circuit.enter().unclear();
    expect(refusalOf(() => circuit.enter())).toMatchObject({ retry: { afterMs: minute / 2 } });
    clock.ms += minute / 2;
    circuit.enter().accepted();
    expect(circuit.isOpen).toBe(false);
  });

  test('only the first word about a probe counts', () => {
    const { circuit, clock } = withClock();
    circuit.enter().refused();
    clock.ms = 5 * minute;
    const probe = circuit.enter();
    probe.accepted();
    probe.unclear();
    probe.refused();
    expect(circuit.isOpen).toBe(false);
  });
});
