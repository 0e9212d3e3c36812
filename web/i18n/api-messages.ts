/** Around the description of the API, which is in English. */
export interface ApiMessages {
  title: string;
  intro: string;
  document: string;
  needs: string;
  parameters: string;
  body: string;
  answers: string;
  schemas: string;
  required: string;
}
