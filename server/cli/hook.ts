import { hookToken } from '../http/public/hooks.ts';
import { withInstallation } from './surroundings.ts';
import { parse } from './usage.ts';

const events = ['NodeCreatedEvent', 'NodeWrittenEvent', 'NodeRenamedEvent'];

/** How an administrator of Nextcloud makes it tell the portal of new files. */
export const showHook = async (args: string[]): Promise<number> => {
  parse(args, {});
  return withInstallation(async ({ intake, config }) => {
    const { accountId } = await intake.portalAccount();
    const { baseUrl } = await intake.accounts.nextcloudFor(accountId);
    const uri = new URL('/hooks/nextcloud', config.publicUrl).href;
    const endpoint = `${baseUrl.href.replace(/\/$/, '')}/ocs/v2.php/apps/webhook_listeners/api/v1/webhooks`;
    console.log('An administrator of Nextcloud runs this once; the app webhook_listeners must be enabled:\n');
    for (const event of events) {
      const body = JSON.stringify({
        httpMethod: 'POST',
        uri,
        event: `OCP\\Files\\Events\\Node\\${event}`,
        authMethod: 'header',
        authData: { Authorization: `Bearer ${hookToken(intake.sealing)}` },
      });
      console.log(
        `curl -u ADMINISTRATOR -H 'OCS-APIRequest: true' -H 'Content-Type: application/json' '${endpoint}' -d '${body}'\n`,
      );
    }
    console.error('It only hurries what is found anyway within minutes. The token in it is a secret.');
    return 0;
  });
};
