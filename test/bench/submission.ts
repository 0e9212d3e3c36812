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

/** @throws Error when it is not sealed at once: a file of it is not stored yet */
export const sealSubmission = async (
  portalUrl: string,
  { submissionId, credential }: Pick<Begun, 'submissionId' | 'credential'>,
): Promise<void> => {
  const reply = await fetch(`${portalUrl}/submissions/${submissionId}/finish`, {
    method: 'POST',
    headers: { authorization: `Bearer ${credential}` },
  });
  const text = await reply.text();
  if (reply.status !== 200) throw new Error(`not sealed: ${reply.status} ${text}`);
};
