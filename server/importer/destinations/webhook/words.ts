import type { KindWords } from '../destination.ts';
import type { WebhookConfig, WebhookSecrets } from './config.ts';

export const words: KindWords<WebhookConfig, WebhookSecrets> = {
  title: { en: 'Webhook', ja: 'Webhook' },
  about: {
    en: 'A signed message tells another system what has arrived, and it fetches the files itself. A repeat sends the message again: who receives it has to know by webhook-id what it has dealt with.',
    ja: '届いたものを署名付きのメッセージで別のシステムに知らせ、そのシステムがファイルを取得します。もう一度引き渡すとメッセージも再送されるため、受信側はwebhook-idで処理済みかどうかを見分ける必要があります。',
  },
  settings: {
    url: {
      label: { en: 'Address of the receiver', ja: '送信先のURL' },
      hint: {
        en: 'Such as https://receiver.example.org/hook; http only for an address inside that this installation may call.',
        ja: '例: https://receiver.example.org/hook。httpは、接続が許可された内部のアドレスでのみ使えます。',
      },
    },
    acknowledge: {
      label: { en: 'Delivered when', ja: '完了とする条件' },
      hint: {
        en: 'delivered: the receiver has answered 2xx. receiver: it has also acknowledged, at the address in the message, that it has the files.',
        ja: 'deliveredは、受信側が2xxで応答すると完了です。receiverは、さらに受信側がファイルを受け取り、メッセージにあるアドレスへ確認を返すと完了です。',
      },
    },
    header: {
      label: { en: 'Extra header', ja: '追加ヘッダー' },
      hint: {
        en: 'Its name, such as X-Tenant-Key; its value is the secret headerValue.',
        ja: 'ヘッダー名です（例: X-Tenant-Key）。値は認証情報のheaderValueに入力します。',
      },
    },
    signingSecret: {
      label: { en: 'Signing secret', ja: '署名シークレット' },
      hint: {
        en: 'whsec_ and 24 to 64 random bytes in base64, for this receiver alone.',
        ja: '「whsec_」の後に、24〜64バイトの乱数をBase64で続けます。この受信側専用のものにしてください。',
      },
    },
    previousSigningSecret: {
      label: { en: 'Previous signing secret', ja: '以前の署名シークレット' },
      hint: {
        en: 'While the receiver changes over to a new one: messages are signed with both.',
        ja: '受信側が新しいシークレットに切り替えるまでの間に入力します。メッセージには両方で署名します。',
      },
    },
    headerValue: {
      label: { en: 'Value of the extra header', ja: '追加ヘッダーの値' },
      hint: {
        en: 'Together with header, in visible ASCII characters.',
        ja: 'headerを指定した場合に、表示可能なASCII文字で入力します。',
      },
    },
  },
};
