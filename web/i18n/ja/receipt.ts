import type { ReceiptMessages, SentMessages } from '../receipt-messages.ts';
import { numberIn } from '../words.ts';

const n = numberIn('ja');

export const receipt: ReceiptMessages = {
  title: '受取証',
  number: '受取番号',
  supplementOf: '追加元の受取番号',
  supplements: '追加分の受取番号',
  request: '件名',
  organisation: '提出先',
  from: '送付者',
  sealedAt: '受取完了日時',
  endedAt: '未完了のまま終了',
  issuedAt: '再発行日時',
  files: ({ count, size }) => `${n(count)}ファイル、${size}`,
  exactBytes: ({ bytes }) => `${bytes} バイト`,
  item: '提出項目',
  sha256: 'SHA-256',
  storedAt: '保管日時',
  state: {
    uploading: '送信中',
    received: '受信済み',
    stored: '保管・照合済み',
    imported: '担当部署へ引き渡し済み',
    withdrawn: '取り下げ済み',
  },
  notImported: '担当部署への引き渡し前',
  notStored: '照合・保管中',
  late: '期限後に到着',
  unfinished: '送付者による完了の操作がないまま終了しました。ファイルが不足している可能性があります',
  signature: '電子署名',
  signatureText: 'この受取証が当システムで発行され、改変されていないことを示します。',
  checkAt: 'テキストで保存した受取証は、次のページで誰でも確認できます:',
  asText: 'テキストで保存',
  keep: 'このページのアドレスを控えておくと、受取証と各ファイルの状況をもう一度確認できます。アドレスを知っている人はファイル名を見ることができますが、ファイルを開くことは誰にもできません。',
  byNumber: '依頼元では、受取番号ですべての内容を確認できます。',
  emptied: 'すべてのファイルが取り下げられました。この受取証で提出されているファイルはありません。',
  notArrived: {
    title: '受け取っていないファイル',
    text: '次のファイルは、送信が始まりましたが受け取れていません。届いていた部分も残っていません。',
    reason: '最後まで届きませんでした。',
    again: '必要な場合は、もう一度お送りください。',
    closed: '受付は終了しています。必要な場合は、リンクを知らせた担当者にご連絡ください。',
  },
  open: {
    title: 'まだ完了していません',
    text: '送付者による完了の操作がまだないため、受取証は発行されていません。すべて保管されると、ここに表示されます。',
    nothingYet: 'まだ何も届いていません。',
  },
  finishing: {
    title: '保管中です',
    text: 'すべて届きました。照合して保管しています。まもなく、ここに受取証が表示されます。',
  },
  own: {
    title: '取り下げ・差し替え・追加',
    takeBackTitle: '取り下げ',
    addTitle: '不足しているものがある場合',
    until: ({ until }) =>
      `${until}まで、ファイルを取り下げられます。取り下げたファイルは引き渡されず、削除されます。`,
    untilFinished: '届いたファイルを取り下げられます。取り下げたファイルは引き渡されず、削除されます。',
    over: ({ until }) =>
      `ファイルを取り下げられる時間は${until}に終了しました。誤りがある場合は、リンクを知らせた担当者にご連絡ください。`,
    replace: '差し替えるには、ファイルを取り下げてから、新しいファイルを追加してください。',
    choose: '取り下げるファイル',
    takeBack: '取り下げへ進む',
    takenBack: ({ count }) => `${n(count)}ファイルを取り下げました。引き渡しは行わず、削除します。`,
    takenBackBefore: 'このファイルはすでに取り下げられています。ほかは何も変更していません。',
    noneChosen: 'ファイルを1つ以上選択してください。',
    missing: ({ labels }) => `不足している項目: ${labels}`,
    add: 'ファイルを追加する',
    addText: '追加分には、この受取番号を記載した別の受取証が発行されます。',
    goOn: '送付を続ける',
    elsewhere: {
      takeBack: 'ファイルの取り下げは、送付に使ったブラウザでこのページを開くと行えます。',
      add: 'ファイルの追加は、送付に使ったブラウザでこのページを開くと行えます。',
      both: 'ファイルの取り下げや追加は、送付に使ったブラウザでこのページを開くと行えます。',
    },
    confirm: {
      title: 'ファイルを取り下げますか？',
      files: '次のファイルを取り下げます。',
      notHandedOn: '引き渡しは行いません。',
      deleted: '保管場所から削除し、担当者に通知します。',
      reissued:
        '受取証は同じ番号で再発行され、取り下げたことが記載されます。以前の受取証の控えは、その時点の内容を示すものとして引き続き有効です。',
      noWayBack: '元に戻すことはできませんが、ファイルをもう一度送ることはできます。',
      noWayBackClosed: '元に戻すことはできません。受付は終了しているため、もう一度送ることもできません。',
      submit: '取り下げる',
      keep: '取り下げずに戻る',
    },
  },
  live: {
    one: '{name}: {state}',
    many: { other: '{count}ファイルの状況が更新されました。' },
    ready: 'すべて保管されました。受取証を表示しています。',
  },
};

export const sent: SentMessages = {
  title: 'このブラウザから送ったもの',
  text: 'このブラウザにだけ表示されます。記録は30日間残ります。',
  files: ({ count }) => `${n(count)}ファイル`,
  state: {
    finishing: '保管中',
    sealed: '完了',
    unfinished: receipt.endedAt,
    withdrawn: receipt.state.withdrawn,
  },
  receipt: '受取証',
  add: 'ファイルを追加する',
  forget: {
    title: 'この端末の記録を消す…',
    hint: '共用のコンピュータでは、終わったら記録を消してください。',
    unfinished: ({ number }) =>
      `${number}はまだ完了しておらず、受取証もありません。記録を消すと、ファイルの送信を続けることはできなくなります。`,
    ends: ({ hours }) =>
      `最後まで届いたファイルは残ります。新しく何も届かないまま${n(hours)}時間が過ぎると、その時点の内容で終了し、未完了として受取証が発行されます。途中までしか届いていないファイルは削除されます。`,
    keepUnfinished:
      '届いたファイルは次のページで確認できます。あとから開くにはこのページのアドレスが必要ですので、先に控えてください:',
    sent: '送ったものはこの端末に表示されなくなり、取り下げや追加もできなくなります。',
    stays: '送ったファイルと受取証は消えません。',
    keepReceipts:
      '受取証をあとから開くには、そのアドレスが必要です。先に上の受取証を開き、アドレスを控えるか、テキストで保存してください。',
    typed: 'このリンクで入力したパスワードや、入力した内容も消えます。',
    submit: '記録を消す',
  },
  forgotten: 'このリンクから送ったものの記録を、この端末から消しました。',
};
