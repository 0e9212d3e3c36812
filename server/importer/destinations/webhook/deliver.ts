import { Failure } from '../../../lib/failure.ts';
import {
  type Delivered,
  type Delivery,
  type DeliveryContext,
  type Destination,
  type DirectLink,
  defineDestination,
} from '../destination.ts';
import { checkReceiver } from './check.ts';
import { configSchema, kind, secretsSchema, type WebhookConfig, type WebhookSecrets } from './config.ts';
import { deliveryMessage } from './message.ts';
import { post, type Receiver } from './post.ts';
import { words } from './words.ts';

export const webhook = defineDestination<WebhookConfig, WebhookSecrets>({
  kind,
  words,
  configSchema,
  secretsSchema,
  secretsGoTo: ['url'],
  create(config, secrets, tools): Destination {
    requireWhole(config, secrets, tools.callbacks !== undefined);
    const receiver: Receiver = { url: new URL(config.url), config, secrets, tools };
    return {
      check: (signal) => checkReceiver(receiver, signal),
      // It can't be asked: a repeat is told by the id of its message.
      probe: () => Promise.resolve(undefined),
      deliver: (delivery, context) =>
        send(receiver, tools.callbacks?.of(delivery.key, delivery.round), delivery, context),
    };
  },
});

const requireWhole = (config: WebhookConfig, secrets: WebhookSecrets, hasCallbacks: boolean): void => {
  const problem =
    (config.header === undefined) !== (secrets.headerValue === undefined)
      ? 'header and headerValue belong together'
      : config.acknowledge === 'receiver' && !hasCallbacks
        ? 'nothing can be acknowledged: the portal serves no address for it'
        : undefined;
  if (problem !== undefined)
    throw new Failure('destination.rejected', { details: { kind, problems: [problem] } });
};

const send = async (
  receiver: Receiver,
  callback: Parameters<typeof deliveryMessage>[2],
  delivery: Delivery,
  { signal, clock }: DeliveryContext,
): Promise<Delivered> => {
  const acknowledgeRequired = receiver.config.acknowledge === 'receiver';
  const links = new Map<string, DirectLink>();
  for (const file of delivery.files) {
    signal.throwIfAborted();
    links.set(file.id, await file.directLink());
  }
  const now = clock.now();
  const linkOf = (id: string): DirectLink => {
    const link = links.get(id);
    if (link === undefined) throw new Error('a file without a link');
    return link;
  };
  const message = deliveryMessage(delivery, linkOf, callback, { now, acknowledgeRequired });
  const status = await post(receiver, message, now, signal);
  return {
    alreadyThere: false,
    remote: delivery.files.map(({ id, sizeBytes }) => ({
      file: id,
      sizeBytes,
      // What it has done with the message only the receiver knows.
      verifiedBy: 'message-accepted',
    })),
    place: receiver.url.host,
    details: { messageId: message.id, status },
    ...(acknowledgeRequired ? { awaiting: 'acknowledgement' } : { bytesUnknown: true }),
  };
};
