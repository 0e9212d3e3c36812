import { randomBytes } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { destinationsByAge } from '../../db/queries/destinations.ts';
import { makeFolders } from '../intake/accounts.ts';
import { isFailure } from '../lib/failure.ts';
import { createMailer, type MailFailureCode, MailNotSent } from '../mail/mailer.ts';
import { type Ability, askAbility } from '../mail/notifier.ts';
import type { Capabilities, Nextcloud } from '../nextcloud/index.ts';
import { createFileDrop, proveUploadOnly } from '../nextcloud/upload-only.ts';
import { type CommandContext, withInstallation } from './surroundings.ts';
import { parse } from './usage.ts';

/** One line of the examination. `advice` says what to do where something is not good. */
interface Finding {
  level: 'good' | 'warning' | 'problem';
  text: string;
  advice?: string;
}

const marks = { good: 'ok     ', warning: 'warning', problem: 'PROBLEM' };
const scarceBytes = 10 * 1024 ** 3;

/** Looks whether everything is fit for the job. Exit code 1 when something is not. */
export const doctor = async (args: string[]): Promise<number> => {
  parse(args, {});
  return withInstallation(async (context) => {
    const findings = [
      ...(await lookAtDatabase(context)),
      ...(await lookAtNextcloud(context)),
      ...(await lookAtDestinations(context)),
      await lookAtMail(context),
      await lookAtNotifications(context),
    ];
    for (const { level, text, advice } of findings) {
      console.log(`${marks[level]}  ${text}`);
      if (advice !== undefined) console.log(`         → ${advice}`);
    }
    const problems = findings.filter(({ level }) => level === 'problem').length;
    console.log(problems === 0 ? '\nFit for the job.' : `\n${problems} to set right.`);
    return problems === 0 ? 0 : 1;
  });
};

const good = (text: string): Finding => ({ level: 'good', text });
const warning = (text: string, advice: string): Finding => ({ level: 'warning', text, advice });
const problem = (text: string, advice: string): Finding => ({ level: 'problem', text, advice });

const lookAtDatabase = async ({ intake, config }: CommandContext): Promise<Finding[]> => {
  const rows = await intake.db.execute<{ version: string }>(
    sql`select current_setting('server_version') as version`,
  );
  const kind = config.databaseUrl === undefined ? 'embedded' : 'the one that DATABASE_URL names';
  return [good(`PostgreSQL ${rows[0]?.version ?? ''} answers (${kind}); its tables are up to date`)];
};

const lookAtNextcloud = async (context: CommandContext): Promise<Finding[]> => {
  const { intake, config } = context;
  const findings: Finding[] = [];
  if (config.mode === 'demo')
    findings.push(
      warning(
        'This is the demo: files go to a stand-in, not to a Nextcloud',
        'Set NEXTCLOUD_URL, NEXTCLOUD_USER and NEXTCLOUD_APP_PASSWORD.',
      ),
    );
  let nextcloud: Nextcloud;
  try {
    const { accountId } = await intake.portalAccount();
    nextcloud = await intake.accounts.nextcloudFor(accountId);
    const status = await nextcloud.status();
    if (status.maintenance)
      return [
        ...findings,
        problem('Nextcloud is in maintenance mode', 'Wait, or end it there: occ maintenance:mode --off'),
      ];
    findings.push(good(`${status.productName} ${status.version} answers at ${nextcloud.baseUrl.origin}`));
    const me = await nextcloud.me();
    findings.push(
      good(`The account ${me.id} signs in with an app password`),
      lookAtQuota(me.quota.freeBytes),
    );
    findings.push(...lookAtCapabilities(await nextcloud.capabilities()));
    const facts = await intake.accounts.factsOf(accountId);
    findings.push(
      facts.hashIsTrue
        ? good('It tells the true SHA-256 of what it stores, so files need not be read back')
        : warning(
            'The SHA-256 that it tells is wrong on this storage',
            'Nothing to do: each file is read back and compared, which takes longer.',
          ),
    );
  } catch (error) {
    return [...findings, explain(error)];
  }
  return [...findings, await tryFileDrop(nextcloud, config.nextcloudRoot)];
};

const explain = (error: unknown): Finding => {
  if (isFailure(error, 'nextcloud.credentials-refused'))
    return problem(
      'Nextcloud refuses the account or its app password',
      'Make a new app password there (Settings, Security) and put it into NEXTCLOUD_APP_PASSWORD. Do not try many times: wrong sign-ins are counted.',
    );
  if (isFailure(error, 'nextcloud.unexpected-reply'))
    return problem(
      'What answers is no Nextcloud, or not at this address',
      'Check NEXTCLOUD_URL: it is the address up to, and without, /index.php.',
    );
  if (isFailure(error, 'nextcloud.throttled'))
    return problem(
      'Nextcloud asks for patience, so it could not be looked at: an account makes at most 20 shares in ten minutes',
      'Wait ten minutes and run this again. Where it stays so, look whether something else uses the account.',
    );
  if (isFailure(error))
    return problem(
      `Nextcloud can not be used: ${error.code}`,
      'Check NEXTCLOUD_URL, and that this machine can reach it.',
    );
  throw error;
};

const lookAtQuota = (freeBytes: number | null): Finding => {
  if (freeBytes === null) return good('The account has no quota');
  const free = `${(freeBytes / 1024 ** 3).toFixed(1)} GiB`;
  if (freeBytes <= 0)
    return problem('The account has no room left', 'Raise its quota in Nextcloud, or remove files.');
  return freeBytes < scarceBytes
    ? warning(
        `The account has only ${free} left`,
        'Raise its quota in Nextcloud before large files are expected.',
      )
    : good(`The account has ${free} left`);
};

