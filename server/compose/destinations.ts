import type { Config } from '../config/config.ts';
import { destinationModules } from '../importer/destinations/registry.ts';
import { openSecrets } from '../importer/ledger/manage-destinations.ts';
import { createOpenDestinations, type OpenDestinations } from '../importer/open-destinations.ts';
import type { Intake } from '../intake/context.ts';
import { createDeliveryCallbacks } from '../lib/delivery-callbacks.ts';
import { createOutgoingClient } from '../lib/outgoing/client.ts';
import { createAddressGuard } from '../lib/outgoing/guard.ts';
import type { Surroundings } from './surroundings.ts';

export const composeCallbacks = ({ publicUrl }: Config, { sealing }: Intake) =>
  createDeliveryCallbacks({ publicUrl, sealing });

/** The downstream systems, for deliveries and for looking whether they are fit. */
export const composeDestinations = ({ config }: Surroundings, intake: Intake): OpenDestinations => {
  const guard = createAddressGuard(config.destinationNetworks);
  const http = createOutgoingClient({ guard });
  const destinations = createOpenDestinations({
    modules: destinationModules,
    openSecrets: (destinationId, secretsSealed) => openSecrets(intake.sealing, destinationId, secretsSealed),
    tools: {
      http,
      guard,
      callbacks: composeCallbacks(config, intake),
      async nextcloud() {
        const { accountId } = await intake.portalAccount();
        return (await intake.accounts.nextcloudFor(accountId)).files;
      },
    },
  });
  return {
    ...destinations,
    async close() {
      await destinations.close();
      await http.close();
    },
  };
};
