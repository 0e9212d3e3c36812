/** What is sent by mail. Subjects and lines are ours alone: nothing that a submitter wrote goes into one. */
export interface MailMessages {
  receipt: {
    subject: (p: { number: string }) => string;
    intro: string;
    /** The label before how many and how large. */
    files: string;
    keep: string;
    /** For whoever has sent nothing. */
    stranger: string;
  };
  /** To staff. */
  digest: {
    subject: (p: { count: number }) => string;
    intro: string;
    more: (p: { count: number }) => string;
    open: string;
    whom: string;
  };
  /** To one of the staff. `link` stands before it. */
  password: Record<
    'invitation' | 'reset',
    { subject: string; intro: string; link: string; stranger: string }
  >;
  automatic: string;
}