const lookAtCapabilities = ({ sharing, chunkedUpload }: Capabilities): Finding[] => {
  const findings: Finding[] = [];
  if (!sharing.enabled || !sharing.publicLinks)
    findings.push(
      problem(
        'Sharing by link is switched off',
        'Switch it on in Nextcloud: Administration, Sharing, "Allow users to share via link".',
      ),
    );
  else if (!sharing.fileDrop)
    findings.push(
      problem(
        'File drops are switched off',
        'Switch on "Allow public uploads" in Nextcloud: Administration, Sharing.',
      ),
    );
  else findings.push(good('File drops may be shared'));
  const { expireDate } = sharing;
  if (expireDate.enforced)
    findings.push(
      warning(
        `Nextcloud ends every link after ${expireDate.days ?? 'some'} days`,
        'A request whose share has ended takes nothing more. Raise that limit, or open requests for shorter times.',
      ),
    );
  findings.push(good(`Parts of up to ${Math.floor(chunkedUpload.maxPartBytes / 1024 ** 2)} MiB are taken`));
  return findings;
};

/** Does once what every request needs, and removes it again. */
const tryFileDrop = async (nextcloud: Nextcloud, root: string): Promise<Finding> => {
  const path = `${root}/.doctor-${randomBytes(6).toString('hex')}`;
  const password = `${randomBytes(18).toString('base64url')}-Aa1!`;
  try {
    await makeFolders(nextcloud, path);
    const share = await createFileDrop(nextcloud, { path, password });
    const proof = await proveUploadOnly(nextcloud, share.id, { password });
    await nextcloud.shares.remove(share.id);
    return proof.ok
      ? good('A file drop was made and proven upload-only, and removed again')
      : problem(
          `A file drop is not upload-only here: ${proof.problem ?? ''}`,
          adviceFor(proof.problem, root),
        );
  } catch (error) {
    if (isFailure(error, 'share.not-upload-only'))
      return problem(
        'Nextcloud makes shares that can be read, whatever is asked',
        'Do not use this server for collections before that is set right.',
      );
    return explain(error);
  } finally {
    await nextcloud.files.remove(path).catch(() => undefined);
  }
};

const adviceFor = (found: string | undefined, root: string): string =>
  found === 'parent-link'
    ? `Remove the public links on ${root} and on the folders above it, or set NEXTCLOUD_ROOT to another folder.`
    : 'Look at the shares of the account in Nextcloud.';

const lookAtDestinations = async ({ intake, destinations }: CommandContext): Promise<Finding[]> => {
  const findings: Finding[] = [];
  for (const row of await destinationsByAge(intake.db)) {
    const named = `Destination "${row.name}" (${row.kind})`;
    try {
      const result = await destinations.of(row).check();
      findings.push(...result.findings.map(({ level, text }) => ({ level, text: `${named}: ${text.en}` })));
    } catch (error) {
      findings.push(
        problem(`${named}: ${isFailure(error) ? error.code : String(error)}`, 'Check its configuration.'),
      );
    }
  }
  return findings;
};

const mailAdvice: Record<MailFailureCode, string> = {
  'mail.sign-in':
    'Check the user and the password in SMTP_URL; signs that an address has of its own are written as %40 and the like.',
  'mail.unavailable':
    'Check the host and the port in SMTP_URL, whether it is smtp:// or smtps://, and that this machine can reach it.',
  'mail.sender-refused': 'Set MAIL_FROM to an address that this server takes mail from.',
  'mail.refused': 'Ask whoever runs the mail server.',
  'mail.put-off': 'Try again later.',
};

const lookAtMail = async ({ config }: CommandContext): Promise<Finding> => {
  if (config.mail === undefined)
    return good('No mail is sent, and no page promises any: SMTP_URL is not set');
  try {
    await createMailer(config.mail).check();
    return good('The mail server answers');
  } catch (error) {
    if (!(error instanceof MailNotSent)) throw error;
    return problem(`No mail can be sent: ${error.code} (${error.details})`, mailAdvice[error.code]);
  }
};

/** Nothing is wrong where nobody has named an account for it: then it can't be chosen. */
const lookAtNotifications = async ({ config, teller }: CommandContext): Promise<Finding> => {
  const ability = await askAbility(teller);
  if (ability === 'yes') return good('Notices can be told as Nextcloud notifications');
  if (config.notifier === undefined && ability === 'no-administrator')
    return good(
      "Notices are not told as Nextcloud notifications: that takes an administrator's account, and NEXTCLOUD_NOTIFIER_USER is not set",
    );
  const { text, advice } = notTold[ability];
  const said = `Notices can not be told as Nextcloud notifications: ${text}`;
  return config.notifier === undefined ? warning(said, advice) : problem(said, advice);
};

const notTold: Record<Exclude<Ability, 'yes'>, { text: string; advice: string }> = {
  'no-administrator': {
    text: 'the account of NEXTCLOUD_NOTIFIER_USER is not let',
    advice: `Put it into the group "admin" in Nextcloud; where allowed_admin_ranges is set in its config.php, this machine's address must be in it.`,
  },
  'no-app': {
    text: 'its app "Notifications" is off, or Nextcloud is older than 30',
    advice: 'Switch it on in Nextcloud: Apps, Notifications.',
  },
  refused: {
    text: 'Nextcloud refuses the account or its app password',
    advice:
      'Make a new app password there (Settings, Security) and set it. Do not try many times: wrong sign-ins are counted.',
  },
  unknown: {
    text: 'Nextcloud did not answer the question',
    advice: 'See what is said of Nextcloud above, and try again.',
  },
};
