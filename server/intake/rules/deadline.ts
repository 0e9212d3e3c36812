/** How long an upload that was admitted in time may go on after the end. */
export const finishingHours = 6;

export type Phase = 'open' | 'grace' | 'over';

export interface Deadline {
  deadlineAt: Date | null;
  graceMinutes: number;
}

/** `grace`: still taken, and marked late. `over`: nothing new is taken. */
export const phaseAt = (deadline: Deadline, now: Date): Phase => {
  if (deadline.deadlineAt === null || now <= deadline.deadlineAt) return 'open';
  return now.getTime() <= deadline.deadlineAt.getTime() + deadline.graceMinutes * 60_000 ? 'grace' : 'over';
};

/** Whether an upload that was admitted in time may still move. */
export const mayGoOn = (deadline: Deadline, now: Date): boolean =>
  deadline.deadlineAt === null ||
  now.getTime() <=
    deadline.deadlineAt.getTime() + deadline.graceMinutes * 60_000 + finishingHours * 3_600_000;
