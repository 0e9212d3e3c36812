import type { KindWords } from '../destination.ts';
import { templateWords } from '../template.ts';
import type { NextcloudConfig } from './config.ts';

export const words: KindWords<NextcloudConfig> = {
  title: { en: 'Nextcloud folder', ja: 'Nextcloudのフォルダー' },
  about: {
    en: 'Files are copied into another folder of the Nextcloud account that the request lives in. The originals stay. A repeat changes nothing of what is there whole, and copies what is missing.',
    ja: '依頼と同じNextcloudアカウントの別のフォルダーに、ファイルをコピーします。元のファイルは残ります。もう一度引き渡しても、すでにあるものは変わらず、足りないものだけをコピーします。',
  },
  settings: {
    folder: {
      label: { en: 'Folder', ja: 'フォルダー' },
      hint: {
        en: 'In the account that the request belongs to, outside of the folders of requests, such as /Archive/In. It is never made by itself.',
        ja: '依頼のアカウントにあり、依頼のフォルダーの外にあるフォルダーです（例: /Archive/In）。自動では作成しません。',
      },
    },
    template: templateWords,
    mode: {
      label: { en: 'Way of delivery', ja: '引き渡しの方法' },
      hint: {
        en: "Files are copied. Moving them is the request's afterImport.",
        ja: 'ファイルをコピーします。移動する場合は、依頼のafterImportで指定します。',
      },
    },
  },
};
