/** What can be wrong with one entry; the words are in the catalogue. Params: `limit` where one is meant. */
export type FieldProblem =
  | 'required'
  | 'too-long'
  | 'too-short'
  | 'not-a-number'
  | 'not-a-decimal'
  | 'out-of-range'
  | 'not-a-date'
  | 'in-the-past'
  | 'unknown-zone'
  | 'choices-missing'
  | 'label-missing'
  | 'unknown-destination'
  | 'unknown-team'
  | 'password-lost'
  | 'invalid';
