import type { StaffRole } from '../../db/schema/index.ts';

/** The way through Nextcloud's own sign-in page. */
export interface NextcloudWayMessages {
  signIn: string;
  signInTitle: string;
  connectTitle: string;
  /** Of two steps. */
  openText: string;
  /** Before the code. */
  code: string;
  codeText: string;
  open: string;
  backText: string;
  signInSubmit: string;
  connectSubmit: string;
  notYet: string;
  startAgain: string;
}

/** Who may use the console, and how they get in. */
export interface PeopleMessages {
  title: string;
  everybody: string;
  intro: string;
  role: Record<StaffRole, string>;
  roleHint: string;
  roleLabel: string;
  teamsLabel: string;
  noTeam: string;
  /** The team that is there from the beginning, until somebody renames it. */
  everyone: string;
  lastSignIn: (p: { at: string }) => string;
  neverSignedIn: string;
  hasSecondFactor: string;
  noPassword: string;
  disabled: string;
  add: string;
  addText: string;
  login: string;
  loginHint: string;
  name: string;
  email: string;
  emailHint: string;
  nextcloudUser: string;
  nextcloudUserHint: string;
  addSubmit: string;
  change: string;
  save: string;
  saved: string;
  disabledLabel: string;
  disabledHint: string;
  /** `elsewhere`: for who has no password here and needs none. */
  newLink: { title: string; text: string; elsewhere: string; submit: string };
  secondFactor: { title: string; text: string; submit: string; removed: string };
  /** The only page that shows a link. */
  link: { title: string; text: string; mailed: string; label: string };
  teams: {
    title: string;
    intro: string;
    noMembers: string;
    members: string;
    changeMembers: string;
    saveMembers: string;
    name: string;
    rename: string;
    remove: string;
    removeHint: string;
    add: string;
    done: string;
  };
  setPassword: {
    title: string;
    text: (p: { login: string }) => string;
    /** Of somebody who has had one. */
    ends: string;
    submit: string;
    done: string;
  };
  forgotten: { link: string; title: string; text: string; name: string; submit: string; done: string };
  /** The way in through the provider of single sign-on. */
  provider: string;
  nextcloud: NextcloudWayMessages;
}
