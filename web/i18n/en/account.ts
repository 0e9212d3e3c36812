import type { AccountMessages } from '../account-messages.ts';
import { numberIn } from '../words.ts';

const n = numberIn('en');

export const account: AccountMessages = {
  title: 'Your account',
  details: 'About you',
  login: 'Login name',
  name: 'Name',
  email: {
    title: 'Mail address',
    label: 'Your mail address',
    hint: 'Notices, and links to set a new password, go here where mail is set up.',
    save: 'Save the address',
    saved: 'Your mail address is saved. Links that went to another one no longer work.',
  },
  mailing: 'Notices by mail',
  mailingHint: 'What was received, and problems, of your teams’ requests.',
  mailings: { each: 'As they come, a few minutes’ together', daily: 'Once a day', none: 'None' },
  notified: {
    label: 'Notices as Nextcloud notifications',
    hint: ({ user }) =>
      `The same notices, each as it comes, among the notifications of ${user} at Nextcloud and on a phone with its app.`,
    obstacles: {
      'no-account': () => 'Not possible yet: Uketori knows no Nextcloud account of yours.',
      'no-administrator': () =>
        'Not possible: Nextcloud takes notifications from an administrator’s account only, and Uketori has none. Whoever runs the portal can set one (NEXTCLOUD_NOTIFIER_USER).',
      'no-app': () =>
        'Not possible: the app “Notifications” is switched off in Nextcloud. Its administrators can switch it on.',
      refused: () =>
        'Not possible now: Nextcloud refuses the app password that Uketori tells notices with. Whoever runs the portal has to set a new one.',
      unknown: () =>
        'Nextcloud doesn’t answer now, so nobody can say whether this works. Notices wait for it for a day.',
      'unknown-user': ({ user }) =>
        `Nextcloud knows no account ${user}: the last notice reached nobody. Ask an administrator of Uketori to set your Nextcloud user right.`,
    },
    connect: 'Connect your account',
    ask: 'Ask an administrator of Uketori to name your Nextcloud user.',
  },
  language: 'Language',
  languageHint: 'Of these pages, from your next sign-in on every device.',
  save: 'Save',
  saved: 'Your details are saved.',
  confirm: {
    title: 'Confirm that it is you',
    text: 'Your last sign-in was a while ago, and this decides who gets into an account. What you typed is kept.',
    about: 'You are about to:',
    deed: {
      address: 'change your mail address',
      token: 'make an API token',
      'second-factor': 'turn on a second factor',
      nextcloud: 'connect a Nextcloud account',
      people: 'change who may use the console',
    },
    password: 'Your password',
    submit: 'Confirm and go on',
    signIn: 'Sign in again the way you do. You come back here.',
    orSignIn: 'Or sign in again. You come back here.',
    noWay: 'You have no way left to sign in with, so you can’t confirm this. Ask an administrator.',
    confirmedTitle: 'Confirmed',
    confirmedText: 'Thank you. What you typed is still here.',
    goOn: 'Go on',
    cancel: 'Cancel',
  },
  password: {
    title: 'Password',
    text: 'A new password ends every other session of yours.',
    none: 'You sign in through another system, so there is no password here.',
    current: 'Current password',
    new: 'New password',
    newHint: ({ count }) =>
      `At least ${n(count)} characters. Several words that only you put together are good.`,
    again: 'New password again',
    revokeTokens: 'Also revoke all API tokens. Do this if somebody else may know the password.',
    change: 'Change the password',
    changed:
      'Your password is changed. Every other session has ended. API tokens that still work are listed below.',
  },
  secondFactor: {
    title: 'Second factor',
    off: 'With an authenticator app, a password alone opens nothing: sign-in also asks for a code that the app shows.',
    begin: 'Set it up',
    waiting:
      'Scan this with your authenticator app, or type the key into it. Then type the code that the app shows.',
    openApp: 'Open the app on this device',
    secret: 'Key',
    codePicture: 'QR code of the key',
    code: 'Code',
    confirm: 'Turn it on',
    on: ({ count }) => `It is on. Recovery codes left: ${n(count)}.`,
    turnOff: 'Turn it off',
    turnedOff: 'The second factor is off. Sign-in asks for the password alone.',
    recoveryTitle: 'It is on. Keep these recovery codes',
    recoveryText:
      'Each opens your account once, in the place of a code, when the app is not at hand. They are shown only now: print them, or keep them where you keep passwords.',
    signInTitle: 'Type the code',
    signInText: 'Your password was right. Now open your authenticator app.',
    codeOrRecovery: 'The six digits that the app shows, or one of your recovery codes.',
    startAgain: 'Begin again',
  },
  nextcloud: {
    title: 'Your Nextcloud account',
    text: 'Connect it, and your requests can live in a folder of your own there. With it you can also sign in here. Uketori is given an app password, which you can take back at any time, here or at Nextcloud.',
    connect: 'Connect',
    connectedAs: ({ user }) => `Connected as ${user}. A new request can live in your own folder.`,
    reconnect: 'Connect again',
    reconnectText: 'If you have taken the app password back at Nextcloud, connecting again mends it.',
    inUse: ({ count }) =>
      count === 1
        ? 'It can’t be disconnected now: one request there is not archived yet, or the portal still has to remove files of it.'
        : `It can’t be disconnected now: ${n(count)} requests there are not archived yet, or the portal still has to remove files of them.`,
    disconnect: 'Disconnect',
    disconnectText:
      'Disconnecting makes the app password worthless. Folders and files stay in your Nextcloud; Uketori does nothing with them any more. You can still sign in with Nextcloud.',
    isConnected: 'Your Nextcloud account is connected.',
    isDisconnected: 'Your Nextcloud account is disconnected. Your files are where they were.',
  },
  sessions: {
    title: 'Where you are signed in',
    text: 'End what you don’t recognise, then change your password.',
    device: ({ browser, system }) => `${browser} on ${system}`,
    unknownBrowser: 'Unknown browser',
    signedIn: ({ at }) => `signed in ${at}`,
    from: ({ address }) => `from ${address}`,
    isThis: 'This session',
    end: 'End this session',
    endOthers: 'End all others',
    ended: 'The session has ended. Nothing opens with it any more.',
  },
  tokens: {
    title: 'API tokens',
    text: 'With a token, another program does what you may do here, as far as its scopes go.',
    docs: 'What programs can do: the API',
    scopes: 'Scopes',
    name: 'Name',
    nameHint: 'So that you know later what uses it.',
    life: 'Good for',
    days: ({ count }) => `${n(count)} days`,
    forEver: 'until it is revoked',
    create: 'Make a token',
    until: ({ at }) => `good until ${at}`,
    untilRevoked: 'good until it is revoked',
    over: ({ at }) => `over since ${at}`,
    used: ({ at }) => `last used ${at}`,
    neverUsed: 'never used',
    revoke: 'Revoke',
    revoked: 'The token is revoked. Nothing opens with it any more.',
    newTitle: 'Your new token',
    newText: 'It is shown only now. Put it where the program keeps its secrets.',
    token: 'Token',
  },
};
