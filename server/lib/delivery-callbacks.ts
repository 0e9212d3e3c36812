import type { Sealing } from './sealing.ts';

/** Where the receiver of a webhook comes back to about one delivery, and what it shows there. */
export interface DeliveryCallback {
  /** POST gives fresh links to the files. */
  links: URL;
  /** POST says that the delivery has been taken over, or why not. */
  acknowledgement: URL;
  /** A bearer token for both, and for this round of this delivery alone: a secret. */
  token: string;
}

export interface DeliveryCallbacks {
  of(deliveryKey: string, round: number): DeliveryCallback;
  /** Whether a token that somebody shows is one for this round of this delivery, and has not expired. */
  isGood(deliveryKey: string, round: number, token: string): boolean;
}

export interface DeliveryCallbacksOptions {
  publicUrl: URL;
  sealing: Pick<Sealing, 'sign' | 'verify'>;
  nowMs?: () => number;
}

const lifetimeSeconds = 30 * 24 * 3600;
const purpose = 'delivery-callback';

/** Tokens are `<expiry in Unix seconds>.<HMAC of delivery, round and expiry>`: nothing is stored for them. */
export const createDeliveryCallbacks = ({
  publicUrl,
  sealing,
  nowMs = Date.now,
}: DeliveryCallbacksOptions): DeliveryCallbacks => {
  const nowSeconds = () => Math.floor(nowMs() / 1000);
  const at = (key: string, name: string) =>
    new URL(`/api/v1/deliveries/${encodeURIComponent(key)}/${name}`, publicUrl);
  return {
    of(key, round) {
      const expiry = String(nowSeconds() + lifetimeSeconds);
      return {
        links: at(key, 'links'),
        acknowledgement: at(key, 'acknowledgement'),
        token: `${expiry}.${sealing.sign(`${key}.${round}.${expiry}`, purpose)}`,
      };
    },
    isGood(key, round, token) {
      const [, expiry = '', signature = ''] = /^(\d{1,12})\.([\w-]+)$/.exec(token) ?? [];
      return sealing.verify(`${key}.${round}.${expiry}`, signature, purpose) && Number(expiry) > nowSeconds();
    },
  };
};
