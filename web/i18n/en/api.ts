import type { ApiMessages } from '../api-messages.ts';

export const api: ApiMessages = {
  title: 'The API',
  intro:
    'What the console does, for programs, but for one’s own account: that is the console’s alone. A token is sent as Authorization: Bearer.',
  document: 'The same for programs (OpenAPI 3.1)',
  needs: 'Needs',
  parameters: 'Parameters',
  body: 'Body',
  answers: 'Answers',
  schemas: 'Schemas',
  required: 'required',
};
