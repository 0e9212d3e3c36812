import type { ApiMessages } from '../api-messages.ts';

export const api: ApiMessages = {
  title: 'API',
  intro:
    '管理画面でできることを、プログラムから行えます（ご自身のアカウントの設定を除きます）。トークンは Authorization: Bearer で送信してください。各項目の説明は英語です。',
  document: 'プログラム向けの定義（OpenAPI 3.1）',
  needs: '必要な権限',
  parameters: 'パラメーター',
  body: '本文',
  answers: '応答',
  schemas: 'スキーマ',
  required: '必須',
};
