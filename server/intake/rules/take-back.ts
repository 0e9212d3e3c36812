/** Until when what a sealed submission has can be taken back. Its deliveries wait as long. */
export const takeBackUntil = (sealedAt: Date, { takeBackMinutes }: { takeBackMinutes: number }): Date =>
  new Date(sealedAt.getTime() + takeBackMinutes * 60_000);

/** Before the seal it has no end. */
export const mayTakeBack = (
  submission: { sealedAt: Date | null },
  request: { takeBackMinutes: number },
  now: Date,
): boolean => submission.sealedAt === null || now < takeBackUntil(submission.sealedAt, request);
