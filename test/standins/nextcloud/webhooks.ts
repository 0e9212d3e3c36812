import { type OcsCall, OcsError } from './ocs-call.ts';

/** Registration only: the stand-in calls nobody. For administrators. */
export const serveWebhooks = async (call: OcsCall, rest: string): Promise<unknown> => {
  const { instance, exchange, signIn, parameters, json } = call;
  if (signIn.user.admin !== true) {
    throw new OcsError(
      403,
      'Logged in account must be an admin, a sub admin or gotten special right to access this setting',
    );
  }
  if (exchange.method === 'GET' && rest === '') return [...instance.webhooks.values()];
  if (exchange.method === 'POST' && rest === '') {
    const webhook = {
      id: instance.nextWebhookId(),
      userId: signIn.user.id,
      httpMethod: parameters.get('httpMethod') ?? 'POST',
      uri: parameters.get('uri') ?? '',
      event: parameters.get('event') ?? '',
      eventFilter: json.eventFilter ?? [],
      authMethod: parameters.get('authMethod') ?? 'none',
    };
    instance.webhooks.set(webhook.id, webhook);
    await instance.save();
    return webhook;
  }
  const id = Number(rest);
  if (!instance.webhooks.has(id)) throw new OcsError(404, 'Webhook not found');
  if (exchange.method !== 'DELETE') return instance.webhooks.get(id);
  instance.webhooks.delete(id);
  await instance.save();
  return true;
};
