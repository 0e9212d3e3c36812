import type { StaffRole } from '../../db/schema/index.ts';

/** Who may use the console, and how they get in. */
export interface PeopleMessages {
  title: string;
  intro: string;
  role: Record<StaffRole, string>;
  roleHint: string;
  roleLabel: string;
  teamsLabel: string;
  noTeam: string;
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
  addSubmit: string;
  change: string;
  save: string;
  saved: string;
  disabledLabel: string;
  disabledHint: string;
  newLink: { title: string; text: string; submit: string };
  secondFactor: { title: string; text: string; submit: string; removed: string };
  /** The only page that shows a link. */
  link: { title: string; text: string; mailed: string; label: string };
  teams: {
    title: string;
    intro: string;
    noMembers: string;
    name: string;
    rename: string;
    remove: string;
    removeHint: string;
    add: string;
    done: string;
  };
  setPassword: { title: string; text: (p: { login: string }) => string; submit: string; done: string };
  forgotten: { link: string; title: string; text: string; name: string; submit: string; done: string };
  /** The way in through the provider of single sign-on. */
  provider: string;
}
