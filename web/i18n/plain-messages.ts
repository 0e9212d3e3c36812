/** Sending without a script: what is said there and nowhere else. */
export interface PlainMessages {
  /** Above the form. */
  hint: string;
  unfinished: string;
  goOn: string;
  files: string;
  several: string;
  /** At the button. */
  stayOpen: string;
  /** Nothing was stored: something that was typed has to be corrected. */
  again: { title: string; correct: string; files: string };
  /** The link’s password was not known any more when the form came. */
  passwordFirst: string;
  /** Above what was not taken, when the collection was closed while the form was on its way. */
  closed: {
    title: string;
    /** `some`: a part of the form had arrived. */
    some: string;
    none: string;
    before: string;
    nothingBefore: string;
    receipt: string;
  };
  waiting: { title: string; text: string; look: string };
  sealed: { title: string; receipt: string };
  open: {
    title: string;
    /** Of what arrived. */
    arrived: (p: { count: number }) => string;
    none: string;
    refused: string;
    /** Beside a file that did not come whole. */
    notWhole: string;
    /** Beside a file that came after the end. */
    tooLate: string;
    broken: string;
    skipped: (p: { count: number }) => string;
    finish: (p: { count: number }) => string;
    finishText: string;
    addTitle: string;
    addText: string;
    add: string;
    /** Instead of adding. */
    noMore: string;
  };
}
