/** A sending that has begun. */
export interface Begun {
  submissionId: string;
  credential: string;
  receiptNumber: string;
}

/** @param token of the request's link */
export const beginSubmission = async (portalUrl: string, token: string, name: string): Promise<Begun> => {
  const reply = await fetch(`${portalUrl}/r/${token}/submissions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name }),
  });
  if (reply.status !== 201) throw new Error(`not begun: ${reply.status} ${await reply.text()}`);
  return (await reply.json()) as Begun;
};
