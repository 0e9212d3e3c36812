import type { ApiMessages } from '../api-messages.ts';

export const api: ApiMessages = {
  title: 'The API',
  intro: 'Everything that the console does, for programs. A token is sent as Authorization: Bearer.',
  document: 'The same for programs (OpenAPI 3.1)',
  needs: 'Needs',
  parameters: 'Parameters',
  body: 'Body',
  answers: 'Answers',
  schemas: 'Schemas',
  required: 'required',
};
