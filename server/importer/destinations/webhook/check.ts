import { randomBytes } from 'node:crypto';
import { type Failure, isFailure } from '../../../lib/failure.ts';
import type { Words } from '../../../lib/words.ts';
import type { CheckFinding, CheckResult } from '../destination.ts';
import { checkMessage } from './message.ts';
import { post, type Receiver } from './post.ts';

/** Sends a signed message of the type `uketori.check`, which a receiver answers with 2xx and otherwise ignores. */
export const checkReceiver = async (
  receiver: Receiver,
  signal: AbortSignal = new AbortController().signal,
): Promise<CheckResult> => {
  const { host, protocol } = receiver.url;
  const now = new Date();
  try {
    await post(receiver, checkMessage(`check-${randomBytes(12).toString('hex')}`, now), now, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!isFailure(error)) throw error;
    return { fit: false, findings: [{ level: 'problem', text: words(host, error) }] };
  }
  const findings: CheckFinding[] = [
    {
      level: 'good',
      text: {
        en: `${host} has answered a signed message of the type uketori.check.`,
        ja: `${host} は、署名付きの確認メッセージ（種類: uketori.check）に応答しました。`,
      },
    },
  ];
  if (protocol === 'http:')
    findings.push({
      level: 'warning',
      text: {
        en: 'Messages go there without encryption, and whoever reads one can read its files. Use https if you can.',
        ja: 'メッセージは暗号化されずに送信されます。通信を盗み見た人はファイルも読めるため、可能であれば https を使用してください。',
      },
    });
  return { fit: true, findings };
};

const words = (host: string, failure: Failure): Words => {
  const { status, gone, http } = failure.details;
  if (gone === true)
    return {
      en: `${host} answers that it wants no more messages (410). Ask whoever runs it for the new address.`,
      ja: `${host} は、今後メッセージを受け取らないと応答しました（410）。運用担当者に新しいアドレスを確認してください。`,
    };
  if (http === true)
    return {
      en: `${host} is outside, and messages never go there without encryption. Use an address that begins with https.`,
      ja: `${host} は外部のサーバーです。暗号化なしでは送信しないため、https で始まるアドレスを指定してください。`,
    };
  if (failure.code === 'destination.address-refused')
    return {
      en: `${host} is an address inside this network that may not be called. Have an administrator allow it, or use another.`,
      ja: `${host} は、呼び出しが許可されていない内部のアドレスです。管理者に許可を依頼するか、別のアドレスを指定してください。`,
    };
  if (typeof status !== 'number')
    return {
      en: `${host} does not answer. See whether the address is right and the receiver is running.`,
      ja: `${host} から応答がありません。アドレスが正しいか、受信側が稼働しているかを確認してください。`,
    };
  return statusWords(host, status, failure);
};

const statusWords = (host: string, status: number, failure: Failure): Words => {
  if (failure.code === 'destination.auth')
    return {
      en: `${host} refuses our messages (${status}). Compare the signing secret and the extra header with those of the receiver.`,
      ja: `${host} がメッセージを拒否しました（${status}）。署名シークレットと追加ヘッダーが受信側の設定と一致しているか確認してください。`,
    };
  if (status >= 300 && status < 400)
    return {
      en: `${host} points to another address (${status}), which is not followed. Enter the address that it points to.`,
      ja: `${host} は別のアドレスに転送しています（${status}）。転送には従わないため、転送先のアドレスを指定してください。`,
    };
  if (failure.retry !== 'never')
    return {
      en: `${host} can't take messages at the moment (${status}). Check again later.`,
      ja: `${host} は現在メッセージを受け取れません（${status}）。しばらくしてから、もう一度お試しください。`,
    };
  return {
    en: `${host} does not take messages at this address (${status}). See whether the path is right, and whether the receiver answers messages of the type uketori.check with 2xx.`,
    ja: `${host} のこのアドレスではメッセージを受け取れません（${status}）。パスが正しいか、受信側が種類 uketori.check のメッセージに 2xx で応答するかを確認してください。`,
  };
};
